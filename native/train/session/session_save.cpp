#include <algorithm>

#include "native/train/files/checkpoint.h"
#include "native/train/session/session.h"

namespace limbus {
namespace {

Result<void> checkSameData(const SavedRun& saved, const Session& session) {
  const std::int64_t steps = session.stepsPerEpoch();
  const auto images = static_cast<std::int64_t>(session.trainingSet->size());
  const bool sameImages = saved.trainingImages == 0 || saved.trainingImages == images;
  const bool sameSteps =
      saved.step - saved.underWay.steps == steps * saved.epoch && saved.underWay.steps <= steps;
  if (sameImages && sameSteps) return {};
  return fail(ErrorCode::badArgument,
              session.run.folder.string() +
                  " was trained on other data, or was a trial with --steps: it took " +
                  std::to_string(saved.step) + " steps in " + std::to_string(saved.epoch) +
                  " epochs" +
                  (sameImages ? "" : " of " + std::to_string(saved.trainingImages) + " images") +
                  ", these " + std::to_string(images) + " images make " + std::to_string(steps) +
                  " per epoch");
}

SavedRun stateOf(const TrainRequest& request, const Session& session) {
  SavedRun saved;
  saved.recipeJson = request.recipe.json;
  saved.epoch = session.done.epochs;
  const OptimizerState& state = session.learner.optimizer->state();
  saved.step = state.step;
  const auto isSkipped = [](std::int64_t steps) { return steps > 0; };
  if (std::any_of(state.skipped.begin(), state.skipped.end(), isSkipped)) {
    saved.skipped = state.skipped;
  }
  saved.lossScale = state.lossScale;
  saved.bestEpoch = session.done.bestEpoch;
  saved.best = session.done.best;
  saved.history = session.learner.history;
  saved.trainingImages = static_cast<std::int64_t>(session.trainingSet->size());
  saved.weights = session.learner.evaluated().weights();
  return saved;
}

// What there is to go on from.
Result<void> saveLast(SavedRun saved, Session& session) {
  const Learner& learner = session.learner;
  if (learner.average) saved.training = learner.net->weights();
  saved.optimizer = packSlots(*learner.optimizer, learner.net->graph());
  if (auto written = writeSavedRun(session.run.last(), saved); !written) return written;
  session.saveClock.saved();
  if (!session.replaces) return {};
  session.replaces = false;
  dropCheckpoints(session.run, {session.run.last()});
  return {};
}

}  // namespace

Error withWayOn(const Error& error, const RunFolder& run) {
  const std::filesystem::path best = run.found("best");
  return {error.code,
          error.message + "; move " + run.folder.string() + " away to train it anew" +
              (best.empty() ? "" : " (its best weights: " + best.filename().string() + ")")};
}

Result<void> resume(const TrainRequest& request, const std::string& lastBytes, Session& session) {
  Result<SavedRun> saved =
      unpackSavedRun(lastBytes, session.writes() ? session.run.found("last") : session.run.last());
  if (!saved) return fail(withWayOn(saved.error(), session.run));
  const Result<Recipe> before = parseRecipe(saved->recipeJson, {});
  if (!before) return fail(before.error());
  const std::string place = firstDifference(completeJson(*before), completeJson(request.recipe));
  if (!place.empty()) {
    return fail(ErrorCode::badArgument,
                session.run.folder.string() + " was trained with another recipe: '" + place +
                    "' differs; pass the same recipe and --set, or start a new RUN from its "
                    "weights: --init " +
                    session.run.folder.string());
  }
  // The first checkpoint, of weights to start from, comes before data.json: that may be another
  // run's.
  const bool isFirst = saved->epoch == 0 && saved->underWay.steps == 0;
  if (session.writes() && !isFirst) {
    if (auto same = checkSameImages(session.run.folder, session.place); !same) return same;
    const Result<std::optional<DataPlace>> before = readDataPlace(session.run.folder);
    if (!before) return fail(before.error());
    if (*before) session.changedFiles = changedLine(session, (*before)->files);
  }
  if (auto same = checkSameData(*saved, session); !same) return same;
  Learner& learner = session.learner;
  if (auto fit = learner.net->load(learner.average ? saved->training : saved->weights); !fit)
    return fit;
  if (learner.average) {
    if (auto fit = learner.average->load(saved->weights); !fit) return fit;
  }
  if (auto fit = unpackSlots(saved->optimizer, learner.net->graph(), *learner.optimizer); !fit)
    return fit;
  OptimizerState& state = learner.optimizer->state();
  state.step = saved->step;
  if (saved->skipped.size() == state.skipped.size()) state.skipped = saved->skipped;
  state.lossScale = saved->lossScale;
  learner.history = std::move(saved->history);
  if (learner.swa) learner.averaged = learner.swa->taken(saved->epoch, learner.epochs());
  session.underWay = saved->underWay;
  session.done.epochs = saved->epoch;
  session.done.bestEpoch = saved->bestEpoch;
  session.done.best = saved->best;
  if (!session.writes()) return {};
  return trimRecords(session.run, saved->epoch);
}

bool settle(Session& session, const Validation* validation) {
  TrainSummary& done = session.done;
  ++done.epochs;
  session.learner.history.push_back(validation == nullptr ? ValidationValues()
                                                          : valuesOf(*validation));
  if (validation == nullptr) return false;
  const double value = session.metric->value(*validation);
  if (done.bestEpoch != 0 && !better(*session.metric, value, done.best)) return false;
  done.best = value;
  done.bestEpoch = done.epochs;
  return true;
}

// The best first, then the last: who is stopped between the two repeats this epoch, to the same
// end.
Result<void> saveEpoch(const TrainRequest& request, Session& session, bool best) {
  if (!session.writes()) return {};
  SavedRun saved = stateOf(request, session);
  const History& history = session.learner.history;
  if (keepsEpoch(request.save, history, *session.metric)) {
    if (auto written = writeSavedRun(session.run.ofEpoch(saved.epoch), saved); !written)
      return written;
  }
  if (best) {
    if (auto written = writeSavedRun(session.run.best(), saved); !written) return written;
  }
  if (auto written = saveLast(std::move(saved), session); !written) return written;
  const int dropped = droppedEpoch(request.save, history, *session.metric);
  std::error_code ignored;
  if (dropped > 0) std::filesystem::remove(session.run.ofEpoch(dropped), ignored);
  return {};
}

Result<void> saveUnderWay(const TrainRequest& request, Session& session, const EpochReport& soFar) {
  if (!session.writes()) return {};
  SavedRun saved = stateOf(request, session);
  saved.underWay = soFar;
  return saveLast(std::move(saved), session);
}

}  // namespace limbus
