// Text inside a drawing.
#pragma once

#include <string>

namespace limbus {

// As content of an element or value of an attribute of XML.
std::string escaped(const std::string& text);

}  // namespace limbus
