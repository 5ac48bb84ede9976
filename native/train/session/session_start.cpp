#include <algorithm>

#include "native/system/files.h"
#include "native/train/files/checkpoint.h"
#include "native/train/files/model_file.h"
#include "native/train/files/tensor_file.h"
#include "native/train/session/session.h"
#include "native/weights/weight_fit.h"
#include "shared/ops/ops.h"

namespace limbus {
namespace {

std::string listed(const char* what, const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(8, names.size()); ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  if (names.size() > 8) text += ", ...";
  return names.empty() ? "" : "; " + std::to_string(names.size()) + " " + what + ": " + text;
}

Result<WeightFit> fitOthers(std::string bytes, const std::filesystem::path& file,
                            const Graph& graph) {
  const Result<WeightFile> read = unpackWeightFile(std::move(bytes), file);
  if (!read) return fail(read.error());
  Result<WeightFit> fit = fitWeights(*read, graph);
  if (!fit) return fail(fit.error().code, file.string() + ": " + fit.error().message);
  return fit;
}

}  // namespace

Result<std::string> startFrom(const std::filesystem::path& named, Learner& learner) {
  const Result<std::filesystem::path> file = modelFile(named, ModelUse::train);
  if (!file) return fail(file.error());
  Result<std::string> bytes = readBytes(*file);
  if (!bytes) return fail(bytes.error());
  const Graph& graph = learner.net->graph();
  Weights weights;
  std::string adapted;
  std::vector<std::string> unexpected, misshapen;
  if (isTensorFile(*bytes)) {  // what limbus wrote, whole or not
    Result<SavedRun> own = unpackSavedRun(*bytes, *file);
    if (!own) return fail(own.error());
    weights = std::move(own->weights);
  } else {
    Result<WeightFit> fit = fitOthers(std::move(*bytes), *file, graph);
    if (!fit) return fail(fit.error());
    weights = std::move(fit->weights);
    unexpected = std::move(fit->unexpected);
    misshapen = std::move(fit->misshapen);
    adapted = listed("adapted", fit->adapted);
  }
  LoadReport report = learner.net->loadMatching(weights);
  if (learner.average) learner.average->loadMatching(weights);
  if (report.loaded == 0) {
    return fail(ErrorCode::badData, file->string() + ": none of its tensors fits net '" +
                                        graph.name + "' by name and shape");
  }
  std::move(unexpected.begin(), unexpected.end(), std::back_inserter(report.unexpected));
  std::move(misshapen.begin(), misshapen.end(), std::back_inserter(report.misshapen));
  return "started from " + file->string() + ": " + std::to_string(report.loaded) +
         " tensors loaded" + adapted + listed("not in the file", report.missing) +
         listed("not in the net", report.unexpected) + listed("of another shape", report.misshapen);
}

std::string startFromNothing(const Recipe& recipe, const Graph& graph) {
  const bool heldBack = recipe.freezeEncoder > 0 || recipe.partRates.encoder < 1;
  const bool any = std::any_of(graph.parameters.begin(), graph.parameters.end(),
                               [](const Parameter& one) { return one.part == Part::encoder; });
  if (!heldBack || !any) return "";
  return "the encoder knows nothing yet, and " +
         std::string(recipe.freezeEncoder > 0 ? "stands still at first (freezeEncoder)"
                                              : "learns slower than the rest (partRates)") +
         ": --init WEIGHTS starts it from trained ones";
}

}  // namespace limbus
