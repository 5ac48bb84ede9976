// What lies in a folder, and which folders lie in which.
#pragma once

#include <filesystem>
#include <system_error>
#include <vector>

namespace limbus {

// In no order, without "." and "..". `error` says why it could not be read (to its end), what was
// read until then is returned.
std::vector<std::filesystem::directory_entry> entriesOf(const std::filesystem::path& folder,
                                                        std::error_code& error);

// Where a folder that cannot be read is as good as an empty one.
std::vector<std::filesystem::directory_entry> entriesOf(const std::filesystem::path& folder);

// Of a file or folder that is there: the one path that it has, by whichever way it is reached.
std::filesystem::path withoutLinks(const std::filesystem::path& path);

// `path` is the folder, or lies somewhere below it, links followed.
bool liesIn(const std::filesystem::path& path, const std::filesystem::path& folder);

// One lies in the other.
bool foldersOverlap(const std::filesystem::path& one, const std::filesystem::path& other);

}  // namespace limbus
