// Tables as text (RFC 4180): fields between commas, semicolons or tabs, quotes around what holds
// one of them. A byte order mark is passed over.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "shared/result.h"

namespace limbus {

// A file of text without the byte order mark that Windows puts in front: lists, tables, names.
Result<std::string> readText(const std::filesystem::path& file);

struct CsvRow {
  int line = 0;  // from 1, of the row's first character
  std::vector<std::string> fields;
};

// Empty lines are left out. The first line decides what separates fields.
Result<std::vector<CsvRow>> parseCsv(std::string_view text);

// A field as it is written: in quotes where it has to be.
std::string csvField(const std::string& text);

}  // namespace limbus
