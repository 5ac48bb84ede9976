#include "native/data/sets/class_table.h"

#include <algorithm>
#include <set>

#include "native/system/json_files.h"
#include "shared/class_colours.h"
#include "shared/colour_text.h"
#include "shared/json_reader.h"
#include "shared/options/rows.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

const std::string kVoid = "void";

bool isVoidName(std::string name) {
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return name == kVoid || name == "ignore" || name == "unlabelled" || name == "unlabeled";
}

std::optional<Rgb> colourOf(const Json& value) {
  if (value.is_string()) return parseColour(value.get<std::string>());
  if (!value.is_array() || value.size() < 3) return std::nullopt;
  Rgb colour{};
  for (std::size_t i = 0; i < 3; ++i) {
    if (!value[i].is_number_integer() || value[i] < 0 || value[i] > 255) return std::nullopt;
    colour[i] = value[i].get<std::uint8_t>();
  }
  return colour;
}

// One of a file's classes as it is written there; an error text, or "".
std::string addClass(const Json& json, std::size_t place, ClassTable& table) {
  ClassTable::Entry entry{"", classColour(place), static_cast<int>(place)};
  if (json.is_string()) {
    entry.name = json.get<std::string>();
  } else if (json.is_object() && json.contains("name") && json["name"].is_string()) {
    entry.name = json["name"].get<std::string>();
  } else {
    return "expected a name or an object with one, got " + describeJson(json);
  }
  for (const char* key : {"color", "colour"}) {
    if (!json.is_object() || !json.contains(key)) continue;
    const std::optional<Rgb> colour = colourOf(json[key]);
    if (!colour) {
      return "a colour is [r,g,b] or \"#ff8800\", got " + describeJson(json[key]);
    }
    entry.colour = *colour;
  }
  if (json.is_object() && json.contains("id")) {
    if (!json["id"].is_number_integer() || json["id"] < 0 || json["id"] > 255) {
      return "an id is a number from 0 to 255, got " + describeJson(json["id"]);
    }
    entry.number = json["id"].get<int>();
  }
  if (isVoidName(entry.name)) {
    table.voidNumbers.push_back(entry.number);
    table.voidColours.push_back(entry.colour);
  } else {
    table.entries.push_back(std::move(entry));
  }
  return "";
}

// {"label_map": {"0": "road"}, "segmentation_colors": [[r,g,b]]} as a list of objects.
Json listOfMeta(const Json& meta) {
  Json list = Json::array();
  Json colours = meta.value("segmentation_colors", Json::array());
  if (!colours.is_array()) colours = Json::array();
  for (const auto& [id, name] : meta["label_map"].items()) {
    const bool whole =
        !id.empty() && id.size() < 4 &&
        std::all_of(id.begin(), id.end(), [](char c) { return c >= '0' && c <= '9'; });
    Json one = {{"name", name}, {"id", whole ? Json(std::stoi(id)) : Json(id)}};
    if (list.size() < colours.size()) one["color"] = colours[list.size()];
    list.push_back(std::move(one));
  }
  return list;
}

std::vector<std::string> namesOfTable(const ClassTable& table) {
  std::vector<std::string> names;
  for (const ClassTable::Entry& entry : table.entries) names.push_back(entry.name);
  return names;
}

}  // namespace

void describeOthers(OptionVisitor& v, std::string& others) {
  v.text("others", others,
         "what classes of the data set become that the recipe leaves out: one of its, or void");
}

Result<int> labelOfOthers(const std::vector<ClassSpec>& classes, const std::string& others) {
  if (others.empty() || others == kVoid) return kVoidLabel;
  std::vector<std::string> known = namesOf(classes);
  const auto found = std::find(known.begin(), known.end(), others);
  if (found != known.end()) return static_cast<int>(found - known.begin());
  known.push_back(kVoid);
  return fail(ErrorCode::badArgument, "data.others: " + unknownName("class", others, known));
}

std::vector<ClassSpec> classesOf(const ClassTable& table) {
  std::vector<ClassSpec> classes;
  for (const ClassTable::Entry& entry : table.entries) {
    classes.push_back({entry.name, entry.colour, ""});
  }
  return classes;
}

std::vector<ClassSpec> chosenClasses(const ClassTable& table, const DatasetRequest& request) {
  return request.classes.empty() ? classesOf(table) : request.classes;
}

