#include "native/commands/parts/option_lines.h"

#include <algorithm>
#include <set>

#include "native/system/text.h"
#include "native/train/recipe/meant_key.h"
#include "native/train/recipe/recipe.h"
#include "shared/options/paths.h"
#include "shared/options/rows.h"

namespace limbus {
namespace {

std::string defaultNote(const OptionDescription& option) {
  if (option.required) return "must be given";
  if (option.mayBeAbsent) return "none";
  return option.defaultText();
}

// What the rows of a table hold is shown with the table.
bool standsAlone(const OptionDescription& option) {
  return option.kind != OptionDescription::Kind::object &&
         option.kind != OptionDescription::Kind::list;
}

struct Line {
  std::string key, type, note, help;
};

void collect(const std::vector<OptionDescription>& options, const std::string& prefix,
             std::vector<Line>& lines) {
  for (const OptionDescription& option : options) {
    const std::string key = prefix + option.key;
    lines.push_back({key, option.type(), defaultNote(option), option.help});
    if (standsAlone(option)) continue;
    const bool list = option.kind == OptionDescription::Kind::list;
    collect(option.fields, key + (list ? "[]." : "."), lines);
  }
}

// The rows that an object's or list's elements choose from; null: none.
const OptionDescription* tableOf(const OptionDescription& option) {
  for (const OptionDescription& field : option.fields) {
    if (!field.rows.empty()) return &field;
  }
  return nullptr;
}

std::string cell(std::string text) {
  for (std::size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) {
    text.insert(at, "\\");
  }
  return text;
}

std::string table(const std::vector<Line>& lines) {
  std::string text = "| key | value | when left out | meaning |\n|---|---|---|---|\n";
  for (const Line& line : lines) {
    text += "| `" + line.key + "` | " + cell(line.type) + " | " + cell(line.note) + " | " +
            cell(line.help) + " |\n";
  }
  return text;
}

// The rows that an option chooses from, and behind them those that their own options do; each table
// once.
std::string rowsOf(const OptionDescription& option, const std::string& path,
                   std::set<std::string>& shown) {
  const OptionDescription* rows = tableOf(option);
  if (rows == nullptr || !shown.insert(rows->table).second) return "";
  std::string text = "\n### " + option.key + ": the rows of `" + path + "." + rows->key + "`\n\n",
              behind;
  for (const RowDescription& row : rows->rows) {
    text += "- **`" + row.name + "`**: " + row.summary + "\n";
    std::vector<Line> own;
    collect(row.options, "", own);
    for (const Line& line : own) {
      text += "  - `" + line.key + "`, " + line.type +
              (line.note.empty() ? "" : " (" + line.note + ")") + ": " + line.help + "\n";
    }
    for (const OptionDescription& inner : row.options) {
      behind += rowsOf(inner, path + "." + inner.key, shown);
    }
  }
  return text + behind;
}

// For an option that the verb has not: it is a slip of one, or means a value of the recipe.
std::string hintFor(const std::string& name, const CLI::App& verb) {
  if (verb.get_option_no_throw("--data") != nullptr && meansDataFolder(name)) {
    return "; did you mean --data?";
  }
  const bool sets = verb.get_option_no_throw("--set") && verb.get_option_no_throw("RECIPE");
  if (sets) {
    const std::vector<OptionDescription> keys = describeOptions(Recipe());
    const std::string path = findOption(keys, name) != nullptr ? name : meantKey(name);
    if (!path.empty()) return "; did you mean --set " + path + "=...?";
  }
  std::vector<std::string> known;
  for (const CLI::Option* option : verb.get_options()) {
    known.insert(known.end(), option->get_lnames().begin(), option->get_lnames().end());
  }
  const std::string nearest = nearestName(name, known);
  if (!nearest.empty()) return "; did you mean --" + nearest + "?";
  return sets ? "; --set KEY=VALUE sets a value of the recipe" : "";
}

}  // namespace

std::string optionLines(const std::vector<OptionDescription>& options, const std::string& indent) {
  std::vector<Line> lines;
  collect(options, "", lines);
  std::size_t width = 0;
  for (const Line& line : lines) width = std::max(width, line.key.size());
  std::string text;
  for (const Line& line : lines) {
    text += indent + padded(line.key, width) + "  " + line.type +
            (line.note.empty() ? "" : " (" + line.note + ")") + ": " + line.help + "\n";
  }
  return text;
}

std::string rowLines(const std::vector<RowDescription>& rows, const std::string& indent) {
  std::size_t width = 0;
  for (const RowDescription& row : rows) width = std::max(width, row.name.size());
  std::string text;
  for (const RowDescription& row : rows) {
    text += indent + padded(row.name, width) + "  " + row.summary + "\n" +
            optionLines(row.options, indent + std::string(width + 4, ' '));
  }
  return text;
}

std::string recipeTables(const std::vector<OptionDescription>& recipe) {
  std::vector<Line> lines;
  collect(recipe, "", lines);
  std::string text = table(lines);
  std::set<std::string> shown;
  for (const OptionDescription& option : recipe) text += rowsOf(option, option.key, shown);
  return text;
}

std::string unknownOption(const CLI::App& verb) {
  for (const std::string& word : verb.remaining()) {
    if (word.rfind("--", 0) != 0 || word.size() == 2) continue;
    const std::string option = word.substr(0, word.find('='));
    return "there is no option " + option + hintFor(option.substr(2), verb);
  }
  return "";
}

}  // namespace limbus
