// Described options as lines of text, and as the tables of docs/recipe.md; words for unknown ones.
#pragma once

#include <CLI/CLI.hpp>
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

// Of the words that the parser could not place the first option, and what was meant by it: "there
// is no option --epochs; did you mean --set epochs=...?". "": no option is among them.
std::string unknownOption(const CLI::App& verb);

}  // namespace limbus
