#include "native/commands/data/source.h"

#include <iostream>

#include "native/data/sets/sample_list.h"
#include "native/data/wrappers.h"
#include "native/train/recipe/recipe.h"
#include "shared/options/assignment.h"
#include "shared/options/json.h"

namespace limbus {
namespace {

struct DataChoice {
  Chosen<DatasetRow> data;
  std::vector<ClassSpec> classes;
  SplitRules split;
};

Result<DataChoice> choiceOf(const DataSourceOptions& options) {
  if (!options.recipe.empty()) {
    std::vector<std::string> overrides;
    for (const std::string& pair : options.options) overrides.push_back("data." + pair);
    if (options.fold) overrides.push_back("data.split.fold=" + std::to_string(*options.fold));
    Result<Recipe> recipe = readRecipe(options.recipe, overrides);
    if (!recipe) return fail(recipe.error());
    return DataChoice{recipe->data, recipe->classes, withoutWriting(recipe->split)};
  }
  auto data = chooseDataset(options.dataset, options.options);
  if (!data) return fail(data.error());
  return DataChoice{std::move(*data), {}, {}};
}

// Said of a split that the data set does not have, in one way or another.
bool isAbsent(const Error& error) {
  return error.code == ErrorCode::notFound || error.code == ErrorCode::badArgument;
}

// Whether a folder or a list is called like the split ("val", "val.txt", "val2017"), a few levels
// below the root: a data set that simply has no such split has none.
bool isNamedBelow(const std::filesystem::path& root, const std::string& split) {
  constexpr int kDepth = 3;  // VOC's ImageSets/Segmentation/val.txt
  std::error_code error;
  std::filesystem::recursive_directory_iterator entry(root, error);
  for (; !error && entry != std::filesystem::recursive_directory_iterator();
       entry.increment(error)) {
    std::error_code gone;
    if (!entry->is_directory(gone) && entry->path().extension() != ".txt") continue;
    std::string name = entry->path().stem().string();
    name.erase(name.find_last_not_of("0123456789") + 1);
    name.erase(0, name.rfind('_') + 1);
    if (splitNamed(name) == split) return true;
    if (entry.depth() + 1 >= kDepth) entry.disable_recursion_pending();
  }
  return false;
}

// Without what is said of the layout in brackets behind it.
std::string shortReason(const std::string& message) {
  const std::size_t layout = message.find(" is laid out as ");
  return message.substr(0, layout == std::string::npos ? layout : message.rfind(" (", layout));
}

// Without a recipe each split may number its classes itself.
Result<void> uniteSplits(OpenedData& data) {
  std::vector<std::unique_ptr<Dataset>> parts;
  for (OpenedSplit& split : data.splits) parts.push_back(std::move(split.samples));
  if (Result<void> united = uniteClasses(parts); !united) {
    return fail(united.error().code,
                united.error().message + "; name those that count in a recipe: --recipe");
  }
  for (std::size_t i = 0; i < parts.size(); ++i) data.splits[i].samples = std::move(parts[i]);
  return {};
}

}  // namespace

Result<Chosen<DatasetRow>> chooseDataset(const std::string& name,
                                         const std::vector<std::string>& options) {
  Json json = Json::object();
  for (const std::string& pair : options) {
    if (auto set = assign(json, pair, "--option"); !set) return fail(set.error());
  }
  return chooseRow(datasets(), "dataset", name, json, "--option");
}

void addDataSourceOptions(CLI::App& command, DataSourceOptions& options) {
  command.add_option("DIR", options.root, "Folder of the data set; none where it makes its images");
  CLI::Option* dataset =
      command
          .add_option("--dataset", options.dataset, "How it is laid out; `limbus list datasets`")
          ->capture_default_str();
  command.add_option("--option", options.options, "An option of the data set, repeatable")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->take_all();
  CLI::Option* recipe = command
                            .add_option("--recipe", options.recipe,
                                        "Take data set, classes and data.split from this recipe")
                            ->excludes(dataset);
  command
      .add_option("--fold", options.fold,
                  "Part K of the recipe's data.split is the validation, from 0")
      ->type_name("K")
      ->check(CLI::Range(0, 999))
      ->needs(recipe);
  command.add_option("--split", options.split, "train, validation or test alone");
}

std::size_t OpenedData::size() const {
  std::size_t size = 0;
  for (const OpenedSplit& split : splits) size += split.samples->size();
  return size;
}

Result<OpenedData> openDataSource(const DataSourceOptions& options) {
  const Result<DataChoice> choice = choiceOf(options);
  if (!choice) return fail(choice.error());
  if (choice->data.row->needsRoot && options.root.empty()) {
    return fail(ErrorCode::badArgument, "DIR is required: dataset " +
                                            std::string(choice->data.row->name) + " lies on disk");
  }
  const auto open = [&](const std::string& split, bool named) {
    return openDivided(choice->data,
                       {.root = options.root,
                        .split = split,
                        .classes = choice->classes,
                        .splitNamed = named,
                        .unchecked = true},
                       choice->split);
  };
  // The recipe's rules make these of images that nothing else divides.
  const auto isMade = [&](const std::string& split) {
    return choice->split.folds > 0 && split != "test";
  };
  OpenedData data{choice->data.name(), {}};
  std::vector<std::string> splits = {"train", "validation", "test"};
  if (!options.split.empty()) splits = {options.split};
  for (const std::string& split : splits) {
    auto samples = open(split, !isMade(split));
    const bool needed = !options.split.empty() || isMade(split);
    if (!samples && (needed || !isAbsent(samples.error()))) {
      return fail(samples.error());
    }
    if (!samples && isNamedBelow(options.root, split)) {
      data.leftOut.push_back(split + ": " + shortReason(samples.error().message));
    }
    if (samples && (*samples)->size() > 0) data.splits.push_back({split, std::move(*samples)});
  }
  if (choice->classes.empty()) {
    if (Result<void> united = uniteSplits(data); !united) return fail(united.error());
  }
  if (!data.splits.empty()) return data;
  data.leftOut.clear();
  auto all = open(splits.front(), false);
  if (!all) return fail(all.error());
  if ((*all)->size() == 0) {
    return fail(ErrorCode::notFound, options.root.string() + ": no images in any split");
  }
  data.splits.push_back({"all", std::move(*all)});
  return data;
}

void tellLeftOut(const OpenedData& data) {
  for (const std::string& split : data.leftOut) {
    std::cerr << "limbus: left out is " << split << "\n";
  }
}

}  // namespace limbus
