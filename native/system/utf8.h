// Names of files are bytes, JSON holds UTF-8 alone.
#pragma once

#include <string>

namespace limbus {

bool isUtf8(const std::string& text);

// What is no plain ASCII as "%FF", and "%" as "%25", where it is not UTF-8; else only the latter.
std::string percentCoded(const std::string& name);

// As it is where it is UTF-8, else coded.
std::string nameInJson(const std::string& name);

}  // namespace limbus
