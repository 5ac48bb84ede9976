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

bool foldersOverlap(const std::filesystem::path& one, const std::filesystem::path& other) {
  std::error_code error;
  const auto a = std::filesystem::weakly_canonical(one, error);
  const auto b = std::filesystem::weakly_canonical(other, error);
  const auto [endOfA, endOfB] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return endOfA == a.end() || endOfB == b.end();
}

}  // namespace limbus
