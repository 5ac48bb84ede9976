#include "native/train/recipe/schema.h"

#include "native/train/recipe/recipe.h"
#include "shared/options/description.h"

namespace limbus {

Json recipeSchema() {
  Json schema = schemaOf(describeOptions(Recipe()), "Limbus recipe");
  Json required = std::move(schema["required"]);
  schema.erase("required");
  schema["if"] = {{"not", {{"required", Json::array({"extends"})}}}};
  schema["then"] = {{"required", std::move(required)}};
  return schema;
}

}  // namespace limbus
