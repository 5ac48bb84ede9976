// Which images limbus evaluate scores: those of a split, or all.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "native/data/dataset.h"
#include "native/infer/ensemble.h"
#include "shared/result.h"

namespace limbus {

struct ScoredImages {
  std::unique_ptr<Dataset> samples;
  std::string split;      // "all": nothing divides the images
  std::string dividedAs;  // the run by whose division it is a split; empty: the data set's own
  std::string note;       // what to tell; empty: nothing
};

// `request.split` may be "all" too. Images that lie in one folder for all splits are divided as the
// training of `models` divided them, so that those it held out can be scored alone; an own division
// stays, unless their recipe divides it anew (data.split). A run of another kind of data set says
// nothing, nor does a file without a run, nor, unless a split is named, a run whose images lie in
// another folder, which has seen none of these. Runs that do not agree have no such split.
Result<ScoredImages> openScored(const Chosen<DatasetRow>& data, const DatasetRequest& request,
                                const std::vector<ModelShare>& models);

// What runs were trained on.
struct OwnData {
  std::filesystem::path run;
  std::filesystem::path folder;  // empty: the data set needs none
  Chosen<DatasetRow> data;
};

// Of those of `models` that are runs and know it: where the images lay is a folder still, and the
// same for all of them, or an error. None: no run among them, or only runs of before. `dataset`:
// only runs of this one; empty: of any. `options`: KEY=VALUE over the recipe's.
Result<std::optional<OwnData>> dataOfRuns(const std::vector<ModelShare>& models,
                                          const std::string& dataset,
                                          const std::vector<std::string>& options);

}  // namespace limbus
