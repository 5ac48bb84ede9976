// What a file is that was taken for an .onnx one.
#pragma once

#include <cctype>
#include <string>
#include <string_view>

namespace limbus {

// Of bytes that are no ONNX, by how they begin; empty: nothing that is known.
inline std::string otherFile(std::string_view bytes) {
  while (!bytes.empty() && std::isspace(static_cast<unsigned char>(bytes.front()))) {
    bytes.remove_prefix(1);
  }
  if (bytes.substr(0, 23) == "version https://git-lfs") {
    return "a pointer of Git LFS, which `git lfs pull` puts the file in place of";
  }
  if (bytes.substr(0, 1) == "<") {
    return "a web page (HTML), which servers send in place of what they do not have";
  }
  return "";
}

}  // namespace limbus
