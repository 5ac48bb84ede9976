// Linux' control groups: what a container or a job may take of the machine.
#pragma once

#include <filesystem>
#include <vector>

namespace limbus {

constexpr const char* kControlGroups = "/sys/fs/cgroup";

// Of version 2: this process's group and all above it, each of which may have a limit of its own.
// Empty where there are none. A version 1 group lies in kControlGroups/<controller>.
std::vector<std::filesystem::path> ownControlGroups();

}  // namespace limbus
