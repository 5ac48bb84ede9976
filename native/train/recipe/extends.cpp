#include "native/train/recipe/extends.h"

#include "native/system/json_files.h"
#include "native/train/loss_terms.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLevels = 16;

// A plain text is short for an object with that name.
Json asObject(const Json& value) { return value.is_string() ? Json{{"name", value}} : value; }

bool namesAnotherRow(const Json& below, const Json& above) {
  for (const char* key : {"name", "dataset"}) {
    if (above.contains(key) && below.contains(key) && above.at(key) != below.at(key)) return true;
  }
  return false;
}

Json joined(Json below, const Json& above) {
  for (const auto& [key, value] : above.items()) {
    const auto old = below.find(key);
    if (old == below.end() || (!old->is_object() && !value.is_object())) {
      below[key] = value;
      continue;
    }
    const Json a = asObject(*old), b = asObject(value);
    const bool objects = a.is_object() && b.is_object();
    const bool same = objects && !namesAnotherRow(a, b);
    below[key] = objects && key == "loss" ? lossOver(a, b) : same ? joined(a, b) : value;
  }
  return below;
}

// Words that are true of the other recipe alone.
void dropWords(const Json& recipe, Json& below) {
  below.erase("description");
  const Json none = Json::object();
  const Json data = asObject(below.value("data", none)), own = asObject(recipe.value("data", none));
  if (!data.is_object() || !own.is_object() || !namesAnotherRow(data, own)) return;
  for (const char* key : {"trainingData", "licence"}) below.erase(key);
}

Result<Json> extendedAt(Json recipe, const fs::path& folder, int level) {
  if (!recipe.is_object()) return recipe;
  recipe.erase("$schema");
  if (!recipe.contains("extends")) return recipe;
  const Json other = recipe.at("extends");
  recipe.erase("extends");
  if (!other.is_string()) {
    return fail(ErrorCode::badData,
                "recipe.extends: expected the name of a file, got " + describeJson(other));
  }
  if (level == kMostLevels) {
    return fail(ErrorCode::badData, "recipe.extends: " + std::to_string(kMostLevels) +
                                        " recipes extend each other; is it a circle?");
  }
  const fs::path file = folder / other.get<std::string>();
  Result<Json> below = readJson(file);
  if (!below) return fail(below.error().code, "recipe.extends: " + below.error().message);
  below = extendedAt(std::move(*below), file.parent_path(), level + 1);
  if (!below || !below->is_object()) return below;
  dropWords(recipe, *below);
  return joined(std::move(*below), recipe);
}

}  // namespace

Result<Json> extended(Json recipe, const fs::path& folder) {
  return extendedAt(std::move(recipe), folder, 0);
}

}  // namespace limbus
