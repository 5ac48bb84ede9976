// The tables of `limbus list`, for those who want their names only.
#pragma once

#include <string>
#include <vector>

namespace limbus {

// "nets" -> dabnet, eye-s, ...; nothing for a table that there is not.
std::vector<std::string> listedNames(const std::string& table);

}  // namespace limbus
