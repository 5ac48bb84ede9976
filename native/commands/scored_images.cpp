#include "native/commands/scored_images.h"

#include <optional>

#include "native/train/model_file.h"
#include "native/train/recipe.h"
#include "shared/json_reader.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

// How training held images out.
struct Division {
  fs::path run;
  SplitRules rules;
  std::string text;  // to compare
};

// None: no run, or one that was trained on another kind of data set.
Result<std::optional<Division>> divisionOf(const fs::path& model, const std::string& dataset) {
  std::error_code error;
  const fs::path run = isCheckpointName(model) ? model.parent_path() : model;
  const fs::path config = run / "config.json";
  if (!fs::exists(config, error)) return std::nullopt;
  Result<Recipe> recipe = readRecipe(config, {});
  if (!recipe) return fail(recipe.error());
  if (recipe->data.name() != dataset) return std::nullopt;
  const Json data = Json::parse(completeJson(*recipe)).at("data");
  return Division{run, withoutWriting(recipe->split), data.value("split", Json()).dump()};
}

struct Divisions {
  std::optional<Division> common;
  bool differ = false;
};

Result<Divisions> divisionsOf(const std::vector<ModelShare>& models, const std::string& dataset) {
  Divisions divisions;
  for (const ModelShare& model : models) {
    Result<std::optional<Division>> one = divisionOf(model.path, dataset);
    if (!one) return fail(one.error());
    if (!*one) continue;
    if (!divisions.common) {
      divisions.common = std::move(*one);
    } else if (divisions.common->text != (*one)->text) {
      divisions.differ = true;
    }
  }
  if (divisions.differ) divisions.common.reset();
  return divisions;
}

ScoredImages scored(std::unique_ptr<Dataset> samples, const std::string& split) {
  return {.samples = std::move(samples), .split = split, .dividedAs = "", .note = ""};
}

Result<ScoredImages> openAll(const Chosen<DatasetRow>& data, DatasetRequest request) {
  request.split = "train";
  request.splitNamed = false;
  Result<std::unique_ptr<Dataset>> all = openDataset(data, request);
  if (!all) return fail(all.error());
  if (!(*all)->divided()) return scored(std::move(*all), "all");
  return fail(ErrorCode::badArgument,
              std::string("--split all is for images that nothing divides; the data set '") +
                  data.name() + "' has splits, name one of them");
}

// By the recipe's data.split, or else as the data set does: by itself where it can.
Result<ScoredImages> openAsTrained(const Chosen<DatasetRow>& data, DatasetRequest request,
                                   const Division& division) {
  request.divide = true;
  request.splitNamed = false;
  Result<std::unique_ptr<Dataset>> samples = openDivided(data, request, division.rules);
  if (!samples) return fail(samples.error());
  const bool byRun = division.rules.folds > 0 || !(*samples)->divided();
  ScoredImages images = scored(std::move(*samples), request.split);
  if (byRun) images.dividedAs = division.run.string();
  return images;
}

}  // namespace

Result<ScoredImages> openScored(const Chosen<DatasetRow>& data, const DatasetRequest& request,
                                const std::vector<ModelShare>& models) {
  const Result<Divisions> divisions = divisionsOf(models, data.name());
  if (!divisions) return fail(divisions.error());
  if (request.split == "all") return openAll(data, request);
  if (divisions->common && request.split != "test") {
    return openAsTrained(data, request, *divisions->common);
  }
  Result<std::unique_ptr<Dataset>> samples = openDataset(data, request);
  if (!samples) return fail(samples.error());
  const bool all = !request.splitNamed && !(*samples)->divided();
  ScoredImages images = scored(std::move(*samples), all ? "all" : request.split);
  if (all && divisions->differ) {
    images.note =
        "the models held out different images, so that among these are some that each was "
        "trained on; what each scored on those it did not see is in folds.json, where `limbus "
        "train --folds` made them";
  }
  return images;
}

}  // namespace limbus
