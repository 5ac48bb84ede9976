#include "shared/options/paths.h"

#include <algorithm>

namespace limbus {
namespace {

using Kind = OptionDescription::Kind;

// An object's member, or a list's element of that index or name; null: there is none.
const Json* member(const Json* values, const std::string& key) {
  if (values == nullptr) return nullptr;
  if (values->is_object()) return values->contains(key) ? &values->at(key) : nullptr;
  if (!values->is_array()) return nullptr;
  for (std::size_t i = 0; i < values->size(); ++i) {
    const Json& element = values->at(i);
    const bool named = element.is_object() && element.value("name", Json()) == key;
    if (named || std::to_string(i) == key) return &element;
  }
  return nullptr;
}

// A row where it may be chosen, and the key that names it there.
struct RowPlace {
  const RowDescription* row = nullptr;
  const std::string* key = nullptr;
  const std::vector<OptionDescription>* beside = nullptr;  // of a list's element; null: in no list
};

// What may stand at one level of a path, and what does.
struct Level {
  std::vector<OptionPlace> options;
  std::vector<RowPlace> rows;
  const Json* values = nullptr;
};

// The object of a row's options: an own one in a list or a sum, else the one that names the row. A
// sum of one loss may carry its weight: "focal/10".
const Json* objectOf(const RowPlace& place, const Json* values) {
  const Json* own = member(values, place.row->name);
  if (own != nullptr && own->is_object()) return own;
  const Json* chosen = member(values, *place.key);
  if (chosen == nullptr || !chosen->is_string()) return nullptr;
  const auto& name = chosen->get_ref<const std::string&>();
  return name.substr(0, name.find_first_of("*/")) == place.row->name ? values : nullptr;
}

Level levelAt(const std::vector<OptionDescription>& options, const RowDescription* row,
              const Json* values) {
  Level level;
  level.values = values;
  for (const OptionDescription& option : options) {
    level.options.push_back({&option, row, member(values, option.key)});
  }
  return level;
}

void add(Level& level, const Level& more) {
  level.options.insert(level.options.end(), more.options.begin(), more.options.end());
}

// Below a row: in a list its name stands for the whole element.
Level levelOf(const RowPlace& place, const Json* values) {
  Level level = levelAt(place.row->options, place.row, objectOf(place, values));
  if (place.beside != nullptr) add(level, levelAt(*place.beside, nullptr, level.values));
  return level;
}

// Below an object, or the elements of a list: its own options, and behind them those of the rows
// that can be chosen in it, or of the one that is.
Level below(const OptionDescription& option, const Json* values) {
  Level level = levelAt(option.fields, nullptr, values);
  const bool list = option.kind == Kind::list;
  for (const OptionDescription& field : option.fields) {
    const Json* chosen = field.kind == Kind::row ? member(values, field.key) : nullptr;
    for (const RowDescription& row : field.rows) {
      const RowPlace place{&row, &field.key, list ? &option.fields : nullptr};
      level.rows.push_back(place);
      if (chosen != nullptr && *chosen != row.name) continue;
      add(level, levelAt(row.options, &row, objectOf(place, values)));
    }
  }
  return level;
}

void findAt(const Level& level, const std::string& path, std::vector<OptionPlace>& found);

// `element` is the name or index of one in the list.
void findInElement(const OptionPlace& list, const std::string& element, const std::string& rest,
                   std::vector<OptionPlace>& found) {
  const Json* value = member(list.value, element);
  if (value == nullptr) return;
  if (rest.empty()) {
    found.push_back({list.option, list.row, value});
  } else {
    findAt(below(*list.option, value), rest, found);
  }
}

void findBelow(const OptionPlace& place, const std::string& path, std::vector<OptionPlace>& found) {
  const std::size_t before = found.size();
  findAt(below(*place.option, place.value), path, found);
  if (found.size() > before || place.option->kind != Kind::list) return;
  const std::size_t dot = path.find('.');
  findInElement(place, path.substr(0, dot), dot == std::string::npos ? "" : path.substr(dot + 1),
                found);
}

void findAt(const Level& level, const std::string& path, std::vector<OptionPlace>& found) {
  const std::size_t dot = path.find('.');
  const std::string key = path.substr(0, dot);
  const std::string rest = dot == std::string::npos ? "" : path.substr(dot + 1);
  for (const OptionPlace& place : level.options) {
    if (place.option->key != key) continue;
    if (dot == std::string::npos) {
      found.push_back(place);
    } else {
      findBelow(place, rest, found);
    }
  }
  for (const RowPlace& place : level.rows) {
    if (place.row->name != key) continue;
    if (dot == std::string::npos) {
      found.push_back({nullptr, place.row, objectOf(place, level.values)});
    } else {
      findAt(levelOf(place, level.values), rest, found);
    }
  }
}

void addPaths(const Level& level, const std::string& prefix, std::vector<std::string>& paths) {
  for (const OptionPlace& place : level.options) {
    const std::string path = prefix + place.option->key;
    if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
    addPaths(below(*place.option, nullptr), path + ".", paths);
  }
}

}  // namespace

std::vector<OptionPlace> findOptions(const std::vector<OptionDescription>& options,
                                     const std::string& path, const Json* values) {
  std::vector<OptionPlace> found;
  findAt(levelAt(options, nullptr, values), path, found);
  return found;
}

const OptionDescription* findOption(const std::vector<OptionDescription>& options,
                                    const std::string& path, const Json* values) {
  for (const OptionPlace& place : findOptions(options, path, values)) {
    if (place.option != nullptr) return place.option;
  }
  return nullptr;
}

std::vector<std::string> optionPaths(const std::vector<OptionDescription>& options) {
  std::vector<std::string> paths;
  addPaths(levelAt(options, nullptr, nullptr), "", paths);
  return paths;
}

std::vector<std::string> namesBelow(const std::vector<OptionDescription>& options,
                                    const std::string& path) {
  std::vector<std::string> names;
  for (const OptionPlace& place : findOptions(options, path)) {
    const Level level = place.option == nullptr ? levelAt(place.row->options, place.row, nullptr)
                                                : below(*place.option, nullptr);
    for (const OptionPlace& each : level.options) names.push_back(each.option->key);
    for (const RowPlace& each : level.rows) names.push_back(each.row->name);
  }
  return names;
}

}  // namespace limbus
