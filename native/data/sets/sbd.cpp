#include "native/data/sets/sbd.h"

#include <set>
#include <sstream>

#include "native/data/files/csv.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

Result<std::set<std::string>> idsOf(const std::vector<fs::path>& lists) {
  std::set<std::string> ids;
  for (const fs::path& list : lists) {
    const Result<std::string> text = readText(list);
    if (!text) return fail(text.error());
    std::istringstream words(*text);
    for (std::string id; words >> id;) ids.insert(id);
  }
  return ids;
}

}  // namespace

fs::path sbdFolder(const std::vector<fs::path>& roots, const std::string& named) {
  std::error_code error;
  for (const fs::path& root : roots) {
    for (const char* place : {"", "dataset", "benchmark_RELEASE/dataset", "SBD/dataset",
                              "benchmark/benchmark_RELEASE/dataset"}) {
      const fs::path folder = (named.empty() ? root : root / named) / place;
      if (fs::is_directory(folder / "cls", error)) return folder;
    }
  }
  return {};
}

Result<std::vector<std::string>> augmentedIds(const fs::path& lists, const fs::path& sbd) {
  Result<std::set<std::string>> ids =
      idsOf({lists / "train.txt", sbd / "train.txt", sbd / "val.txt"});
  if (!ids) return fail(ids.error());
  const Result<std::set<std::string>> held = idsOf({lists / "val.txt"});
  if (!held) return fail(held.error());
  for (const std::string& id : *held) ids->erase(id);
  return std::vector<std::string>(ids->begin(), ids->end());
}

}  // namespace limbus
