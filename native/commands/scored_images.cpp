#include "native/commands/scored_images.h"

#include <algorithm>
#include <optional>

#include "native/train/model_file.h"
#include "native/train/recipe.h"
#include "native/train/run_folder.h"
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

// RUN of a model that is one, or of a checkpoint in it. Empty: it is none.
fs::path runOf(const fs::path& model) {
  std::error_code error;
  const fs::path run = isCheckpointName(model) ? model.parent_path() : model;
  return fs::exists(run / "config.json", error) ? run : fs::path();
}

// What runs say of the images that are asked for.
struct Divisions {
  std::optional<Division> common;
  bool differ = false;
  fs::path unseenBy, trainedOn;  // a run whose images are others, and where; empty: there is none
};

// One is the other, or lies somewhere below it.
bool overlap(const fs::path& one, const fs::path& other) {
  std::error_code error;
  const fs::path a = fs::weakly_canonical(one, error), b = fs::weakly_canonical(other, error);
  const auto [endOfA, endOfB] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return endOfA == a.end() || endOfB == b.end();
}

// Where the run's own images are that it has learnt from, if `data` holds none of them; empty:
// it may. A folder that is not there any more may be this one, moved.
Result<fs::path> elsewhere(const fs::path& run, const Recipe& recipe, const fs::path& data) {
  const Result<std::optional<DataPlace>> place = readDataPlace(run);
  if (!place) return fail(place.error());
  std::error_code error;
  if (!*place || !fs::is_directory((*place)->absolute, error) || !fs::is_directory(data, error) ||
      overlap((*place)->absolute, data)) {
    return fs::path();
  }
  const bool also = std::any_of(recipe.also.begin(), recipe.also.end(), [&](const MoreData& more) {
    return !more.root.empty() && overlap(more.root, data);
  });
  return also ? fs::path() : (*place)->absolute;
}

Result<void> addDivision(const fs::path& run, const std::string& dataset,
                         const DatasetRequest& request, Divisions& divisions) {
  Result<Recipe> recipe = readRecipe(run / "config.json", {});
  if (!recipe) return fail(recipe.error());
  if (recipe->data.name() != dataset) return {};
  const Result<fs::path> other = elsewhere(run, *recipe, request.root);
  if (!other) return fail(other.error());
  if (!other->empty() && !request.splitNamed) {
    divisions.unseenBy = run;
    divisions.trainedOn = *other;
    return {};
  }
  const Json data = Json::parse(completeJson(*recipe)).at("data");
  const std::string text = data.value("split", Json()).dump();
  if (!divisions.common) {
    divisions.common = Division{run, withoutWriting(recipe->split), text};
  } else if (divisions.common->text != text) {
    divisions.differ = true;
  }
  return {};
}

Result<Divisions> divisionsOf(const std::vector<ModelShare>& models, const std::string& dataset,
                              const DatasetRequest& request) {
  Divisions divisions;
  for (const ModelShare& model : models) {
    const fs::path run = runOf(model.path);
    if (run.empty()) continue;
    if (auto added = addDivision(run, dataset, request, divisions); !added) {
      return fail(added.error());
    }
  }
  if (divisions.differ) divisions.common.reset();
  return divisions;
}

// What to tell of all images of a folder.
std::string noteOf(const Divisions& divisions, const fs::path& data) {
  if (divisions.differ) {
    return "the models held out different images, so that among these are some that each was "
           "trained on; what each scored on those it did not see is in folds.json, where `limbus "
           "train --folds` made them";
  }
  if (divisions.unseenBy.empty()) return "";
  return divisions.unseenBy.string() + " was trained on " + divisions.trainedOn.string() +
         ": the images in " + data.string() +
         " are all scored, as not seen in training (--split validation: those that its division "
         "would hold out)";
}

ScoredImages scored(std::unique_ptr<Dataset> samples, const std::string& split) {
  return {.samples = std::move(samples), .split = split, .dividedAs = "", .note = ""};
}

Result<ScoredImages> openAll(const Chosen<DatasetRow>& data, DatasetRequest request) {
  request.split = "train";
  request.splitNamed = false;
  Result<std::unique_ptr<Dataset>> all = openDataset(data, request);
  if (!all && all.error().code == ErrorCode::notFound) {  // it may have the other split alone
    request.split = "validation";
    if (auto other = openDataset(data, request); other) all = std::move(other);
  }
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
  const Result<Divisions> divisions = divisionsOf(models, data.name(), request);
  if (!divisions) return fail(divisions.error());
  if (request.split == "all") return openAll(data, request);
  if (divisions->common && request.split != "test") {
    return openAsTrained(data, request, *divisions->common);
  }
  Result<std::unique_ptr<Dataset>> samples = openDataset(data, request);
  if (!samples) return fail(samples.error());
  const bool all = !request.splitNamed && !(*samples)->divided();
  ScoredImages images = scored(std::move(*samples), all ? "all" : request.split);
  if (all) images.note = noteOf(*divisions, request.root);
  return images;
}

Result<std::optional<OwnData>> dataOfRuns(const std::vector<ModelShare>& models,
                                          const std::string& dataset,
                                          const std::vector<std::string>& options) {
  std::vector<std::string> overrides;
  for (const std::string& pair : options) overrides.push_back("data." + pair);
  std::optional<OwnData> own;
  for (const ModelShare& model : models) {
    const fs::path run = runOf(model.path);
    if (run.empty()) continue;
    Result<Recipe> recipe = readRecipe(run / "config.json", overrides);
    if (!recipe) return fail(recipe.error());
    if (!dataset.empty() && recipe->data.name() != dataset) continue;
    const Result<std::optional<DataPlace>> place = readDataPlace(run);
    if (!place) return fail(place.error());
    if (!*place && recipe->data.row->needsRoot) continue;
    const fs::path folder = *place ? (*place)->found() : fs::path();
    if (*place && folder.empty()) {
      return fail(ErrorCode::notFound, run.string() + " was trained on the images in " +
                                           (*place)->absolute.string() +
                                           ", which is no folder any more; say where they are with "
                                           "--data DIR");
    }
    if (!own) {
      own = OwnData{run, folder, std::move(recipe->data)};
    } else if (own->folder != folder || std::string(own->data.name()) != recipe->data.name()) {
      return fail(ErrorCode::badArgument, own->run.string() + " and " + run.string() +
                                              " were trained on different data; say which to score "
                                              "with --data DIR and --dataset");
    }
  }
  return own;
}

}  // namespace limbus
