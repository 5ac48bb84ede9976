// XML as a tree, through pugixml. Without it, parsing is a clear error.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "shared/result.h"

namespace limbus {

struct XmlElement {
  std::string name;
  std::map<std::string, std::string> attributes = {};
  std::string text = {};  // blanks around it left out
  std::vector<XmlElement> children = {};

  const XmlElement* child(const std::string& wanted) const;  // the first; null: none
  std::string textOf(const std::string& wanted) const;       // of that child; empty: none
  std::string attribute(const std::string& wanted) const;    // empty: none
};

// The outermost element; at most 64 levels deep. Errors name no file.
Result<XmlElement> parseXml(std::string_view text);

}  // namespace limbus
