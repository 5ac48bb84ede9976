#include "native/system/folder.h"

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

}  // namespace limbus
