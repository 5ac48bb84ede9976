#include "native/train/recipe/recipe.h"

#include <algorithm>
#include <cstring>

#include "native/system/files.h"
#include "native/system/utf8.h"
#include "native/train/best_metric.h"
#include "native/train/losses.h"
#include "native/train/optimizers.h"
#include "native/train/recipe/extends.h"
#include "native/train/recipe/meant_key.h"
#include "shared/metrics/metrics.h"
#include "shared/options/assignment.h"
#include "shared/options/json.h"
#include "shared/options/paths.h"

namespace limbus {
namespace {

constexpr const char* kWhere = "recipe";

void describeNet(OptionVisitor& v, Chosen<NetRow>& net) {
  for (const char* key : {"inputChannels", "classes"}) {
    v.require(!v.given(key), key, "leave it out; it follows from input.colour and classes");
  }
  v.row("name", net, nets(), "net", "which network");
}

// Borders lie in class 0 and are a class of their own in training.
Result<void> checkBorders(const std::vector<ClassSpec>& classes) {
  const std::string where = std::string(kWhere) + ".borders: ";
  if (classes.size() == kVoidLabel) {
    return fail(ErrorCode::badData, where + "expected at most 254 classes beside them, got 255");
  }
  const auto background = std::find_if(classes.begin(), classes.end(), [](const ClassSpec& spec) {
    return spec.role == "background";
  });
  if (background == classes.begin() || background == classes.end()) return {};
  return fail(ErrorCode::badData, where + "they lie in the background, '" + background->name +
                                      "', which must be the first of 'classes'");
}

// Where a key is unknown that may stand elsewhere.
std::string meantHint(const std::string& message) {
  const std::size_t end = message.find(": unknown key");
  if (end == std::string::npos || message.find("did you mean") != std::string::npos) return "";
  const std::string key = message.substr(0, end), path = meantKey(key);
  const std::string within = key.substr(std::min(key.size(), std::strlen(kWhere) + 1));
  if (meansDataFolder(within)) return "; where the data lie is not the recipe's: --data DIR";
  // That another row has it, where the chosen one has not, is no help.
  if (path.empty() || within == path) return "";
  return "; did you mean '" + path + "'?";
}

// What stands in one key and must fit another.
Result<void> checkMore(const Recipe& recipe) {
  const std::vector<LossTerm>& terms = recipe.loss.terms;
  const auto asks = std::find_if(terms.begin(), terms.end(),
                                 [](const LossTerm& term) { return term.loss.row->needsTeacher; });
  if (asks != terms.end() && !recipe.teacher) {
    return fail(ErrorCode::badData, std::string(kWhere) + ".loss: '" + asks->loss.name() +
                                        "' learns from a teacher; say which models: "
                                        "\"teacher\": {\"models\": [\"runs/large\"]}");
  }
  if (asks == terms.end() && recipe.teacher) {
    return fail(ErrorCode::badData, std::string(kWhere) +
                                        ".teacher: no term of the loss asks it; add 'distill': "
                                        "\"loss\": \"ce*0.5+distill*0.5\"");
  }
  if (recipe.meanTeacher && recipe.emaDecay <= 0) {
    return fail(ErrorCode::badData,
                std::string(kWhere) +
                    ".meanTeacher: the teacher is the average of the weights, and there is none; "
                    "set \"emaDecay\": 0.999");
  }
  if (recipe.borders) {
    if (const Result<void> fit = checkBorders(recipe.classes); !fit) return fit;
  }
  if (!recipe.pseudoLabels) return {};
  const std::size_t given = recipe.pseudoLabels->thresholds.size();
  if (given == 1 || given == recipe.classes.size()) return {};
  return fail(ErrorCode::badData, std::string(kWhere) + ".pseudoLabels.thresholds: expected 1 or " +
                                      std::to_string(recipe.classes.size()) +
                                      ", one for each class, got " + std::to_string(given));
}

}  // namespace

Recipe::Recipe() : optimizer(chosen(optimizers(), "adamw")) {}

void Recipe::describe(OptionVisitor& v) {
  if (v.purpose() == OptionVisitor::Purpose::describe) {
    std::string other;
    v.text("extends", other, "another recipe's file, whose entries stand where this one has none");
  }
  v.text("name", name, required("of the model"), 128);
  v.text("description", description, "travels in the exported file");
  v.text("licence", licence, "of the weights; travels in the exported file");
  v.text("trainingData", trainingData, "travels in the exported file");
  v.object(
      "net", required("the network and its options"),
      [this](OptionVisitor& inner) { describeNet(inner, net); }, "name");
  v.object("input", input, required("from pixels to network input"));
  describeClasses(v, classes, "name");
  v.object("regions", regions, "what counts as a region when masks are measured");
  v.object("data", required("the data set and its options"), [this](OptionVisitor& inner) {
    inner.row("dataset", data, datasets(), "dataset", "which data set");
    inner.object("split", split, "training and validation apart otherwise than the data set says");
    describeMoreData(inner, "also", "further data sets that are trained on, behind this one", also);
  });
  describeAugmentations(v, augmentations);
  v.object(
      "loss", "a loss, or a weighted sum: dice+focal/10",
      [this](OptionVisitor& inner) { loss.describe(inner); }, "name");
  v.optional("borders", borders,
             "a further output for the background between parts that lie close together, learned "
             "beside the classes and counted to the background in predictions");
  v.optional("teacher", teacher,
             "trained models that the losses 'distill' and 'attention' learn from");
  v.named("optimizer", optimizer, optimizers(), "optimizer", "how weights are changed");
  v.optional("lookahead", lookahead, "slow weights behind the optimiser's");
  v.named("schedule", schedule, schedules(), "schedule", "learning rate over the run");
  v.optional("warmup", warmup, "the rate's way up in front of the schedule");
  v.whole("epochs", epochs, {1, 1000000}, required("passes over the training images"));
  v.wholeOr(
      "auto", "batch", batch, {1, 65536},
      "images per step, or per share of one that accumulates; auto: tried out before the first "
      "step, as many as make it quicker and fit in memory");
  v.whole("accumulate", accumulate, {1, 65536},
          "batches whose mean gradient makes one step; batch norms see each by itself");
  v.whole("workers", workers, {0, 256}, "threads that read and augment ahead; 0: none");
  v.seed("seed", seed, "of everything random");
  v.number(
      "emaDecay", emaDecay, {0, 0.9999999},
      "validates and keeps a running mean of the weights with this decay, in step s of the run "
      "at most (1 + s) / (10 + s), which reaches 0.998 in step 4490; 0: none");
  v.optional("swa", swa, "validates and keeps the mean of the last epochs' weights");
  v.number("auxiliaryWeight", auxiliaryWeight, {0, 100},
           "of the loss at each auxiliary head, where the network has some");
  v.number("clipGradient", clipGradient, {0, 1e9},
           "scales gradients down to this norm, taken over all of them; 0: never");
  v.flag("decayAll", decayAll,
         "weight decay reaches norms, biases and PReLU slopes too, which it only holds back");
  v.object("partRates", partRates, "learning rates of parts of the network, times the schedule's");
  v.whole("freezeEncoder", freezeEncoder, {0, 1000000},
          {"first epochs in which the encoder stands still, its batch norms too", "epochs"});
  v.flag("freezeNorms", freezeNorms, "batch norms keep the statistics and weights they start with");
  v.choice(
      "precision", precision, precisions(),
      "of the numbers in training: tf32 rounds the factors of convolutions and products on CUDA, "
      "in validation too, and is float32 on a CPU; bfloat16 and float16 are mixed precision, "
      "float16 for CUDA alone, and float32 with tf32's factors in validation; weights and "
      "losses are float32 always");
  v.flag("channelsLast", channelsLast,
         "lays images and weights out with the channels innermost, which tensor cores like");
  v.flag("cudaGraphs", cudaGraphs,
         "replays a step, from forward pass to update, as one launch on CUDA; the same numbers to "
         "the rounding, sooner");
  v.choice("dataOn", dataOn,
           {{DataOn::automatic, "auto"}, {DataOn::device, "device"}, {DataOn::host, "host"}},
           "where training images wait and are augmented: device, in its memory as 8-bit, where "
           "all of the recipe can be had there; host, by the workers; auto: device on CUDA if they "
           "fit");
  v.flag("cacheImages", cacheImages,
         "keeps what the workers have read, as 8-bit pixels, for the epochs after, in up to a "
         "quarter of the memory that is free");
  v.optional("earlyStop", earlyStop, "ends a run that has stopped to improve");
  v.optional("meanTeacher", meanTeacher,
             "learns from unlabelled images by agreeing with the average of its weights");
  v.optional("pseudoLabels", pseudoLabels,
             "which predictions `limbus pseudo-label` takes for labels");
  v.choice("bestMetric", bestMetric, namesOf(bestMetrics()), "decides which epoch is the best");
  v.choice("convention", convention, namesOf(conventions()),
           "how validation pixels are counted into scores, and so into bestMetric, earlyStop, "
           "plateau and all logs; `limbus list conventions` says how");
  v.whole("validateEvery", validateEvery, {1, 1000000},
          {"from one validation to the next; the last epoch always has one", "epochs"});
  v.whole(
      "validationCrop", validationCrop, {0, 16384},
      {"validation sees the square in the middle of each image, whose shorter side is scaled to "
       "this, in this size; 0: whole images, in that of input",
       "px"});
}

void EarlyStop::describe(OptionVisitor& v) {
  v.choice("metric", metric, namesOf(bestMetrics()), "what must improve");
  v.whole("patience", patience, {0, 1000000}, {"without a gain that are borne", "validations"});
  v.number("threshold", threshold, {0, 1e6}, "a smaller gain is none");
}

void Swa::describe(OptionVisitor& v) {
  v.number("from", from, {0, 1}, {"where the mean begins", "of the run's epochs"});
  v.whole("every", every, {1, 1000000}, {"from one that counts to the next", "epochs"});
}

int Swa::taken(int finished, int epochs) const {
  const int before = std::min(static_cast<int>(from * epochs), epochs - 1);
  return finished <= before ? 0 : (finished - before - 1) / every + 1;
}

bool EarlyStop::reached(const History& history) const {
  return epochsWithoutGain(history, *findRow(bestMetrics(), metric), threshold) > patience;
}

Result<Recipe> parseRecipe(const std::string& text, const std::vector<std::string>& overrides,
                           const std::filesystem::path& folder) {
  Result<Json> json = parseJson(text, kWhere);
  if (!json) return fail(json.error());
  json = extended(std::move(*json), folder);
  if (!json) return fail(json.error());
  for (const std::string& override : overrides) {
    if (!isUtf8(override)) {
      return fail(ErrorCode::badArgument,
                  override + ": a recipe is UTF-8; give what it names another name");
    }
    if (const Result<void> set = assign(*json, override); !set) return fail(set.error());
  }
  Recipe recipe;
  if (const Result<void> read = readOptions(*json, kWhere, recipe); !read) {
    return fail(read.error().code, read.error().message + meantHint(read.error().message));
  }
  if (recipe.swa && recipe.emaDecay > 0) {
    return fail(
        ErrorCode::badArgument,
        std::string(kWhere) + ": 'swa' and 'emaDecay' are two means of the weights; set one");
  }
  const Result<Graph> graph = buildNet(recipe.net, recipe.ports());
  if (!graph) {
    return fail(graph.error().code, std::string(kWhere) + ".net: " + graph.error().message);
  }
  if (const Result<void> fits = checkLoss(recipe.loss, static_cast<int>(recipe.classes.size()));
      !fits) {
    return fail(fits.error().code, std::string(kWhere) + ".loss: " + fits.error().message);
  }
  if (const Result<void> fits = checkMore(recipe); !fits) return fail(fits.error());
  recipe.source = text;
  recipe.json = json->dump(2);
  return recipe;
}

Result<Recipe> Recipe::withBatch(int images) const {
  Result<Recipe> recipe = parseRecipe(json, {"batch=" + std::to_string(images)});
  if (recipe) recipe->source = source;
  return recipe;
}

Result<Recipe> readRecipe(const std::filesystem::path& file,
                          const std::vector<std::string>& overrides) {
  const Result<std::string> text = readBytes(file);
  if (!text) return fail(text.error());
  Result<Recipe> recipe = parseRecipe(*text, overrides, file.parent_path());
  if (!recipe) return fail(recipe.error().code, file.string() + ": " + recipe.error().message);
  return recipe;
}

Manifest manifestOf(const Recipe& recipe) {
  Manifest manifest;
  manifest.name = recipe.name;
  manifest.description = recipe.description;
  manifest.licence = recipe.licence;
  manifest.trainingData = recipe.trainingData;
  manifest.input = recipe.input;
  manifest.classes = recipe.classes;
  manifest.regions = recipe.regions;
  return manifest;
}

std::string completeJson(const Recipe& recipe) { return writeOptions(recipe).dump(2) + "\n"; }

void completeRecipe(Json& record) {
  if (!record.contains("recipe")) return;
  const Result<Recipe> recipe = parseRecipe(record["recipe"].dump(), {});
  if (recipe) record["recipe"] = writeOptions(*recipe);
}

}  // namespace limbus
