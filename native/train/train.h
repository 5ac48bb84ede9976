// The training loop as one call: recipe + data -> RUN.
//
// RUN/ recipe.json (as given), config.json (as run), data.json (where the images lay), log.jsonl
// (one line per epoch), train.log, best.safetensors, last.safetensors, and epoch-N.safetensors
// where those are kept. A checkpoint holds weights, optimiser state, epoch, best score and the
// recipe, in the middle of an epoch also what it came to so far; files appear complete or not at
// all. Whenever a run was killed, a resumed one goes on from its last checkpoint and ends with the
// same weights and records, bit for bit on the CPU with equal threads.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "native/train/recipe/recipe.h"
#include "native/train/recipe/save_rules.h"
#include "shared/result.h"
#include "shared/tensor.h"

namespace limbus {

class Teacher;  // teacher.h

// Opens what recipe.teacher names, on a device ("cuda:0").
using TeacherSource = std::function<Result<std::shared_ptr<const Teacher>>(
    const Recipe& recipe, const std::string& device, bool selfCheck)>;

struct TrainRequest {
  Recipe recipe;
  std::filesystem::path data;  // may be empty for procedural datasets
  std::filesystem::path run;
  std::string device = "auto";                // auto | cpu | cuda | cuda:N
  std::optional<std::filesystem::path> init;  // weights to start from: a RUN, checkpoint or .onnx
  bool resume = false;                        // `init` then counts where nothing was saved yet
  SaveRules save;
  int skipNonFinite = 0;   // steps of an epoch without a finite loss that are left out
  bool force = false;      // replace an existing RUN
  std::int64_t steps = 0;  // a trial: end after the first so many steps of the run; 0: all
  std::function<void(int epoch)> afterEpoch;  // after each epoch's checkpoint, counted from 1
  // Called once data, device, network, teacher and weights to start from are there, before RUN is
  // touched; its error ends the run.
  std::function<Result<void>()> beforeWriting;
  bool selfCheck = true;              // self_check.h, before the first step
  bool deterministic = false;         // the same bits in every run on one CUDA device
  std::vector<std::string> watchers;  // names of watch.h: logs for other tools
  TeacherSource openTeacher;  // commands/recipe_teacher.h; null: a recipe with a teacher is refused
  bool quiet = false;         // no bar and no lines; train.log is written all the same
};

struct TrainSummary {
  int epochs = 0;            // completed, earlier ones of a resumed run included
  int bestEpoch = 0;         // from 1
  double best = 0;           // of recipe.bestMetric
  bool first = true;         // among the ranks: the one that writes, and speaks
  bool interrupted = false;  // told to stop; all up to `step` is saved
  std::int64_t step = 0;
  std::string signal;  // that told it: "SIGTERM"
};

// One of several processes where the environment says so (ranks.h): each takes its share of
// `recipe.batch`; rank 0 alone writes RUN and speaks.
Result<TrainSummary> train(const TrainRequest& request);

// The recipe's bestMetric of the weights in `request.init` as they are, by the same validation as
// after an epoch. None: told to stop.
Result<std::optional<double>> scoreOfStart(const TrainRequest& request);

// What a checkpoint says, for infer/ and export.
struct Checkpoint {
  Recipe recipe;
  Weights weights;  // as evaluated: the average where the recipe has one
  int epoch = 0;
  std::optional<double> score;  // recipe.bestMetric of these weights; none: another epoch's best
  bool startOnly = false;       // recipe.input and recipe.classes are stand-ins
};

Result<Checkpoint> readCheckpoint(const std::filesystem::path& runOrFile);  // a RUN: its best
// That it is more than a start: an error names the way.
Result<void> checkMeant(const Checkpoint& checkpoint, const std::filesystem::path& file);

}  // namespace limbus
