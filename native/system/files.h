// Files as bytes: reading, listing, and writing whole or not at all (temporary name, sync, rename).
//
// Every error opens with the file's name: "runs/first: exists already; ...".
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "shared/result.h"

namespace limbus {

Result<std::string> readBytes(const std::filesystem::path& file);

// The first `limitBytes` at most: enough for a header.
Result<std::string> readBeginning(const std::filesystem::path& file, std::size_t limitBytes);

// `sync` false leaves the moment of writing to the system: for many small files, followed by one
// syncFolder(). Parent folders must exist.
Result<void> writeBytes(const std::filesystem::path& file, std::string_view bytes,
                        bool sync = true);
// Adds `bytes` at the end of a file, which is made where it is missing, and syncs it. Where that
// fails, the file is as long as before: no half a line.
Result<void> appendBytes(const std::filesystem::path& file, std::string_view bytes);

// What a writeBytes() that was killed left in `folder`. Nobody may be writing there.
void removeLeftovers(const std::filesystem::path& folder);

void syncFolder(const std::filesystem::path& folder);  // its whole file system

Result<void> makeFolder(const std::filesystem::path& folder);  // parents included

// Regular files with one of these extensions (".png", any case), sorted by name.
Result<std::vector<std::filesystem::path>> listFiles(const std::filesystem::path& folder,
                                                     const std::vector<std::string>& extensions);

// ".png" of "A.PNG".
std::string lowerExtension(const std::filesystem::path& file);

// --out checks: an existing file or non-empty folder is refused unless `force`.
Result<void> checkOutput(const std::filesystem::path& path, bool force);
// The same of a file, whose folder must be there.
Result<void> checkOutputFile(const std::filesystem::path& file, bool force);

}  // namespace limbus
