// Files by the part of their path that names a sample.
//
//   "train/images"                    every file below it, through links to folders, too; the name
//                                     is its path without extension
//   "train/{name}_gt.png"             what stands for {name}, subfolders included
//   "train/*_gt"                      the same, with any of the extensions
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "shared/result.h"

namespace limbus {

// In order of the names. Two files of one name, a folder that is not there and a pattern with two
// places for the name are errors; no file at all is none.
Result<std::map<std::string, std::filesystem::path>> namedFiles(
    const std::filesystem::path& pattern, const std::vector<std::string>& extensions);

}  // namespace limbus
