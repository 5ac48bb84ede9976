#include "native/commands/data/other_dataset.h"

#include "native/commands/data/source.h"
#include "native/commands/parts/count_bar.h"
#include "native/data/sets/class_table.h"
#include "native/data/statistics.h"
#include "native/system/json_files.h"
#include "native/train/recipe/extends.h"
#include "native/train/recipe/recipe.h"
#include "shared/colour_text.h"
#include "shared/input_presets.h"
#include "shared/options/json.h"
#include "shared/options/rows.h"

namespace limbus {
namespace {

Json jsonOf(const std::vector<ClassSpec>& classes) {
  Json list = Json::array();
  for (const ClassSpec& one : classes) {
    Json json = {{"name", one.name}, {"colour", colourText(one.colour)}};
    if (!one.role.empty()) json["role"] = one.role;
    list.push_back(std::move(json));
  }
  return list;
}

// Masks that hold numbers alone: every number up to the largest is a class.
Result<Json> numberedClasses(const Dataset& samples) {
  CountBar bar("looking for classes", samples.size());
  const Result<DatasetStatistics> found = statisticsOf({&samples}, [&bar] { bar.step(); });
  if (!found) return fail(found.error());
  Json list = Json::array();
  for (const ClassStatistics& one : found->classes) list.push_back({{"name", one.name}});
  return list;
}

Result<Json> classesIn(const Chosen<DatasetRow>& data, const std::filesystem::path& root) {
  if (data.row->table != nullptr) return jsonOf(classesOf(data.row->table()));
  const auto opened =
      openDataset(data, {.root = root, .split = "train", .classes = {}, .divide = true});
  if (!opened) return fail(opened.error());
  const std::vector<ClassSpec> named = (*opened)->classes();
  return named.empty() ? numberedClasses(**opened) : jsonOf(named);
}

// Of the recipe's input alone: it may lack what the data set brings, its classes.
Result<InputSpec> inputOf(const std::filesystem::path& file) {
  Result<Json> recipe = readJson(file);
  if (recipe) recipe = extended(std::move(*recipe), file.parent_path());
  if (!recipe) return fail(recipe.error());
  InputSpec input;
  const Json own = recipe->is_object() ? recipe->value("input", Json()) : Json();
  if (own.is_null()) return input;  // said where the recipe is read
  if (auto read = readOptions(own, file.string() + ": recipe.input", input); !read) {
    return fail(read.error());
  }
  return input;
}

// Nothing where the recipe normalises otherwise, or the data set has no published numbers.
std::vector<std::string> normaliseAs(const DatasetRow& row, const InputSpec& own) {
  const InputPreset* preset = findRow(inputPresets(), row.preset);
  if (preset == nullptr || own.normalise != Normalise::constants) return {};
  InputSpec input = own;
  normaliseBy(*preset, input);
  return {"input.normalise.mean=" + Json(input.mean).dump(),
          "input.normalise.std=" + Json(input.std).dump()};
}

}  // namespace

void addOtherDataset(CLI::App& command, OtherDataset& other) {
  CLI::Option* dataset = command.add_option(
      "--dataset", other.name,
      "See this data set instead of the recipe's, with its classes, scores by the convention "
      "'dataset' and, where they are published, its mean and deviation; `limbus list datasets`");
  command.add_option("--option", other.options, "An option of --dataset, repeatable")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->take_all()
      ->needs(dataset);
}

Result<void> overrideDataset(const OtherDataset& other, const std::filesystem::path& file,
                             const std::filesystem::path& root,
                             std::vector<std::string>& overrides) {
  if (other.name.empty()) return {};
  const auto data = chooseDataset(other.name, other.options);
  if (!data) return fail(data.error());
  const Result<InputSpec> input = inputOf(file);
  if (!input) return fail(input.error());
  const Result<Json> classes = classesIn(*data, root);
  if (!classes) return fail(classes.error());
  std::vector<std::string> first = {"classes=" + classes->dump(),
                                    "data=" + Json({{"dataset", other.name}}).dump()};
  for (const std::string& pair : other.options) first.push_back("data." + pair);
  // What the recipe says of its own data and of what comes of that.
  for (const char* key : {"trainingData", "description", "licence"}) {
    first.push_back(std::string(key) + "=\"\"");
  }
  first.push_back("convention=" + Json(Recipe().convention).dump());
  const std::vector<std::string> numbers = normaliseAs(*data->row, *input);
  first.insert(first.end(), numbers.begin(), numbers.end());
  overrides.insert(overrides.begin(), first.begin(), first.end());
  return {};
}

}  // namespace limbus
