// Tables of named rows: finding one, and saying which there are.
#pragma once

#include <string>
#include <vector>

namespace limbus {

// "unknown loss 'dcie'; known: ce, dice; did you mean 'dice'?"
std::string unknownName(const std::string& kind, const std::string& name,
                        const std::vector<std::string>& known);

// The known name that `name` most likely means: a slip of the keyboard away, or the only one that
// begins so. Empty: none.
std::string nearestName(const std::string& name, const std::vector<std::string>& known);

// "grey, rgb, bgr"
std::string joinNames(const std::vector<std::string>& names);

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
