#include "native/system/folder.h"

#include <algorithm>

namespace limbus {

namespace fs = std::filesystem;

std::vector<fs::directory_entry> entriesOf(const fs::path& folder, std::error_code& error) {
  std::vector<fs::directory_entry> entries;
  fs::directory_iterator at(folder, error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) entries.push_back(*at);
  return entries;
}

std::vector<fs::directory_entry> entriesOf(const fs::path& folder) {
  std::error_code ignored;
  return entriesOf(folder, ignored);
}

fs::path withoutLinks(const fs::path& path) {
  std::error_code error;
  const fs::path clean = fs::weakly_canonical(path, error);
  return error ? path : clean;
}

bool liesIn(const std::filesystem::path& path, const std::filesystem::path& folder) {
  std::error_code error;
  const auto inner = std::filesystem::weakly_canonical(path, error);
  const auto outer = std::filesystem::weakly_canonical(folder, error);
  return std::mismatch(inner.begin(), inner.end(), outer.begin(), outer.end()).second ==
         outer.end();
}

bool foldersOverlap(const std::filesystem::path& one, const std::filesystem::path& other) {
  return liesIn(one, other) || liesIn(other, one);
}

}  // namespace limbus
