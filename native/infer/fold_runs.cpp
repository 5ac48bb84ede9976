#include "native/infer/fold_runs.h"

#include <map>
#include <regex>

#include "native/train/model_file.h"
#include "native/train/run_folder.h"

namespace limbus {

namespace fs = std::filesystem;

std::vector<fs::path> foldRuns(const fs::path& folder) {
  std::error_code error;
  if (modelFile(folder, ModelUse::predict)) return {};
  static const std::regex pattern("fold[-_]?([0-9]{1,6})");
  std::map<int, fs::path> byNumber;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    std::smatch match;
    if (!std::regex_match(name, match, pattern)) continue;
    if (RunFolder{entry.path()}.found("best").empty()) continue;
    byNumber.emplace(std::stoi(match[1]), entry.path());
  }
  std::vector<fs::path> runs;
  for (const auto& [number, run] : byNumber) runs.push_back(run);
  return runs;
}

}  // namespace limbus
