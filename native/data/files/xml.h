// XML as a tree, through pugixml. Without it, parsing is a clear error.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
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

// The same document with the text of some elements replaced, each named by its path below the
// outermost element: "source/filename". One that is not there is an error; all else stays, blanks
// and comments too.
using XmlTexts = std::vector<std::pair<std::string, std::string>>;
Result<std::string> withXmlTexts(std::string_view document, const XmlTexts& texts);

}  // namespace limbus
