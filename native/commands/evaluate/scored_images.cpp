#include "native/commands/evaluate/scored_images.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "native/data/wrappers.h"
#include "native/system/folder.h"
#include "native/system/text.h"
#include "native/system/utf8.h"
#include "native/train/files/model_file.h"
#include "shared/json_reader.h"
#include "shared/options/json.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

// How training held images out.
struct Division {
  fs::path run;
  SplitRules rules;
  DataPlace place;
  std::string text;  // to compare
};

// What runs say of the images that are asked for.
struct Divisions {
  std::optional<Division> common;
  bool differ = false;
  fs::path unseenBy, trainedOn;  // a run whose images are others, and where; empty: there is none
};

// Where the run's own images are that it has learnt from, if `data` holds none of them; empty:
// it may. A folder that is not there any more may be this one, moved.
fs::path elsewhere(const TrainedRun& run, const fs::path& data) {
  std::error_code error;
  if (!run.place || !fs::is_directory(run.place->absolute, error) ||
      !fs::is_directory(data, error) || foldersOverlap(run.place->absolute, data)) {
    return {};
  }
  const std::vector<MoreData>& also = run.recipe.also;
  const bool among = std::any_of(also.begin(), also.end(), [&](const MoreData& more) {
    return !more.root.empty() && foldersOverlap(more.root, data);
  });
  return among ? fs::path() : run.place->absolute;
}

// Every option of its data.
Json writtenData(const TrainedRun& run) { return writeOptions(run.recipe).at("data"); }

