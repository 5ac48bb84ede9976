// The tables of `limbus list`, for those who want their names, or Markdown.
#pragma once

#include <string>
#include <vector>

namespace limbus {

// "nets" -> dabnet, eye-s, ...; nothing for a table that there is not.
std::vector<std::string> listedNames(const std::string& table);

// "| name | parameters | GMAC | what |" and so on; "" for a table that there is not. Parameters and
// multiply-adds of nets (4 classes) and encoders with their usual options, the latter in billions
// for an image of 400x640.
std::string markdownTable(const std::string& table);

}  // namespace limbus
