// One training run as one JSON file (models/recipes/*.json); docs/recipe.md explains every key.
//
//   Result<Recipe> recipe = readRecipe("models/recipes/demo.json", {"epochs=2", "net.width=12"});
//   std::string complete = completeJson(*recipe);  // every default spelled out
//
// Recipe::describe() is the one place that knows the keys: reading, `limbus recipe --explain`, the
// JSON schema and the tables of docs/recipe.md come from it. Unknown keys and names are refused
// with what is known. A recipe may extend another: {"extends": "other.json", ...}; overrides are
// applied last (shared/options/assignment.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "native/data/augment/augment.h"
#include "native/data/dataset.h"
#include "native/data/more_data.h"
#include "native/data/splits.h"
#include "native/train/lookahead.h"
#include "native/train/loss_terms.h"
#include "native/train/parameter_groups.h"
#include "native/train/precision.h"
#include "native/train/recipe/border_rules.h"
#include "native/train/recipe/mean_teacher_rules.h"
#include "native/train/recipe/pseudo_label_rules.h"
#include "native/train/recipe/teacher_rules.h"
#include "native/train/schedules.h"
#include "shared/manifest.h"
#include "shared/nets/nets.h"
#include "shared/options/options.h"
#include "shared/result.h"

namespace limbus {

struct OptimizerRow;  // optimizers.h

// Ends a run that has stopped to improve.
struct EarlyStop {
  std::string metric = "mIoU";
  int patience = 10;
  double threshold = 0;

  void describe(OptionVisitor& v);
  // The last epoch of `history` is one too many without a gain.
  bool reached(const History& history) const;
};

// A plain mean of the weights at the ends of a run's last epochs (swa.h).
struct Swa {
  double from = 0.75;  // share of the run's epochs before
  int every = 1;       // epochs between two that count

  void describe(OptionVisitor& v);
  // How many epochs' weights are in the mean after so many of a run's `epochs`.
  int taken(int finished, int epochs) const;
};

// Where the training images wait for their batch (batches/resident_batches.h).
enum class DataOn { automatic, device, host };

struct Recipe {
  std::string name;
  std::string description, licence, trainingData;  // go into the manifest
  Chosen<NetRow> net;
  InputSpec input;
  std::vector<ClassSpec> classes;
  RegionSpec regions;
  Chosen<DatasetRow> data;
  SplitRules split;
  std::vector<MoreData> also;  // trained on behind the data set's own
  std::vector<Augmentation> augmentations;
  LossTerms loss;  // ce
  std::optional<BorderRules> borders;
  std::optional<TeacherRules> teacher;
  Chosen<OptimizerRow> optimizer;  // adamw
  std::optional<Lookahead> lookahead;
  Schedule schedule = chosen(schedules(), "twoPhaseCosine");
  std::optional<Warmup> warmup;
  int epochs = 1;
  int batch = 8;       // 0: to be found (batch_size.h)
  int accumulate = 1;  // batches that make one step
  int workers = 2;
  std::uint64_t seed = 42;
  double emaDecay = 0;  // 0: no moving average of the weights
  std::optional<Swa> swa;
  double auxiliaryWeight = 0.4;  // of the loss at each auxiliary head
  double clipGradient = 0;       // largest norm of all gradients together; 0: any
  bool decayAll = false;         // weight decay reaches norms, biases and PReLU slopes too
  PartRates partRates;
  int freezeEncoder = 0;     // epochs
  bool freezeNorms = false;  // batch norms keep what they start with
  Precision precision = Precision::tf32;
  bool channelsLast = false;
  bool cudaGraphs = true;
  DataOn dataOn = DataOn::automatic;
  bool cacheImages = true;
  std::optional<EarlyStop> earlyStop;
  std::optional<MeanTeacherRules> meanTeacher;
  std::optional<PseudoLabelRules> pseudoLabels;  // for `limbus pseudo-label`
  std::string bestMetric = "mIoU";
  std::string convention = "dataset";  // of validation scores
  int validateEvery = 1;               // epochs
  int validationCrop = 0;              // centre_square.h, px; 0: whole images
  std::string source;                  // as given
  std::string json;                    // as run: extended, overrides applied

  Recipe();
  void describe(OptionVisitor& v);
  // The same with this batch, as if it had been given so.
  Result<Recipe> withBatch(int images) const;
  // Whether validation follows an epoch, from 1, and how often it does in the whole run.
  bool validates(int epoch) const { return epoch % validateEvery == 0 || epoch == epochs; }
  int validations() const { return (epochs - 1) / validateEvery + 1; }
  NetPorts ports() const {
    return {input.channels(), static_cast<int>(classes.size()), borders.has_value()};
  }
};

// `folder`: where the files lie that the recipe extends.
Result<Recipe> parseRecipe(const std::string& json, const std::vector<std::string>& overrides,
                           const std::filesystem::path& folder = {});
Result<Recipe> readRecipe(const std::filesystem::path& file,
                          const std::vector<std::string>& overrides);

// Complete, with every default spelled out; parses to the same recipe.
std::string completeJson(const Recipe& recipe);
// The "recipe" of a record, if it holds one, which was complete when it was written: with the
// options that came since. As it is where it cannot be read any more.
void completeRecipe(Json& record);

// The manifest of what this recipe trains; scores and parameter count are filled in on export.
Manifest manifestOf(const Recipe& recipe);

}  // namespace limbus