Divisions divisionsOf(const std::vector<TrainedRun>& runs, const std::string& dataset,
                      const DatasetRequest& request) {
  Divisions divisions;
  for (const TrainedRun& run : runs) {
    if (run.recipe.data.name() != dataset) continue;
    const fs::path other = elsewhere(run, request.root);
    if (!other.empty() && !request.splitNamed) {
      divisions.unseenBy = run.folder;
      divisions.trainedOn = other;
      continue;
    }
    const Json data = writtenData(run);
    const DataPlace place = run.place.value_or(DataPlace{});
    const std::string text = data.value("split", Json()).dump() + Json(place.held).dump();
    if (!divisions.common) {
      divisions.common = Division{run.folder, withoutWriting(run.recipe.split), place, text};
    } else if (divisions.common->text != text) {
      divisions.differ = true;
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

// The images that the run itself named, whatever came or went since. Nothing: it named none, or all
// of these are others.
Result<std::optional<ScoredImages>> openByName(const Chosen<DatasetRow>& data,
                                               DatasetRequest request, const Division& division) {
  const std::string split = request.split;
  const std::vector<std::string>& names =
      split == "validation" ? division.place.held : division.place.trained;
  if (names.empty()) return std::optional<ScoredImages>();
  request.split = "train";
  request.divide = false;
  Result<std::unique_ptr<Dataset>> whole = openDataset(data, request);
  if (!whole) return fail(whole.error());
  const std::set<std::string> wanted(names.begin(), names.end());
  std::set<std::string> known(division.place.held.begin(), division.place.held.end());
  known.insert(division.place.trained.begin(), division.place.trained.end());
  std::vector<std::size_t> indices;
  std::size_t later = 0, unlabelled = 0;
  bool maskFiles = false;
  for (std::size_t i = 0; i < (*whole)->size(); ++i) {
    const SampleFacts facts = (*whole)->facts(i);
    const std::string name = nameInJson(facts.id);
    if (wanted.count(name) != 0) indices.push_back(i);
    const bool isKnown = known.count(name) != 0, labelled = facts.labelled;
    maskFiles = maskFiles || (isKnown && labelled);
    later += !isKnown;
    unlabelled += !isKnown && !labelled;
  }
  if (maskFiles) later -= unlabelled;  // which are in no part
  if (indices.empty()) return std::optional<ScoredImages>();
  const std::size_t gone = names.size() - indices.size();
  const bool divided = (*whole)->divided();
  ScoredImages images = scored(subset(std::move(*whole), std::move(indices)), split);
  images.dividedAs = division.run.string();
  if (gone > 0) {
    images.note = std::to_string(gone) + " of the " + std::to_string(names.size()) + " " + split +
                  " images of " + division.run.string() + " are not there any more";
  }
  if (later > 0) {
    images.note += (gone > 0 ? "; " : "") +
                   counted(later, "{image|images} came after " + division.run.string() +
                                      " was trained and {is|are} in neither part") +
                   (divided ? "" : " (--split all scores them too)");
  }
  return std::optional(std::move(images));
}

Result<void> findAround(const Chosen<DatasetRow>& data, DatasetRequest request,
                        ScoredImages& images) {
  request.split = "train";
  request.divide = false;
  request.splitNamed = false;
  Result<std::unique_ptr<Dataset>> whole = openDataset(data, request);
  if (!whole) return fail(whole.error());
  std::map<fs::path, std::size_t> files;
  for (std::size_t i = 0; i < (*whole)->size(); ++i) files[(*whole)->facts(i).image] = i;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < images.samples->size(); ++i) {
    const auto found = files.find(images.samples->facts(i).image);
    if (found == files.end()) return {};  // a split of the data set's own
    places.push_back(found->second);
  }
  if (std::set(places.begin(), places.end()).size() < places.size()) return {};  // one file twice
  images.places = std::move(places);
  images.around = std::move(*whole);
  return {};
}

// By the recipe's data.split, or else as the data set does: by itself where it can.
Result<ScoredImages> openAsTrained(const Chosen<DatasetRow>& data, DatasetRequest request,
                                   const Division& division) {
  request.divide = true;
  request.splitNamed = false;
  Result<std::unique_ptr<Dataset>> samples = openDivided(data, request, division.rules);
  if (!samples) return fail(samples.error());
  const bool byRun = division.rules.folds > 0 || !(*samples)->divided();
  if (byRun) {
    Result<std::optional<ScoredImages>> named = openByName(data, request, division);
    if (!named) return fail(named.error());
    if (*named) return std::move(**named);
  }
  ScoredImages images = scored(std::move(*samples), request.split);
  if (byRun) images.dividedAs = division.run.string();
  return images;
}

// Of the run's recipe, changed by `options` of its data set.
Result<Chosen<DatasetRow>> dataOf(const TrainedRun& run, const std::vector<std::string>& options) {
  if (options.empty()) return run.recipe.data;
  std::vector<std::string> overrides;
  for (const std::string& pair : options) overrides.push_back("data." + pair);
  Result<Recipe> recipe = parseRecipe(run.recipe.json, overrides);
  if (recipe) return std::move(recipe->data);
  return fail(recipe.error().code,
              (run.folder / "config.json").string() + ": " + recipe.error().message);
}

}  // namespace

Result<std::vector<TrainedRun>> runsOf(const std::vector<ModelShare>& models) {
  std::vector<TrainedRun> runs;
  for (const ModelShare& model : models) {
    const fs::path folder = isCheckpointName(model.path) ? model.path.parent_path() : model.path;
    std::error_code error;
    if (!fs::exists(folder / "config.json", error)) continue;
    Result<Recipe> recipe = readRecipe(folder / "config.json", {});
    if (!recipe) return fail(recipe.error());
    Result<std::optional<DataPlace>> place = readDataPlace(folder);
    if (!place) return fail(place.error());
    runs.push_back({folder, std::move(*recipe), std::move(*place)});
  }
  return runs;
}

Result<ScoredImages> openScored(const Chosen<DatasetRow>& data, const DatasetRequest& request,
                                const std::vector<TrainedRun>& runs, bool withAround) {
  if (request.split == "all") return openAll(data, request);
  const Divisions divisions = divisionsOf(runs, data.name(), request);
  if (divisions.common && request.split != "test") {
    Result<ScoredImages> images = openAsTrained(data, request, *divisions.common);
    if (!images || !withAround) return images;
    if (Result<void> found = findAround(data, request, *images); !found) return fail(found.error());
    return images;
  }
  Result<std::unique_ptr<Dataset>> samples = openDataset(data, request);
  if (!samples) return fail(samples.error());
  const bool all = !request.splitNamed && !(*samples)->divided();
  ScoredImages images = scored(std::move(*samples), all ? "all" : request.split);
  if (all) images.note = noteOf(divisions, request.root);
  return images;
}

Result<std::optional<OwnData>> dataOfRuns(const std::vector<TrainedRun>& runs,
                                          const std::string& dataset,
                                          const std::vector<std::string>& options) {
  std::optional<OwnData> own;
  for (const TrainedRun& run : runs) {
    Result<Chosen<DatasetRow>> data = dataOf(run, options);
    if (!data) return fail(data.error());
    if (!dataset.empty() && data->name() != dataset) continue;
    if (!run.place && data->row->needsRoot) continue;
    const fs::path folder = run.place ? run.place->found() : fs::path();
    if (run.place && folder.empty()) {
      return fail(ErrorCode::notFound, run.folder.string() + " was trained on the images in " +
                                           run.place->absolute.string() +
                                           ", which is no folder any more; say where they are with "
                                           "--data DIR");
    }
    if (!own) {
      own = OwnData{run.folder, folder, std::move(*data)};
    } else if (own->folder != folder || std::string(own->data.name()) != data->name()) {
      return fail(ErrorCode::badArgument, own->run.string() + " and " + run.folder.string() +
                                              " were trained on different data; say which to score "
                                              "with --data DIR and --dataset");
    }
  }
  return own;
}

Result<std::optional<Chosen<DatasetRow>>> layoutOfRuns(const std::vector<TrainedRun>& runs,
                                                       const std::vector<std::string>& options) {
  std::optional<Chosen<DatasetRow>> layout;
  Json first;
  for (const TrainedRun& run : runs) {
    if (!run.recipe.data.row->needsRoot) continue;
    Json written = writtenData(run);
    written.erase("split");  // which of the images, not how they lie
    if (layout && written != first) return std::optional<Chosen<DatasetRow>>();
    if (layout) continue;
    first = std::move(written);
    Result<Chosen<DatasetRow>> data = dataOf(run, options);
    if (!data) return fail(data.error());
    layout = std::move(*data);
  }
  return layout;
}

}  // namespace limbus