Result<std::map<std::string, int>> labelsByName(const std::vector<std::string>& names,
                                                const std::vector<ClassSpec>& classes,
                                                const std::string& others) {
  std::map<std::string, int> own;
  for (std::size_t i = 0; i < classes.size(); ++i) own[classes[i].name] = static_cast<int>(i);
  std::map<std::string, int> labels;
  if (classes.empty()) {
    for (const std::string& name : names) {
      labels.emplace(name, std::min<int>(static_cast<int>(labels.size()), kVoidLabel));
    }
    return labels;
  }
  const Result<int> rest = labelOfOthers(classes, others);
  if (!rest) return fail(rest.error());
  for (const ClassSpec& one : classes) {
    if (one.name == others || std::find(names.begin(), names.end(), one.name) != names.end()) {
      continue;
    }
    return fail(ErrorCode::badArgument, "the data set does not have this class of the recipe: " +
                                            unknownName("class", one.name, names));
  }
  std::vector<std::string> left;
  for (const std::string& name : names) {
    if (const auto found = own.find(name); found != own.end()) {
      labels[name] = found->second;
    } else {
      labels[name] = *rest;
      left.push_back(name);
    }
  }
  if (others.empty() && !left.empty()) {
    return fail(ErrorCode::badArgument,
                "the recipe leaves out " + std::to_string(left.size()) +
                    " classes of the data set (" + joinNames(left) +
                    "); say with data.others what they become: one of its classes, or void");
  }
  return labels;
}

Result<LabelMap> labelMapOf(const ClassTable& table, const DatasetRequest& request,
                            LabelValues values, const std::string& others,
                            const std::vector<std::pair<Rgb, std::string>>& colours) {
  const std::vector<ClassSpec> classes = chosenClasses(table, request);
  const auto labels = labelsByName(namesOfTable(table), request.classes, others);
  if (!labels) return fail(labels.error());
  LabelMap map = LabelMap::byName(classes, values);
  const auto add = [&](auto stored, int label) {
    return map.add(stored, label == kVoidLabel ? kVoid : classes[label].name);
  };
  for (const ClassTable::Entry& entry : table.entries) {
    const int label = labels->at(entry.name);
    if (Result<void> added = add(entry.number, label); !added) return fail(added.error());
    if (Result<void> added = add(entry.colour, label); !added) return fail(added.error());
  }
  for (const auto& [colour, name] : colours) {
    if (Result<void> added = add(colour, labels->at(name)); !added) return fail(added.error());
  }
  for (const int number : table.voidNumbers) {
    if (Result<void> added = map.add(number, kVoid); !added) return fail(added.error());
  }
  for (const Rgb& colour : table.voidColours) {
    if (Result<void> added = map.add(colour, kVoid); !added) return fail(added.error());
  }
  if (table.othersAreVoid) {
    if (Result<void> added = map.addOtherNumbers(kVoid); !added) return fail(added.error());
  }
  return map;
}

Result<ClassTable> readClassFile(const fs::path& file) {
  const Result<Json> json = readJson(file);
  if (!json) return fail(json.error());
  const auto bad = [&](const std::string& why) {
    return fail(ErrorCode::badData, file.string() + ": " + why);
  };
  Json list = *json;
  if (json->is_object() && json->contains("label_map") && (*json)["label_map"].is_object()) {
    list = listOfMeta(*json);
  } else if (json->is_object()) {
    list = json->contains("classes") ? (*json)["classes"] : json->value("labels", Json());
  }
  if (!list.is_array()) {
    return bad("expected a list of classes, or one under \"classes\", \"labels\" or \"label_map\"");
  }
  ClassTable table;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string problem = addClass(list[i], i, table);
    if (!problem.empty()) return bad("class " + std::to_string(i) + ": " + problem);
  }
  std::set<std::string> names;
  std::set<int> numbers;
  for (const ClassTable::Entry& entry : table.entries) {
    if (!names.insert(entry.name).second) return bad("class '" + entry.name + "' is there twice");
    if (!numbers.insert(entry.number).second) {
      return bad("id " + std::to_string(entry.number) + " is that of two classes");
    }
  }
  if (table.entries.size() < 2) return bad("at least 2 classes are needed");
  return table;
}

}  // namespace limbus
