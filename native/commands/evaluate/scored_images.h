// Which images limbus evaluate scores: those of a split, or all.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "native/data/dataset.h"
#include "native/infer/ensemble.h"
#include "native/train/files/run_folder.h"
#include "native/train/recipe/recipe.h"
#include "shared/result.h"

namespace limbus {

// A model that is a RUN, or a checkpoint in one: what its training says of its images.
struct TrainedRun {
  std::filesystem::path folder;
  Recipe recipe;
  std::optional<DataPlace> place;  // none: images that come from no folder, or a run of before
};

// Of those of `models` that are.
Result<std::vector<TrainedRun>> runsOf(const std::vector<ModelShare>& models);

struct ScoredImages {
  std::unique_ptr<Dataset> samples;
  std::string split;      // "all": nothing divides the images
  std::string dividedAs;  // the run by whose division it is a split; empty: the data set's own
  std::string note;       // what to tell; empty: nothing
  // All images of the folder that they are part of, and where each of them is among these; null
  // where they are all, or nobody asked.
  std::unique_ptr<Dataset> around = nullptr;
  std::vector<std::size_t> places = {};
};

// `request.split` may be "all" too. Images that lie in one folder for all splits are divided as the
// trainings of `runs` divided them, so that those it held out can be scored alone; an own division
// stays, unless their recipe divides it anew (data.split). A run of another kind of data set says
// nothing, nor does a file without a run, nor, unless a split is named, a run whose images lie in
// another folder, which has seen none of these. Runs that do not agree have no such split.
// `withAround`: what stands around them is asked for.
Result<ScoredImages> openScored(const Chosen<DatasetRow>& data, const DatasetRequest& request,
                                const std::vector<TrainedRun>& runs, bool withAround);

// What runs were trained on.
struct OwnData {
  std::filesystem::path run;
  std::filesystem::path folder;  // empty: the data set needs none
  Chosen<DatasetRow> data;
};

// Of those of `runs` that know it: where the images lay is a folder still, and the same for all of
// them, or an error. None: there is no run, or only runs of before. `dataset`:
// only runs of this one; empty: of any. `options`: KEY=VALUE over the recipe's.
Result<std::optional<OwnData>> dataOfRuns(const std::vector<TrainedRun>& runs,
                                          const std::string& dataset,
                                          const std::vector<std::string>& options);

// How the data that `runs` were trained on lies in its folder; nothing where they differ, or none
// has one. `options` as above.
Result<std::optional<Chosen<DatasetRow>>> layoutOfRuns(const std::vector<TrainedRun>& runs,
                                                       const std::vector<std::string>& options);

}  // namespace limbus
