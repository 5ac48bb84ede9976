// Names of classes in the metadata of foreign files.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace limbus {

// From the keys that exporters use: Ultralytics' "names" (a Python dict), Hugging Face's "id2label"
// (JSON), and "classes", "class_names", "labels" as lists. Empty: none, or they do not number 0, 1,
// ... without a gap.
std::vector<std::string> classNames(const std::map<std::string, std::string>& metadata);

}  // namespace limbus
