#include "native/train/files/checkpoint.h"

#include <limits>

#include "native/system/files.h"
#include "native/train/files/model_file.h"
#include "native/train/files/run_folder.h"
#include "native/train/files/tensor_file.h"
#include "native/train/pixel_counts.h"
#include "native/train/train.h"

namespace limbus {
namespace {

constexpr const char* kWeightsFolder = "weights/";  // in files of before
constexpr const char* kTraining = "training/";
constexpr const char* kOptimizer = "optimizer/";

void addAll(Weights& all, const char* prefix, const Weights& part) {
  for (const auto& [name, tensor] : part) all[prefix + name] = tensor;
}

Weights takeAll(Weights& all, const std::string& prefix) {
  Weights part;
  for (auto at = all.begin(); at != all.end();) {
    if (at->first.rfind(prefix, 0) == 0) {
      part[at->first.substr(prefix.size())] = std::move(at->second);
      at = all.erase(at);
    } else {
      ++at;
    }
  }
  return part;
}

// Before there was a choice, weight decay reached every parameter.
std::string recipeOfBefore(const std::string& text) {
  Json recipe = parseLongJson(text);
  if (!recipe.is_object()) return text;  // refused where it is read
  recipe.emplace("decayAll", true);
  return recipe.dump(2);
}

// What is no list of numbers by name is no history.
History historyOf(const Json& json) {
  History history;
  for (const Json& epoch : json.is_array() ? json : Json::array()) {
    ValidationValues& values = history.emplace_back();
    for (const auto& [name, value] : epoch.items()) {
      if (value.is_number()) values[name] = value.get<double>();
    }
  }
  return history;
}

// A RUN that was to be replaced and failed has the checkpoints of before beside another recipe.
// A recipe that cannot be read (a key of it is gone since) says nothing against them.
Result<void> checkOwn(const std::filesystem::path& run, const Recipe& recipe) {
  std::error_code error;
  const std::filesystem::path file = run / "config.json";
  if (!std::filesystem::is_regular_file(file, error)) return {};
  const Result<std::string> text = readBytes(file);
  if (!text) return fail(text.error());
  const Result<Recipe> config = parseRecipe(recipeOfBefore(*text), {});  // those of today name all
  if (!config) return {};
  const std::string place = firstDifference(completeJson(recipe), completeJson(*config));
  if (place.empty()) return {};
  return fail(
      ErrorCode::badData,
      run.string() + ": its checkpoint is of a run before, with another '" + place +
          "' than config.json, which has saved none yet; name the checkpoint itself to take it");
}

}  // namespace

Result<void> writeSavedRun(const std::filesystem::path& file, const SavedRun& run) {
  TensorFile out;
  out.facts = {{"recipe", run.recipeJson}, {"epoch", run.epoch},
               {"step", run.step},         {"bestEpoch", run.bestEpoch},
               {"best", run.best},         {"limbus", LIMBUS_VERSION},
               {"history", run.history},   {"trainingImages", run.trainingImages}};
  if (run.startOnly) out.facts["startOnly"] = true;
  if (!run.skipped.empty()) out.facts["skipped"] = run.skipped;
  if (run.lossScale != LossScale()) {
    out.facts["lossScale"] = {{"factor", run.lossScale.factor},
                              {"soundSteps", run.lossScale.soundSteps}};
  }
  if (run.underWay.steps > 0) {
    out.facts["underWay"] = {{"steps", run.underWay.steps},
                             {"leftOut", run.underWay.leftOut},
                             {"lossSum", run.underWay.lossSum},
                             {"lr", run.underWay.lr},
                             {"seconds", run.underWay.seconds},
                             {"waitedMs", run.underWay.loader.waitedMs},
                             {"blockedMs", run.underWay.loader.blockedMs}};
    if (run.underWay.counts) out.facts["underWay"]["counts"] = cellsOf(*run.underWay.counts);
  }
  out.tensors = run.weights;  // by their own names, so that a model in Python loads them
  addAll(out.tensors, kTraining, run.training);
  addAll(out.tensors, kOptimizer, run.optimizer);
  const Result<std::string> bytes = packTensors(out);
  if (!bytes) return fail(bytes.error().code, file.string() + ": " + bytes.error().message);
  return writeBytes(file, *bytes);
}

Result<SavedRun> readSavedRun(const std::filesystem::path& file) {
  const Result<std::string> bytes = readBytes(file);
  if (!bytes) return fail(bytes.error());
  return unpackSavedRun(*bytes, file);
}

Result<SavedRun> unpackSavedRun(const std::string& bytes, const std::filesystem::path& file) {
  Result<TensorFile> in = unpackTensors(bytes);
  if (!in) return fail(in.error().code, file.string() + ": " + in.error().message);
  SavedRun run;
  std::string version;
  JsonReader reader(in->facts, file.string());
  reader.required("recipe").read("recipe", run.recipeJson, std::size_t{1} << 20);
  reader.required("epoch").read("epoch", run.epoch, 0, 1000000);
  reader.required("step").read("step", run.step, 0, kMaxJsonInteger);
  reader.read("bestEpoch", run.bestEpoch, 0, 1000000).read("best", run.best, -1e300, 1e300);
  reader.read("limbus", version).read("startOnly", run.startOnly);
  reader.read("trainingImages", run.trainingImages, 0, kMaxJsonInteger);
  std::vector<double> skipped;
  reader.read("skipped", skipped, 0, kMaxJsonInteger);
  run.skipped.assign(skipped.begin(), skipped.end());
  if (const Json* history = reader.value("history")) run.history = historyOf(*history);
  JsonReader lossScale = reader.object("lossScale");
  lossScale.read("factor", run.lossScale.factor, 1, 1e300)
      .read("soundSteps", run.lossScale.soundSteps, 0, LossScale::kGrowAfter);
  lossScale.finish();
  JsonReader underWay = reader.object("underWay");
  constexpr double kAny = std::numeric_limits<double>::max();
  underWay.read("steps", run.underWay.steps, 1, kMaxJsonInteger)
      .read("leftOut", run.underWay.leftOut, 0, kMaxJsonInteger)
      .read("lossSum", run.underWay.lossSum, -kAny, kAny)
      .read("lr", run.underWay.lr, -kAny, kAny)
      .read("seconds", run.underWay.seconds, 0, kAny)
      .read("waitedMs", run.underWay.loader.waitedMs, 0, kAny)
      .read("blockedMs", run.underWay.loader.blockedMs, 0, kAny);
  std::vector<double> cells;
  underWay.read("counts", cells, 0, kMaxJsonInteger);
  if (!cells.empty()) {
    run.underWay.counts = matrixOf(std::vector<std::int64_t>(cells.begin(), cells.end()));
  }
  underWay.finish();
  if (auto error = reader.finish()) return fail(*error);
  if (in->fromLine) run.recipeJson = recipeOfBefore(run.recipeJson);
  run.training = takeAll(in->tensors, kTraining);
  run.optimizer = takeAll(in->tensors, kOptimizer);
  run.weights = takeAll(in->tensors, kWeightsFolder);
  run.weights.merge(in->tensors);
  return run;
}

Result<void> checkMeant(const Checkpoint& checkpoint, const std::filesystem::path& file) {
  if (!checkpoint.startOnly) return {};
  return fail(
      ErrorCode::badArgument,
      file.string() +
          ": weights to start from (--init), imported by --net alone, which says nothing of "
          "pixels and classes; limbus import --recipe does");
}

Result<Checkpoint> readCheckpoint(const std::filesystem::path& named) {
  const Result<std::filesystem::path> file = modelFile(named, ModelUse::train);
  if (!file) return fail(file.error());
  if (file->extension() == ".onnx") {
    return fail(ErrorCode::badArgument,
                file->string() +
                    ": an exported file has no recipe, and no batch norms to train on; name the "
                    "RUN or the .safetensors file that it was made of");
  }
  Result<SavedRun> saved = readSavedRun(*file);
  if (!saved) return fail(saved.error());
  Result<Recipe> recipe = parseRecipe(saved->recipeJson, {});
  if (!recipe) return fail(recipe.error().code, file->string() + ": " + recipe.error().message);
  if (auto own = checkOwn(named, *recipe); !own) return fail(own.error());
  Checkpoint checkpoint{std::move(*recipe), std::move(saved->weights), saved->epoch, std::nullopt};
  const bool best = saved->epoch > 0 && saved->epoch == saved->bestEpoch;
  if (best && saved->underWay.steps == 0) checkpoint.score = saved->best;
  checkpoint.startOnly = saved->startOnly;
  return checkpoint;
}

}  // namespace limbus
