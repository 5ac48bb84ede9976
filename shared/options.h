// Tables of named rows: finding one, saying which there are, completing its numeric options.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "shared/result.h"

namespace limbus {

using OptionValues = std::map<std::string, double>;

struct NamedOptions {  // {"name": "adamw", "weightDecay": 1e-4} -> name + numbers
  std::string name;
  OptionValues options;
};

struct OptionRow {
  const char* name;
  double defaultValue;
  double minimum;  // both ends allowed
  double maximum;
  const char* help;
};

enum class Numbers { any, whole };

// `given` with the defaults of `rows` filled in. Unknown names and values out of range are errors:
// "adamw has no option 'wieghtDecay'; it has: weightDecay, ...".
Result<OptionValues> completeOptions(const std::string& owner, const std::vector<OptionRow>& rows,
                                     const OptionValues& given, Numbers numbers = Numbers::any);

// "unknown loss 'dcie'; known: ce, dice"
std::string unknownName(const std::string& kind, const std::string& name,
                        const std::vector<std::string>& known);

template <class Row>
std::vector<std::string> namesOf(const std::vector<Row>& rows) {
  std::vector<std::string> names;
  for (const Row& row : rows) names.push_back(row.name);
  return names;
}

template <class Row>
const Row* findRow(const std::vector<Row>& rows, const std::string& name) {
  for (const Row& row : rows) {
    if (name == row.name) return &row;
  }
  return nullptr;
}

// Shortest decimal that says the number well enough for a message: 0.25, 1e-05.
std::string showNumber(double value);

}  // namespace limbus
