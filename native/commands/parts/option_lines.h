// Described options as lines of text, and as the tables of docs/recipe.md.
#pragma once

#include <string>
#include <vector>

#include "shared/options/description.h"

namespace limbus {

// "width  a whole number from 2 to 256 (18)  channels at half size", one line each, in columns,
// options of objects below them.
std::string optionLines(const std::vector<OptionDescription>& options, const std::string& indent);

// "ce  cross-entropy ...", its options below.
std::string rowLines(const std::vector<RowDescription>& rows, const std::string& indent);

// The recipe's keys and the rows of each of its tables, in Markdown.
std::string recipeTables(const std::vector<OptionDescription>& recipe);

}  // namespace limbus
