#include "native/system/json_files.h"

#include <algorithm>
#include <string>

#include "native/system/files.h"

namespace limbus {

Result<Json> readJson(const std::filesystem::path& file) {
  const Result<std::string> text = readBytes(file);
  if (!text) return fail(text.error());
  return parseJson(*text, file.string());
}

Result<std::optional<Json>> readJsonIfThere(const std::filesystem::path& file) {
  Result<Json> json = readJson(file);
  if (json) return std::optional(std::move(*json));
  if (json.error().code == ErrorCode::notFound) return std::nullopt;
  return fail(json.error());
}

Result<Json> readLongJson(const std::filesystem::path& file) {
  const Result<std::string> text = readBytes(file);
  if (!text) return fail(text.error());
  Json json = parseLongJson(*text);
  if (!json.is_discarded()) return json;
  const auto bad = [&](const std::string& why) {
    return fail(ErrorCode::badData, file.string() + ": not valid JSON: " + why);
  };
  try {
    json = Json::parse(*text);  // for the place
  } catch (const Json::parse_error& error) {
    return bad("wrong at byte " + std::to_string(std::min(error.byte, text->size())) + " of " +
               std::to_string(text->size()));
  } catch (const Json::exception&) {
    return bad("a number is too large");
  }
  return bad("it is nested too deeply");
}

}  // namespace limbus
