#include "native/train/train.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "native/system/files.h"
#include "native/system/interrupt.h"
#include "native/train/device.h"
#include "native/train/exceptions.h"
#include "native/train/executor/cuda_graph.h"
#include "native/train/session/session.h"
#include "native/train/swa.h"

namespace limbus {
namespace {

Result<void> checkWatchers(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (findRow(watchers(), name) != nullptr) continue;
    return fail(ErrorCode::badArgument, "--log: " + unknownName("log", name, namesOf(watchers())));
  }
  return {};
}

Result<void> openWatchers(const TrainRequest& request, Session& session) {
  for (const std::string& name : request.watchers) {
    Result<std::unique_ptr<Watcher>> watcher =
        findRow(watchers(), name)
            ->open({.run = session.run.folder,
                    .recipe = request.recipe,
                    .epochs = session.done.epochs,
                    .step = session.learner.optimizer->state().step - session.underWay.steps,
                    .bestEpoch = session.done.bestEpoch,
                    .best = session.done.best});
    if (!watcher) return fail(watcher.error());
    session.watchers.push_back(std::move(*watcher));
  }
  if (session.watchers.empty()) return {};
  session.validationBatches->start(0, 0);
  Result<std::optional<DeviceBatch>> batch = session.validationBatches->next();
  if (!batch) return fail(batch.error());
  session.sample = std::move(batch->value());  // an empty validation set was refused before
  return {};
}

// The epoch that comes next, or the rest of the one that was begun.
Result<EpochReport> trainNext(const TrainRequest& request, Session& session, Progress& progress,
                              const std::string& note) {
  const int epoch = session.done.epochs;
  const Learner& learner = session.learner;
  const EpochReport begun = std::exchange(session.underWay, {});
  const std::int64_t left =
      (learner.stopAt > 0 ? std::min(learner.stopAt, learner.totalSteps) : learner.totalSteps) -
      learner.optimizer->state().step;
  const std::int64_t steps = std::min(left, session.stepsPerEpoch() - begun.steps);
  progress.begin(epochTitle(request, epoch + 1), begun.steps + steps, left - steps, note,
                 begun.steps);
  const BetweenSteps between{
      .due = [&session] { return session.writes() && session.saveClock.due(); },
      .save = [&](const EpochReport& soFar) { return saveUnderWay(request, session, soFar); }};
  return trainEpoch(session.learner, *session.trainingBatches, static_cast<std::uint32_t>(epoch),
                    progress, begun, between);
}

Result<void> tellWatchers(Session& session, const EpochReport& trained,
                          const Validation* validation) {
  for (const std::unique_ptr<Watcher>& watcher : session.watchers) {
    const auto written = watcher->after({.epoch = session.done.epochs,
                                         .step = session.learner.optimizer->state().step,
                                         .trained = trained,
                                         .validation = validation,
                                         .net = session.learner.evaluated(),
                                         .sample = session.sample});
    if (!written) return written;
  }
  return {};
}

// None: it is not this epoch's turn.
Result<std::optional<ValidationReport>> validate(const TrainRequest& request, Session& session,
                                                 Progress& progress, const std::string& note) {
  const int epoch = session.done.epochs;
  if (!request.recipe.validates(epoch + 1) && !session.learner.tried()) return std::nullopt;
  progress.begin(epochTitle(request, epoch + 1) + " validation",
                 session.validationBatches->batchesPerEpoch(), 0, note);
  Result<ValidationReport> validated =
      evaluate(session.learner.evaluated(), *session.validationBatches,
               rulesOf(request.recipe, session, epoch), progress);
  if (!validated) return fail(validated.error());
  if (!validated->interrupted && !std::isfinite(validated->validation.loss)) {
    return notFiniteInValidation(epoch, validated->broken);
  }
  return std::optional(std::move(*validated));
}

// One epoch, its validation, its record and its checkpoint. False: told to stop, and saved.
Result<bool> runEpoch(const TrainRequest& request, Session& session, Progress& progress) {
  char note[64] = "";
  if (session.done.bestEpoch > 0) {
    std::snprintf(note, sizeof note, "best %s %.4f", session.metric->name, session.done.best);
  }
  const auto stopped = [&](const EpochReport& soFar) -> Result<bool> {
    if (auto saved = saveUnderWay(request, session, soFar); !saved) return fail(saved.error());
    return false;
  };
  const Result<EpochReport> trained = trainNext(request, session, progress, note);
  if (!trained) return fail(trained.error());
  if (trained->interrupted) return stopped(*trained);
  const std::string unrecorded = session.learner.step->recordingProblem();
  if (!unrecorded.empty() && !std::exchange(session.toldOfRecording, true)) {
    progress.line(unrecorded);
  }

  if (session.replaces) {  // nothing is there yet: a best one alone could not be gone on with
    if (auto saved = saveUnderWay(request, session, *trained); !saved) return fail(saved.error());
  }
  const int epoch = session.done.epochs;
  const MeanBefore mean = MeanBefore::of(session.learner, static_cast<std::uint32_t>(epoch));
  if (auto taken = takeIntoMean(session.learner, *session.trainingBatches,
                                static_cast<std::uint32_t>(epoch));
      !taken) {
    return fail(taken.error());
  }
  const Result<std::optional<ValidationReport>> outcome =
      validate(request, session, progress, note);
  if (!outcome) return fail(outcome.error());
  const ValidationReport* validated = *outcome ? &**outcome : nullptr;
  // Ranks, who take all batches into the mean together, meet again in the next epoch.
  if (validated != nullptr ? validated->interrupted
                           : session.ranks == nullptr && InterruptGuard::requested()) {
    mean.restore(session.learner);
    return stopped(*trained);
  }

  const Validation* validation = validated == nullptr ? nullptr : &validated->validation;
  const bool best = settle(session, validation);
  if (auto told = tellWatchers(session, *trained, validation); !told) return fail(told.error());
  if (session.writes()) {
    const Json record = recordOf(request, session, *trained, validated);
    if (auto written = appendRecord(session.run, record); !written) return fail(written.error());
  }
  if (auto saved = saveEpoch(request, session, best); !saved) return fail(saved.error());
  progress.line(summaryLine(request, session, *trained, validated));
  if (request.afterEpoch) request.afterEpoch(session.done.epochs);
  return true;
}

// What the ranks after the first begin with: its last checkpoint, or what it was told to.
Result<std::string> followFirst(const TrainRequest& request, Session& session) {
  session.run = RunFolder{request.run};
  const std::string last = session.ranks->fromFirst("");
  if (!last.empty()) {
    if (auto resumed = resume(request, last, session); !resumed) return fail(resumed.error());
    return std::string();
  }
  if (!request.init) return std::string();
  return startFrom(*request.init, session.learner);
}

// What a kill just behind the first checkpoint, which weights to start from have before all else,
// left undone: another run's checkpoints and recipe.
Result<void> makeUpFor(const Recipe& recipe, const RunFolder& run, int epochs) {
  if (epochs == 0) dropCheckpoints(run, {run.found("last")});
  const Result<Recipe> there = readRecipe(run.folder / "config.json", {});
  if (there && completeJson(*there) == completeJson(recipe)) return {};
  return writeRecipe(run, recipe);
}

// The folder, and what is said of where the run starts from.
Result<std::string> openFolder(const TrainRequest& request, Session& session) {
  if (!session.writes()) return followFirst(request, session);
  const bool resumes = request.resume && !isBegun(request.run);
  std::string start;
  if (request.init && !resumes) {
    Result<std::string> started = startFrom(*request.init, session.learner);
    if (!started) return fail(started.error());
    start = std::move(*started);
  }
  if (request.beforeWriting) {
    if (auto ready = request.beforeWriting(); !ready) return fail(ready.error());
  }
  Result<RunFolder> folder = resumes ? openRun(request.run) : createRun(request.run, request.force);
  if (!folder) return fail(folder.error());
  session.run = std::move(*folder);
  if (resumes) {
    const Result<std::string> last = readBytes(session.run.found("last"));
    if (!last) return fail(last.error());
    if (session.ranks) session.ranks->fromFirst(*last);
    if (auto resumed = resume(request, *last, session); !resumed) return fail(resumed.error());
    if (auto made = makeUpFor(request.recipe, session.run, session.done.epochs); !made)
      return fail(made.error());
    return resumingLine(session);
  }
  if (session.ranks) session.ranks->fromFirst("");
  session.replaces = true;
  if (request.init) {  // the recipe alone does not lead here again
    if (auto saved = saveUnderWay(request, session, {}); !saved) return fail(saved.error());
  } else {
    start = startFromNothing(request.recipe, session.learner.net->graph());
  }
  if (auto written = writeRecipe(session.run, request.recipe); !written)
    return fail(written.error());
  return start;
}

// Up to the last epoch, or until it is told to stop.
Result<void> runEpochs(const TrainRequest& request, Session& session, Progress& progress) {
  const std::optional<EarlyStop>& early = request.recipe.earlyStop;
  while (session.done.epochs < request.recipe.epochs && !session.learner.tried()) {
    if (early && early->reached(session.learner.history)) {
      progress.line("stopped early: " + early->metric + " without a gain for " +
                    std::to_string(early->patience + 1) +
                    (request.recipe.validateEvery > 1 ? " validations" : " epochs"));
      break;
    }
    const Result<bool> finished = runEpoch(request, session, progress);
    if (!finished) return fail(finished.error());
    if (*finished) continue;
    session.done.interrupted = true;
    session.done.signal =
        InterruptGuard::requested() ? InterruptGuard::askedBy() : "a signal to another rank";
    progress.note("stopped by " + session.done.signal);
    break;
  }
  return {};
}

Result<TrainSummary> run(TrainRequest request) {
  if (auto known = checkWatchers(request.watchers); !known) return fail(known.error());
  Session session;
  session.saveClock = SaveClock(request.save);
  const Result<RankPlace> place = rankPlace();
  if (!place) return fail(place.error());
  if (place->size > 1) {
    const Result<torch::Device> device =
        chooseDevice(request.device, place->local, place->localSize);
    if (!device) return fail(device.error());
    Result<std::unique_ptr<Ranks>> ranks = Ranks::join(*place, *device);
    if (!ranks) return fail(ranks.error());
    session.ranks = std::move(*ranks);
    session.done.first = session.ranks->first();
  }
  if (auto opened = openData(request, session); !opened) return fail(opened.error());
  session.place.files = fileStates(session.sets());
  if (auto alike = checkAlike(request, session); !alike) return fail(alike.error());
  const Result<std::string> batch = chooseBatch(request, session);
  if (!batch) return fail(batch.error());
  if (auto built = buildLearner(request, session); !built) return fail(built.error());
  const OwnStream stream(session.learner.device);
  const Result<std::string> checked = checkNumbers(request, session.learner);
  if (!checked) return fail(checked.error());
  const Result<std::string> start = openFolder(request, session);
  if (!start) return fail(start.error());
  if (auto same = checkSameStart(session); !same) return fail(same.error());

  if (session.writes()) {
    if (auto written = writeDataPlace(session.run, session.place); !written) {
      return fail(written.error());
    }
    if (auto opened = openWatchers(request, session); !opened) return fail(opened.error());
  }
  Progress progress(session.writes() ? session.run.log() : std::filesystem::path(),
                    request.quiet || !session.writes());
  progress.line(openingLine(request, session));
  for (const std::string& line : {absentLine(request, session), session.heldLine}) {
    if (!line.empty()) progress.line(line);
  }
  for (const std::string& line : imageLines(request, session)) progress.line(line);
  if (!batch->empty()) progress.line(*batch);
  if (!start->empty()) progress.line(*start);
  if (!session.changedFiles.empty()) progress.line(session.changedFiles);
  if (!checked->empty()) progress.line(*checked);

  const InterruptGuard guard;  // until all ranks have finished
  const Result<void> ended =
      withoutExceptions([&] { return runEpochs(request, session, progress); });
  if (!ended) {
    progress.note("failed: " + ended.error().message);
    return fail(ended.error());
  }
  session.done.step = session.learner.optimizer->state().step;
  if (session.ranks) session.ranks->finish();
  return session.done;
}

}  // namespace

Result<TrainSummary> train(const TrainRequest& request) {
  return withoutExceptions([&] { return run(request); });
}

}  // namespace limbus
