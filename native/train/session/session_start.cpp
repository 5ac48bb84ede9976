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

// What was loaded, and what was not.
std::string fitText(const WeightFit& fit) {
  return std::to_string(fit.weights.size()) + " of " + std::to_string(fit.wanted()) +
         " tensors loaded" + listed("adapted", fit.adapted) +
         listed("not in the file", fit.missing) + listed("not in the net", fit.unexpected) +
         listed("of another shape", fit.misshapen);
}

// That a name or two, such as "conv1.weight", are all that another network has in common with this.
bool isOfAnother(const WeightFit& fit) {
  return fit.weights.size() * 10 < fit.wanted() &&
         fit.weights.size() < fit.unexpected.size() + fit.misshapen.size();
}

}  // namespace

Result<std::string> startFrom(const std::filesystem::path& named, Learner& learner) {
  const Result<std::filesystem::path> file = modelFile(named, ModelUse::train);
  if (!file) return fail(file.error());
  Result<std::string> bytes = readBytes(*file);
  if (!bytes) return fail(bytes.error());
  const Graph& graph = learner.net->graph();
  Weights own;  // what limbus wrote, whole or not
  WeightFile weights;
  if (isTensorFile(*bytes)) {
    Result<SavedRun> saved = unpackSavedRun(*bytes, *file);
    if (!saved) return fail(saved.error());
    own = std::move(saved->weights);
    weights = asWeightFile(own);
  } else {
    Result<WeightFile> others = unpackWeightFile(std::move(*bytes), *file);
    if (!others) return fail(others.error());
    weights = std::move(*others);
  }
  const Result<WeightFit> fit = fitWeights(weights, graph);
  if (!fit) return fail(fit.error().code, file->string() + ": " + fit.error().message);
  if (fit->weights.empty()) {
    return fail(ErrorCode::badData, file->string() + ": none of its tensors fits net '" +
                                        graph.name + "' by name and shape");
  }
  if (isOfAnother(*fit)) {
    return fail(ErrorCode::badData,
                file->string() + ": is not of net '" + graph.name + "': only " + fitText(*fit) +
                    "; limbus import --partial makes a start of it all the same");
  }
  learner.net->loadMatching(fit->weights);
  if (learner.average) learner.average->loadMatching(fit->weights);
  return "started from " + file->string() + ": " + fitText(*fit);
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
