// Described options from and to JSON.
//
//   InputSpec input;
//   if (auto ok = readOptions(json, "recipe.input", input); !ok) return fail(ok.error());
//   // "recipe.input.widht: unknown key; known: width, ...; did you mean 'width'?"
//   Json complete = writeOptions(input);  // every option, defaults included
#pragma once

#include <string>

#include "shared/json_reader.h"
#include "shared/options/options.h"

namespace limbus {

// Absent keys leave their defaults. `where` opens every error; empty: the key alone does.
Result<void> readObject(const Json& json, const std::string& where, const Fields& fields);
Json writeObject(const Fields& fields);

template <class T>
Result<void> readOptions(const Json& json, const std::string& where, T& value) {
  return readObject(json, where, [&value](OptionVisitor& v) { value.describe(v); });
}

template <class T>
Json writeOptions(T value) {
  return writeObject([&value](OptionVisitor& v) { value.describe(v); });
}

// The row that `name` names, with options from a JSON text: what a recipe's {"name": ...} gives.
template <class Row>
Result<Chosen<Row>> chooseRow(const std::vector<Row>& rows, const char* kind,
                              const std::string& name, const Json& options,
                              const std::string& where) {
  const Row* row = findRow(rows, name);
  if (row == nullptr) {
    return fail(ErrorCode::badArgument, unknownName(kind, name, namesOf(rows)));
  }
  Chosen<Row> choice{row, row->options};
  if (auto read = readOptions(options, where, choice.options); !read) return fail(read.error());
  return choice;
}

// Whole numbers without ".0", so that {"gamma": 1} stays what somebody wrote.
Json plainNumber(double value);

}  // namespace limbus
