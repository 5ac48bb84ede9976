#include "native/infer/fold_runs.h"

#include <algorithm>
#include <regex>
#include <string>

#include "native/system/folder.h"
#include "native/system/json_files.h"
#include "native/system/text.h"
#include "native/train/files/model_file.h"
#include "native/train/files/run_folder.h"
#include "shared/json_reader.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

// The parts of a training that folds.json has no score for yet, by number. A file of another kind
// says nothing.
std::map<int, std::string> withoutScore(const fs::path& folder) {
  const Json json = readLongJson(folder / "folds.json").value_or(Json());
  if (!json.is_object()) return {};
  const auto folds = json.find("folds"), runs = json.find("runs");
  if (folds == json.end() || !folds->is_number_integer() || runs == json.end()) return {};
  constexpr int kMostFolds = 1000;  // that SplitRules takes
  if (*folds > kMostFolds) return {};
  std::map<int, std::string> names;
  for (int fold = 0; fold < folds->get<int>(); ++fold) {
    const std::string name = "fold" + std::to_string(fold);
    const bool scored = std::any_of(runs->begin(), runs->end(), [&](const Json& run) {
      return run.is_object() && run.contains("run") && run.at("run") == name;
    });
    if (!scored) names.emplace(fold, name);
  }
  return names;
}

}  // namespace

std::map<int, fs::path> foldFolders(const fs::path& folder) {
  static const std::regex pattern("fold[-_]?([0-9]{1,6})");
  std::map<int, fs::path> byNumber;
  for (const fs::directory_entry& entry : entriesOf(folder)) {
    const std::string name = entry.path().filename().string();
    std::smatch match;
    std::error_code ignored;
    if (!std::regex_match(name, match, pattern) || !entry.is_directory(ignored)) continue;
    byNumber.emplace(std::stoi(match[1]), entry.path());
  }
  return byNumber;
}

Result<std::vector<fs::path>> snapshots(const fs::path& named) {
  if (named.filename() != "epoch-*" && named.filename() != "epoch-*.safetensors") {
    return std::vector<fs::path>();
  }
  static const std::regex pattern("epoch-([0-9]{1,7})");
  std::map<int, fs::path> byEpoch;
  for (const fs::directory_entry& entry : entriesOf(named.parent_path())) {
    const std::string name = entry.path().stem().string();
    std::smatch match;
    if (isCheckpointName(entry.path()) && std::regex_match(name, match, pattern)) {
      byEpoch.emplace(std::stoi(match[1]), entry.path());
    }
  }
  if (byEpoch.empty()) {
    return fail(ErrorCode::notFound,
                named.string() +
                    ": no epoch-N.safetensors there; limbus train --keep-every N or "
                    "--keep-best K keeps them");
  }
  std::vector<fs::path> files;
  for (const auto& [epoch, file] : byEpoch) files.push_back(file);
  return files;
}

Result<std::vector<fs::path>> foldRuns(const fs::path& folder) {
  std::vector<fs::path> runs;
  if (modelFile(folder, ModelUse::predict)) return runs;
  std::map<int, std::string> lacking = withoutScore(folder);
  for (const auto& [number, run] : foldFolders(folder)) {
    if (RunFolder{run}.found("best").empty()) lacking.emplace(number, run.filename().string());
    runs.push_back(run);
  }
  if (lacking.empty() || runs.empty()) return runs;
  std::vector<std::string> names;
  for (const auto& [number, name] : lacking) names.push_back(name);
  return fail(ErrorCode::badArgument,
              folder.string() + ": not trained to the end: " + joinFirst(names, 8) +
                  "; go on with limbus train --resume, or name the runs that are to count one by "
                  "one");
}

}  // namespace limbus
