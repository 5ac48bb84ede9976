#include "shared/onnx/class_names.h"

#include <nlohmann/json.hpp>

namespace limbus {
namespace {

using Json = nlohmann::ordered_json;

// {0: 'eye', 1: "lid's"} as JSON: quotes become double ones, bare keys strings.
std::string pythonToJson(const std::string& text) {
  std::string json;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\'' || c == '"') {
      json += '"';
      for (++i; i < text.size() && text[i] != c; ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) {
          const char escaped = text[++i];
          if (escaped != '\'') json += '\\';
          json += escaped;
        } else {
          if (text[i] == '"') json += '\\';
          json += text[i];
        }
      }
      json += '"';
    } else if (c >= '0' && c <= '9' && (json.back() == '{' || json.back() == ' ')) {
      std::size_t end = i;
      while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
      const bool key = end < text.size() && text[end] == ':';
      json += key ? '"' + text.substr(i, end - i) + '"' : text.substr(i, end - i);
      i = end - 1;
    } else {
      json += c;
    }
  }
  return json;
}

std::vector<std::string> fromObject(const Json& object) {
  std::vector<std::string> names(object.size());
  for (const auto& [key, value] : object.items()) {
    const bool number =
        !key.empty() && key.size() < 6 && key.find_first_not_of("0123456789") == std::string::npos;
    if (!number || !value.is_string() || std::stoul(key) >= names.size()) return {};
    names[std::stoul(key)] = value.get<std::string>();
  }
  return names;
}

std::vector<std::string> fromArray(const Json& array) {
  std::vector<std::string> names;
  for (const Json& value : array) {
    if (!value.is_string()) return {};
    names.push_back(value.get<std::string>());
  }
  return names;
}

// "a, b, c" or one per line.
std::vector<std::string> fromText(const std::string& text) {
  std::vector<std::string> names;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find_first_of(",;\n", begin), text.size());
    const std::size_t first = text.find_first_not_of(" \t\r", begin);
    if (first < end) {
      const std::size_t last = text.find_last_not_of(" \t\r", end - 1);
      names.push_back(text.substr(first, last - first + 1));
    }
    begin = end + 1;
  }
  return names;
}

std::vector<std::string> parseNames(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return {};
  if (text[first] != '{' && text[first] != '[') return fromText(text);
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) json = Json::parse(pythonToJson(text.substr(first)), nullptr, false);
  if (json.is_object()) return fromObject(json);
  return json.is_array() ? fromArray(json) : std::vector<std::string>();
}

}  // namespace

std::vector<std::string> classNames(const std::map<std::string, std::string>& metadata) {
  for (const char* key : {"names", "id2label", "classes", "class_names", "labels"}) {
    const auto found = metadata.find(key);
    if (found == metadata.end() || found->second.size() > 65536) continue;
    std::vector<std::string> names = parseNames(found->second);
    bool whole = !names.empty();
    for (const std::string& name : names) whole = whole && !name.empty() && name.size() <= 64;
    if (whole) return names;
  }
  return {};
}

}  // namespace limbus
