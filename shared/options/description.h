// What a describe() function says, as data: for lists, help, documentation and JSON schemas.
#pragma once

#include <string>
#include <vector>

#include "shared/options/json.h"
#include "shared/options/options.h"

namespace limbus {

struct RowDescription;

struct OptionDescription {
  enum class Kind {
    flag,
    number,
    whole,
    text,
    choice,
    range,
    numbers,
    wholes,
    texts,
    numberMap,
    object,
    list,
    row
  };

  std::string key;
  Kind kind = Kind::number;
  std::string help, unit;
  bool required = false;
  bool mayBeAbsent = false;  // and its absence means something: null
  Limits limits;             // of numbers, whole numbers, ranges and their lists
  Json byDefault;            // null: none
  std::vector<std::string>
      choices;  // of a choice; of a text that is made of names; words in a whole number's place
  std::vector<OptionDescription> fields;  // of an object, or of each object of a list
  std::string shorthand;  // of an object, or of a list's: the key that a plain text stands for
  bool orNumber = false;  // of a range: one number may stand in its place
  std::string table;      // of a row: "loss"
  std::vector<RowDescription> rows;  // of a row, or of the names that a text is made of

  // "a whole number from 1 to 256 px", "one of grey, rgb, bgr", "[low, high] within 0 to 1"
  std::string type() const;
  std::string defaultText() const;  // "0.25"; empty: none
};

struct RowDescription {
  std::string name, summary;
  std::vector<OptionDescription> options;
};

std::vector<OptionDescription> describeFields(const Fields& fields);

template <class T>
std::vector<OptionDescription> describeOptions(T value) {
  return describeFields([&value](OptionVisitor& v) { value.describe(v); });
}

// A JSON schema (draft 2020-12) of an object with these options.
Json schemaOf(const std::vector<OptionDescription>& options, const std::string& title);

}  // namespace limbus
