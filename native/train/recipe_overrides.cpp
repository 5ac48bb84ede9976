#include "native/train/recipe_overrides.h"

#include <vector>

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

tl::unexpected<Error> refuse(const std::string& text, const std::string& why) {
  return fail(ErrorCode::badArgument, "--set " + text + ": " + why);
}

// The member or element called `key`; null when it cannot be one.
Json* descend(Json& json, const std::string& key) {
  if (json.is_string()) json = Json{{"name", json}};
  if (json.is_null()) json = Json::object();
  if (json.is_object()) return &json[key];
  if (!json.is_array() || key.empty() || key.size() > 6 ||
      key.find_first_not_of("0123456789") != std::string::npos) {
    return nullptr;
  }
  const std::size_t index = std::stoul(key);
  return index < json.size() ? &json[index] : nullptr;
}

}  // namespace

Result<void> applyOverride(Json& json, const std::string& keyAndValue) {
  const std::size_t equals = keyAndValue.find('=');
  if (equals == std::string::npos || equals == 0) {
    return refuse(keyAndValue, "expected key=value, like net.width=12");
  }
  const std::string value = keyAndValue.substr(equals + 1);
  Json* place = &json;
  for (const std::string& key : splitPath(keyAndValue.substr(0, equals))) {
    if (key.empty()) return refuse(keyAndValue, "empty key in the path");
    place = descend(*place, key);
    if (place == nullptr) return refuse(keyAndValue, "there is no '" + key + "' at that place");
  }
  Json parsed = Json::parse(value, nullptr, false);
  *place = parsed.is_discarded() ? Json(value) : std::move(parsed);
  return {};
}

}  // namespace limbus
