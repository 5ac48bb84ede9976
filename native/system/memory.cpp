#include "native/system/memory.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "native/system/control_groups.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

// Of "key value" lines, as in /proc/meminfo and memory.stat.
std::optional<std::int64_t> valueOf(const fs::path& file, const std::string& key) {
  std::ifstream lines(file);
  std::string name;
  for (std::int64_t value = 0; lines >> name >> value; std::getline(lines, name)) {
    if (name == key) return value;
  }
  return std::nullopt;
}

std::optional<std::int64_t> numberIn(const fs::path& file) {
  std::int64_t value = 0;
  return std::ifstream(file) >> value ? std::optional(value) : std::nullopt;  // "max": no limit
}

// What a group leaves; pages of files that it would drop count as free, as in MemAvailable.
std::optional<std::int64_t> leftIn(const fs::path& group, const char* limit, const char* used) {
  const std::optional<std::int64_t> most = numberIn(group / limit);
  const std::optional<std::int64_t> taken = numberIn(group / used);
  if (!most || !taken) return std::nullopt;
  const std::int64_t files = valueOf(group / "memory.stat", "inactive_file").value_or(0);
  return std::max<std::int64_t>(0, *most - *taken + files);
}

}  // namespace

std::int64_t freeMemoryBytes() {
  std::int64_t free = valueOf("/proc/meminfo", "MemAvailable:").value_or(0) * 1024;
  const auto limit = [&free](const std::optional<std::int64_t>& left) {
    if (left) free = std::min(free, *left);
  };
  limit(leftIn(fs::path(kControlGroups) / "memory", "memory.limit_in_bytes",
               "memory.usage_in_bytes"));
  for (const fs::path& group : ownControlGroups()) {
    limit(leftIn(group, "memory.max", "memory.current"));
  }
  return free;
}

}  // namespace limbus
