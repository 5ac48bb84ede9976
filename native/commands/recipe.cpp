// limbus recipe: what a recipe may say, and what one does say.
#include "native/train/recipe/recipe.h"

#include <algorithm>
#include <iostream>
#include <memory>

#include "native/commands/commands.h"
#include "native/commands/data/other_dataset.h"
#include "native/commands/parts/option_lines.h"
#include "native/train/recipe/meant_key.h"
#include "native/train/recipe/schema.h"
#include "shared/options/paths.h"

namespace limbus {
namespace {

struct RecipeArguments {
  std::filesystem::path recipe, data;
  OtherDataset other;
  std::vector<std::string> overrides;
  std::string explain;  // the key, where one is named
  bool explains = false, schema = false, tables = false;
};

// "augment.shift (of perspective, rgbShift)", or the path alone where it names the row itself.
std::string headingOf(const std::string& path, const std::vector<std::string>& rows) {
  if (rows.empty() || path.find("." + rows[0] + ".") != std::string::npos) return path;
  return path + " (of " + joinNames(rows) + ")";
}

std::string meaningOf(const OptionPlace& place, const Json* recipe) {
  const std::string value =
      recipe == nullptr
          ? ""
          : "  in this recipe: " + (place.value == nullptr ? "none" : dumpJson(*place.value)) +
                "\n";
  if (place.option == nullptr) {
    return place.row->summary + "\n" + value + optionLines(place.row->options, "    ");
  }
  const OptionDescription& option = *place.option;
  std::string text = option.help + "\n  " + option.type();
  if (option.required) {
    text += "; must be given";
  } else if (!option.byDefault.is_null()) {
    text += "; left out: " + option.defaultText();
  }
  if (option.mayBeAbsent) text += "; left out: none";
  text += "\n" + value + optionLines(option.fields, "    ") + rowLines(option.rows, "    ");
  for (const OptionDescription& field : option.fields) text += rowLines(field.rows, "    ");
  return text;
}

// What several rows say in the same words is said once.
void explainPlaces(const std::vector<OptionPlace>& places, const std::string& path,
                   const Json* recipe) {
  std::vector<std::pair<std::string, std::vector<std::string>>> meanings;
  for (const OptionPlace& place : places) {
    const std::string meaning = meaningOf(place, recipe);
    auto said = std::find_if(meanings.begin(), meanings.end(),
                             [&](const auto& other) { return other.first == meaning; });
    if (said == meanings.end()) {
      meanings.push_back({meaning, {}});
      said = std::prev(meanings.end());
    }
    if (place.option != nullptr && place.row != nullptr) said->second.push_back(place.row->name);
  }
  for (const auto& [meaning, rows] : meanings) {
    std::cout << headingOf(path, rows) << ": " << meaning;
  }
}

// How a path names an element of a list: by its name, where that is one word and no other's.
std::string elementKey(const Json& list, std::size_t index) {
  const auto nameOf = [](const Json& element) { return element.value("name", ""); };
  const std::string name = nameOf(list[index]);
  const auto same = std::count_if(list.begin(), list.end(),
                                  [&](const Json& other) { return nameOf(other) == name; });
  const bool plain = name.find_first_not_of("0123456789") != std::string::npos &&
                     name.find('.') == std::string::npos;
  return plain && same == 1 ? name : std::to_string(index);
}

// Each value below the path in a line.
void explainValues(const std::vector<OptionDescription>& options, const std::string& path,
                   const Json& value, const Json& recipe) {
  const OptionDescription* option = nullptr;
  for (const OptionPlace& place : findOptions(options, path, &recipe)) {
    if (place.value == &value) option = place.option;
  }
  const bool map = option != nullptr && option->kind == OptionDescription::Kind::numberMap;
  if (value.is_object() && !map) {
    for (const auto& [key, inner] : value.items()) {
      explainValues(options, path.empty() ? key : path + "." + key, inner, recipe);
    }
  } else if (value.is_array() && !value.empty() && value[0].is_object()) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      explainValues(options, path + "." + elementKey(value, i), value[i], recipe);
    }
  } else {
    std::cout << path << " = " << dumpJson(value) << "  " << (option ? option->help : "") << "\n";
  }
}

void explainAll(const std::vector<OptionDescription>& options, const Json* recipe) {
  if (recipe != nullptr) return explainValues(options, "", *recipe, *recipe);
  std::cout << optionLines(options, "")
            << "`limbus recipe --explain KEY` says more, for example --explain loss.\n";
}

std::string nearestKey(const std::vector<OptionDescription>& options, const std::string& key) {
  std::vector<std::string> known = optionPaths(options);
  for (std::size_t dot = key.find('.'); dot != std::string::npos; dot = key.find('.', dot + 1)) {
    const std::string above = key.substr(0, dot);
    for (const std::string& name : namesBelow(options, above)) known.push_back(above + "." + name);
  }
  const std::string nearest = nearestName(key, known);
  return nearest.empty() ? meantKey(key) : nearest;
}

Result<void> explain(const RecipeArguments& arguments, const Json* recipe) {
  const std::vector<OptionDescription> options = describeOptions(Recipe());
  if (arguments.explain.empty()) {
    explainAll(options, recipe);
    return {};
  }
  const std::string& key = arguments.explain;
  const std::vector<OptionPlace> places = findOptions(options, key, recipe);
  if (places.empty()) {
    const std::string nearest = nearestKey(options, key);
    return fail(ErrorCode::badArgument,
                "--explain: a recipe has no key '" + key + "'" +
                    (nearest.empty() ? "; `limbus recipe --explain` lists all"
                                     : "; did you mean '" + nearest + "'?"));
  }
  explainPlaces(places, key, recipe);
  return {};
}

Result<void> runRecipe(RecipeArguments& arguments) {
  if (arguments.schema) {
    std::cout << recipeSchema().dump(2) << "\n";
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
  if (auto other =
          overrideDataset(arguments.other, arguments.recipe, arguments.data, arguments.overrides);
      !other) {
    return other;
  }
  const Result<Recipe> recipe = readRecipe(arguments.recipe, arguments.overrides);
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
                      "Say what every key means, or one, or a row: --explain schedule.lr, "
                      "--explain loss.focal; with a RECIPE also its values")
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
