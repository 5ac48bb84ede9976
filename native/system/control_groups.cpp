#include "native/system/control_groups.h"

#include <fstream>
#include <string>

namespace limbus {

namespace fs = std::filesystem;

std::vector<fs::path> ownControlGroups() {
  std::vector<fs::path> groups;
  const fs::path root = kControlGroups;
  std::string line;  // "0::/user.slice/..."
  for (std::ifstream lines("/proc/self/cgroup"); std::getline(lines, line);) {
    if (line.rfind("0::/", 0) != 0) continue;
    fs::path group = root / line.substr(4);
    for (; group.native().size() >= root.native().size(); group = group.parent_path()) {
      groups.push_back(group);
    }
  }
  return groups;
}

}  // namespace limbus
