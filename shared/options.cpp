#include "shared/options.h"

#include <cmath>
#include <cstdio>

namespace limbus {
namespace {

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

tl::unexpected<Error> unknownOption(const std::string& owner, const std::string& name,
                                    const std::vector<OptionRow>& rows) {
  return fail(ErrorCode::badArgument,
              owner + " has no option '" + name + "'; it has: " + join(namesOf(rows)));
}

tl::unexpected<Error> outOfRange(const std::string& owner, const OptionRow& row, Numbers numbers,
                                 double value) {
  return fail(ErrorCode::badArgument,
              owner + " option '" + row.name + "' must " +
                  (numbers == Numbers::whole ? "be a whole number" : "lie") + " in [" +
                  showNumber(row.minimum) + ", " + showNumber(row.maximum) + "], got " +
                  showNumber(value));
}

}  // namespace

std::string showNumber(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

std::string unknownName(const std::string& kind, const std::string& name,
                        const std::vector<std::string>& known) {
  return "unknown " + kind + " '" + name + "'; known: " + join(known);
}

Result<OptionValues> completeOptions(const std::string& owner, const std::vector<OptionRow>& rows,
                                     const OptionValues& given, Numbers numbers) {
  OptionValues complete;
  for (const OptionRow& row : rows) complete[row.name] = row.defaultValue;
  for (const auto& [name, value] : given) {
    const OptionRow* row = findRow(rows, name);
    if (row == nullptr) return unknownOption(owner, name, rows);
    const bool fits = value >= row->minimum && value <= row->maximum &&
                      (numbers == Numbers::any || value == std::floor(value));
    if (!fits) return outOfRange(owner, *row, numbers, value);
    complete[name] = value;
  }
  return complete;
}

}  // namespace limbus
