// docs/recipe.md, models/README.md and the JSON schema say what the code says.
// LIMBUS_UPDATE_DOCS=1 renews them.
#include <cstdlib>
#include <filesystem>

#include "native/commands/list.h"
#include "native/commands/parts/option_lines.h"
#include "native/system/files.h"
#include "native/train/recipe/recipe.h"
#include "native/train/recipe/schema.h"
#include "native_catch.h"
#include "shared/options/description.h"

using namespace limbus;

namespace {

namespace fs = std::filesystem;

const fs::path kRoot = fs::path(LIMBUS_CASES).parent_path().parent_path();
bool updates() { return std::getenv("LIMBUS_UPDATE_DOCS") != nullptr; }

// Between <!-- command --> and <!-- end -->.
void checkSection(const char* file, const std::string& command, const std::string& table) {
  const std::string text = readBytes(kRoot / file).value(), opening = "<!-- " + command + " -->\n";
  const std::size_t begin = text.find(opening), end = text.find("<!-- end -->\n", begin);
  REQUIRE(begin != std::string::npos);
  REQUIRE(end != std::string::npos);
  const std::size_t inside = begin + opening.size();
  const std::string wanted = "\n" + table + "\n";
  if (updates()) {
    REQUIRE(writeBytes(kRoot / file, text.substr(0, inside) + wanted + text.substr(end)));
    return;
  }
  CHECK(text.substr(inside, end - inside) == wanted);
}

}  // namespace

TEST_CASE("docs: the tables of recipe.md are those of `limbus recipe --tables`") {
  checkSection("docs/recipe.md", "limbus recipe --tables", recipeTables(describeOptions(Recipe())));
}

TEST_CASE("docs: the tables of models/README.md are those of `limbus list --markdown`") {
  for (const char* table : {"nets", "encoders"}) {
    checkSection("models/README.md", std::string("limbus list ") + table + " --markdown",
                 markdownTable(table));
  }
}

TEST_CASE("docs: the schema file is that of `limbus recipe --schema`, and every recipe names it") {
  const fs::path file = kRoot / "models/recipes/recipe.schema.json";
  const std::string schema = recipeSchema().dump(2) + "\n";
  if (updates()) REQUIRE(writeBytes(file, schema));
  CHECK(readBytes(file).value() == schema);
  int recipes = 0;
  for (const auto& entry : fs::directory_iterator(file.parent_path())) {
    if (entry.path() == file) continue;
    INFO(entry.path());
    ++recipes;
    const Result<Recipe> recipe = readRecipe(entry.path(), {});
    REQUIRE(recipe);
    const Json json = Json::parse(recipe->source);
    CHECK(json.value("$schema", "") == "recipe.schema.json");
    // What it says is what it runs: the complete form reads back to itself.
    const std::string complete = completeJson(*recipe);
    CHECK(completeJson(parseRecipe(complete, {}).value()) == complete);
  }
  CHECK(recipes >= 4);
}
