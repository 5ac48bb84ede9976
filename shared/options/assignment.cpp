#include "shared/options/assignment.h"

#include <vector>

#include "shared/json_reader.h"

namespace limbus {
namespace {

std::vector<std::string> splitPath(const std::string& path) {
  std::vector<std::string> keys(1);
  for (char c : path) {
    if (c == '.') {
      keys.emplace_back();
    } else {
      keys.back() += c;
    }
  }
  return keys;
}

// Of a list's element: a plain text is its own. Empty: it has none.
std::string nameOf(const Json& element) {
  const Json name = element.is_object() ? element.value("name", Json()) : element;
  return name.is_string() ? name.get<std::string>() : "";
}

// The element of a list at an index, of a name, or a new one behind the last.
Json* elementOf(Json& list, const std::string& key) {
  if (key == "+") return &list.emplace_back();
  if (key.size() <= 6 && key.find_first_not_of("0123456789") == std::string::npos) {
    const std::size_t index = std::stoul(key);
    return index < list.size() ? &list[index] : nullptr;
  }
  for (Json& element : list) {
    if (nameOf(element) == key) return &element;
  }
  return nullptr;
}

// The member or element called `key`; null when it cannot be one.
Json* descend(Json& json, const std::string& key) {
  if (json.is_string()) json = Json{{"name", json}};
  if (json.is_null()) json = Json::object();
  if (json.is_object()) return &json[key];
  return json.is_array() ? elementOf(json, key) : nullptr;
}

// Why there is no `key` in what stands at `path`.
std::string missing(const Json& json, const std::string& path, const std::string& key) {
  if (!json.is_array())
    return "'" + path + "' is " + describeJson(json) + " and has no '" + key + "'";
  std::vector<std::string> names;
  for (const Json& element : json) {
    const std::string name = nameOf(element);
    names.push_back(name.empty() ? std::to_string(names.size()) : name);
  }
  const std::string nearest = nearestName(key, names);
  return "'" + path + "' has no '" + key + "'; it has " +
         (names.empty() ? "none" : joinNames(names)) +
         (nearest.empty() ? "; '" + path + ".+' adds one" : "; did you mean '" + nearest + "'?");
}

}  // namespace

Result<void> assign(Json& json, const std::string& keyAndValue, const std::string& flag) {
  const auto refuse = [&](const std::string& why) {
    return fail(ErrorCode::badArgument, flag + " " + keyAndValue + ": " + why);
  };
  const std::size_t equals = keyAndValue.find('=');
  if (equals == std::string::npos || equals == 0) return refuse("expected KEY=VALUE");
  const std::string value = keyAndValue.substr(equals + 1);
  Json* place = &json;
  std::string path;  // of the place
  for (const std::string& key : splitPath(keyAndValue.substr(0, equals))) {
    if (key.empty()) return refuse("empty key in the path");
    Json* const above = place;
    place = descend(*above, key);
    if (place == nullptr) return refuse(missing(*above, path, key));
    path += (path.empty() ? "" : ".") + key;
  }
  Json parsed = Json::parse(value, nullptr, false);
  *place = parsed.is_discarded() ? Json(value) : std::move(parsed);
  return {};
}

}  // namespace limbus
