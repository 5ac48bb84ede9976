// What ranks must have in common. A host with another copy of the data or another command line
// would wait for what the others never send, or teach them something else.
#include "native/train/session/session.h"
#include "native/train/torch_compat.h"
#include "shared/hash.h"

namespace limbus {
namespace {

constexpr const char* kRecipe = "recipe";

std::string textOf(const Weights& weights) {
  std::uint64_t hash = kFnvStart;
  for (const auto& [name, tensor] : weights) {
    hash = fnv1a64(name.data(), name.size(), hash);
    hash = fnv1a64(tensor.values.data(), tensor.values.size() * sizeof(float), hash);
  }
  return "hash " + hashText(hash);
}

std::string difference(const Json& first, const Json& other) {
  for (const auto& [topic, value] : first.items()) {
    const std::string here = value, there = other.value(topic, "");
    if (topic == kRecipe) {
      const std::string key = firstDifference(here, there);
      if (!key.empty()) return "another recipe: '" + key + "' differs";
    } else if (here != there) {
      return "other " + topic + ": " + there + ", not " + here;
    }
  }
  return "";
}

// `own`: texts by what they are of.
Result<void> checkSame(const Ranks& ranks, const Json& own) {
  const std::vector<std::string> all = ranks.fromAll(own.dump());
  const Json first = Json::parse(all.front());
  for (std::size_t rank = 1; rank < all.size(); ++rank) {
    const std::string differs = difference(first, Json::parse(all[rank]));
    if (differs.empty()) continue;
    return fail(ErrorCode::badArgument, "rank " + std::to_string(rank) + " has " + differs +
                                            " as rank 0 has; all ranks need the same limbus, "
                                            "recipe, options and data");
  }
  return {};
}

}  // namespace

std::vector<bool> onAnyRank(const Ranks& ranks, const std::vector<bool>& own) {
  std::vector<bool> any(own.size());
  for (const std::string& said : ranks.fromAll(std::string(own.begin(), own.end()))) {
    for (std::size_t i = 0; i < any.size(); ++i) any[i] = any[i] || said.at(i) != 0;
  }
  return any;
}

Result<void> checkAlike(const TrainRequest& request, const Session& session) {
  if (!session.ranks) return {};
  std::string logs;
  for (const std::string& watcher : request.watchers) logs += watcher + " ";
  return checkSame(
      *session.ranks,
      {{"version", std::string(LIMBUS_VERSION) + " with LibTorch " + compat::libtorchVersion()},
       {kRecipe, completeJson(request.recipe)},
       {"--steps", std::to_string(request.steps)},
       {"--skip-nonfinite", std::to_string(request.skipNonFinite)},
       {"--no-self-check", std::to_string(!request.selfCheck)},
       {"--log", logs},
       {"training images", whichSamples(*session.trainingSet)},
       {"validation images", whichSamples(*session.validationSet)},
       {"unlabelled images",
        session.unlabelledSet ? whichSamples(*session.unlabelledSet) : std::string()},
       {"sizes of image and mask files", session.place.files.sizes}});
}

Result<void> checkSameStart(const Session& session) {
  if (!session.ranks) return {};
  return checkSame(*session.ranks,
                   {{"weights to start from", textOf(session.learner.net->weights())}});
}

}  // namespace limbus
