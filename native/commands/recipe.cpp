// limbus recipe: what a recipe may say, and what one does say.
#include "native/train/recipe.h"

#include <iostream>
#include <memory>

#include "native/commands/commands.h"
#include "native/commands/option_lines.h"
#include "native/commands/other_dataset.h"
#include "shared/options/description.h"

namespace limbus {
namespace {

struct RecipeArguments {
  std::filesystem::path recipe, data;
  OtherDataset other;
  std::vector<std::string> overrides;
  std::string explain;  // the key, where one is named
  bool explains = false, schema = false, tables = false;
};

// The value at "input.pad.to"; null: the recipe has none there.
const Json* valueAt(const Json& json, const std::string& path) {
  const Json* place = &json;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    const std::string key = path.substr(begin, end - begin);
    if (!place->is_object() || !place->contains(key)) return nullptr;
    place = &place->at(key);
    begin = end + 1;
  }
  return place;
}

void explainOne(const OptionDescription& option, const std::string& path, const Json* recipe) {
  std::cout << path << ": " << option.help << "\n  " << option.type();
  if (option.required) std::cout << "; must be given";
  if (!option.byDefault.is_null()) std::cout << "; left out: " << option.defaultText();
  if (option.mayBeAbsent) std::cout << "; left out: none";
  std::cout << "\n";
  if (recipe != nullptr) {
    const Json* value = valueAt(*recipe, path);
    std::cout << "  in this recipe: " << (value == nullptr ? "none" : dumpJson(*value)) << "\n";
  }
  if (!option.fields.empty()) std::cout << optionLines(option.fields, "    ");
  std::cout << rowLines(option.rows, "    ");
  for (const OptionDescription& field : option.fields) std::cout << rowLines(field.rows, "    ");
}

void explainAll(const std::vector<OptionDescription>& options, const Json* recipe) {
  if (recipe == nullptr) {
    std::cout << optionLines(options, "")
              << "`limbus recipe --explain KEY` says more, for example --explain loss.\n";
    return;
  }
  for (const std::string& path : optionPaths(options)) {
    const Json* value = valueAt(*recipe, path);
    if (value == nullptr || value->is_object()) continue;
    std::cout << path << " = " << dumpJson(*value) << "  "
              << findOption(options, path, recipe)->help << "\n";
  }
}

Result<void> explain(const RecipeArguments& arguments, const Json* recipe) {
  const std::vector<OptionDescription> options = describeOptions(Recipe());
  if (arguments.explain.empty()) {
    explainAll(options, recipe);
    return {};
  }
  const std::string& key = arguments.explain;
  const OptionDescription* option = findOption(options, key, recipe);
  if (option == nullptr) {
    const std::string nearest = nearestName(key, optionPaths(options));
    return fail(ErrorCode::badArgument,
                "--explain: a recipe has no key '" + key + "'" +
                    (nearest.empty() ? "; `limbus recipe --explain` lists all"
                                     : "; did you mean '" + nearest + "'?"));
  }
  explainOne(*option, key, recipe);
  return {};
}

Result<void> runRecipe(RecipeArguments& arguments) {
  if (arguments.schema) {
    std::cout << schemaOf(describeOptions(Recipe()), "Limbus recipe").dump(2) << "\n";
    return {};
  }
  if (arguments.tables) {
    std::cout << recipeTables(describeOptions(Recipe()));
    return {};
  }
  // `--explain FILE` means all keys, with that file's values.
  if (arguments.recipe.empty() && !arguments.explain.empty() &&
      std::filesystem::path(arguments.explain).extension() == ".json") {
    arguments.recipe = arguments.explain;
    arguments.explain.clear();
  }
  if (arguments.recipe.empty()) {
    if (arguments.explains) return explain(arguments, nullptr);
    return fail(ErrorCode::badArgument,
                "recipe: name a RECIPE, or ask for --explain, --schema or --tables");
  }
  Result<std::vector<std::string>> overrides =
      overridesOf(arguments.other, arguments.recipe, arguments.data);
  if (!overrides) return fail(overrides.error());
  overrides->insert(overrides->end(), arguments.overrides.begin(), arguments.overrides.end());
  const Result<Recipe> recipe = readRecipe(arguments.recipe, *overrides);
  if (!recipe) return fail(recipe.error());
  const std::string complete = completeJson(*recipe);
  if (!arguments.explains) {
    std::cout << complete;
    return {};
  }
  const Json json = Json::parse(complete);
  return explain(arguments, &json);
}

}  // namespace

Action configureRecipe(CLI::App& command) {
  auto arguments = std::make_shared<RecipeArguments>();
  command.add_option("RECIPE", arguments->recipe,
                     "A recipe; without other options it is checked and printed complete");
  command.add_option("--set", arguments->overrides, "Override a value, as in limbus train")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->take_all();
  addOtherDataset(command, arguments->other);
  command.add_option("--data", arguments->data,
                     "Folder of --dataset, where its classes are found in the images");
  CLI::Option* explain =
      command
          .add_option("--explain", arguments->explain,
                      "Say what every key means, or one: --explain schedule.lr; with a RECIPE also "
                      "its values")
          ->type_name("[KEY]")
          ->expected(0, 1);
  command.add_flag("--schema", arguments->schema, "Print a JSON schema for editors");
  command.add_flag("--tables", arguments->tables, "Print the tables of docs/recipe.md");
  command.footer(
      "Examples: limbus recipe models/recipes/eye-s.json\n"
      "          limbus recipe models/recipes/toolbox-enet.json --dataset folder --data mine > "
      "mine.json\n"
      "          limbus recipe --explain loss\n"
      "          limbus recipe models/recipes/eye-s.json --explain schedule.lr");
  return [arguments, explain] {
    arguments->explains = explain->count() > 0;
    return runRecipe(*arguments);
  };
}

}  // namespace limbus
