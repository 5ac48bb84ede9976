#include "native/train/train.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "native/data/class_shares.h"
#include "native/system/files.h"
#include "native/system/interrupt.h"
#include "native/train/checkpoint.h"
#include "native/train/device.h"
#include "native/train/loop.h"
#include "native/train/run_folder.h"
#include "native/train/self_check.h"
#include "native/train/torch_compat.h"
#include "native/train/watch.h"
#include "shared/graph/op.h"
#include "shared/model/onnx_model.h"

namespace limbus {
namespace {

struct Session {
  RunFolder run;
  std::unique_ptr<Dataset> trainingSet, validationSet;
  std::unique_ptr<BatchSource> trainingBatches, validationBatches;
  Learner learner;
  const BestMetricRow* metric = nullptr;
  std::vector<std::unique_ptr<Watcher>> watchers;
  DeviceBatch sample;  // what watchers show
  TrainSummary done;
};

Result<std::unique_ptr<Dataset>> openSplit(const TrainRequest& request, const char* split) {
  const Recipe& recipe = request.recipe;
  Result<std::unique_ptr<Dataset>> set =
      openDivided(recipe.data,
                  {.root = request.data, .split = split, .classes = recipe.classes, .divide = true},
                  recipe.split);
  if (set && (*set)->size() == 0) {
    return fail(ErrorCode::badData, "the " + std::string(split) + " split of dataset '" +
                                        recipe.data.name() + "' is empty");
  }
  return set;
}

Result<void> openData(const TrainRequest& request, Session& session) {
  for (auto [split, set] : {std::pair("train", &session.trainingSet),
                            std::pair("validation", &session.validationSet)}) {
    Result<std::unique_ptr<Dataset>> opened = openSplit(request, split);
    if (!opened) return fail(opened.error());
    *set = std::move(*opened);
  }
  return {};
}

void startLoaders(const Recipe& recipe, const Loss& loss, torch::Device device, Session& session) {
  LoaderOptions options{.batch = recipe.batch,
                        .workers = recipe.workers,
                        .seed = recipe.seed,
                        .maps = loss.needs(),
                        .classes = static_cast<int>(recipe.classes.size())};
  options.mixedSizes = true;
  session.validationBatches = std::make_unique<LoaderSource>(
      *session.validationSet, recipe.input, std::vector<Augmentation>{}, options, device);
  options.mixedSizes = false;
  options.shuffle = true;
  // A last batch of one image would spoil batch norms: left out, unless there is no other.
  options.dropLast = session.trainingSet->size() >= static_cast<std::size_t>(recipe.batch);
  session.trainingBatches = std::make_unique<LoaderSource>(*session.trainingSet, recipe.input,
                                                           recipe.augmentations, options, device);
}

std::int64_t stepsPerEpoch(const Session& session) {
  return session.trainingBatches->batchesPerEpoch();
}

Result<void> buildLearner(const TrainRequest& request, Session& session) {
  const Recipe& recipe = request.recipe;
  Learner& learner = session.learner;
  Result<torch::Device> device = chooseDevice(request.device);
  if (!device) return fail(device.error());
  Result<Graph> graph = buildNet(recipe.net, recipe.ports());
  if (!graph) return fail(graph.error());

  learner.device = *device;
  learner.loss = {.sum = recipe.loss, .auxiliaryWeight = recipe.auxiliaryWeight};
  if (learner.loss.needsShares()) {
    const Result<std::vector<double>> shares =
        classShares(*session.trainingSet, static_cast<int>(recipe.classes.size()), recipe.workers);
    if (!shares) return fail(shares.error());
    learner.loss.shares = torch::tensor(*shares);
  }
  startLoaders(recipe, learner.loss, *device, session);
  learner.schedule = recipe.schedule;
  learner.warmup = recipe.warmup;
  learner.freezeEncoder = recipe.freezeEncoder;
  learner.freezeNorms = recipe.freezeNorms;
  learner.seed = recipe.seed;
  learner.emaDecay = recipe.emaDecay;
  learner.stepsPerEpoch = stepsPerEpoch(session);
  learner.totalSteps = learner.stepsPerEpoch * recipe.epochs;
  learner.stopAt = request.steps;
  learner.net = std::make_shared<Executor>(*graph, recipe.seed);
  learner.net->to(learner.device);
  if (recipe.emaDecay > 0) {
    learner.average = std::make_shared<Executor>(*graph, recipe.seed);
    learner.average->to(learner.device);
  }
  const GroupRules rules{.rates = recipe.partRates,
                         .decayAll = recipe.decayAll,
                         .freezeNorms = recipe.freezeNorms,
                         .encoderStillSteps = learner.stepsPerEpoch * recipe.freezeEncoder};
  learner.optimizer = std::make_unique<Optimizer>(recipe.optimizer, learner.net->learned(),
                                                  groupsOf(*graph, rules), recipe.lookahead);
  learner.step =
      std::make_unique<Step>(*learner.net, learner.loss, *learner.optimizer, recipe.clipGradient);
  session.metric = findRow(bestMetrics(), recipe.bestMetric);
  if (learner.device.is_cuda()) at::globalContext().setBenchmarkCuDNN(true);
  return {};
}

// What to tell of it; empty when all is right, or unchecked.
Result<std::string> checkNumbers(const TrainRequest& request, Learner& learner) {
  if (!request.selfCheck) return std::string();
  std::vector<Executor*> nets = {learner.net.get()};
  if (learner.average) nets.push_back(learner.average.get());
  return selfCheck(nets, request.recipe.input, learner.device);
}

std::string listed(const char* what, const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(8, names.size()); ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  if (names.size() > 8) text += ", ...";
  return names.empty() ? "" : "; " + std::to_string(names.size()) + " " + what + ": " + text;
}

Result<Weights> readWeights(const std::filesystem::path& file) {
  if (file.extension() != ".onnx") {
    Result<Checkpoint> checkpoint = readCheckpoint(file);
    if (!checkpoint) return fail(checkpoint.error());
    return std::move(checkpoint->weights);
  }
  const Result<std::string> bytes = readBytes(file);
  if (!bytes) return fail(bytes.error());
  Result<OnnxModel> model = readOnnx(*bytes);
  if (!model) return fail(model.error().code, file.string() + ": " + model.error().message);
  return std::move(model->weights);
}

// --init: takes what fits by name and shape, and says what did not.
Result<std::string> startFrom(const std::filesystem::path& file, Learner& learner) {
  const Result<Weights> weights = readWeights(file);
  if (!weights) return fail(weights.error());
  for (const Node& node : learner.net->graph().nodes) {
    if (node.op != Op::batchNorm || file.extension() != ".onnx") continue;
    const std::string& scale = learner.net->graph().parameters[node.parameters[0]].name;
    if (weights->count(scale) != 0) continue;
    return fail(ErrorCode::badData, file.string() + ": its batch norms are folded away ('" + scale +
                                        "' is missing); start from the RUN it was exported from");
  }
  const LoadReport report = learner.net->loadMatching(*weights);
  if (learner.average) learner.average->loadMatching(*weights);
  if (report.loaded == 0) {
    return fail(ErrorCode::badData, file.string() + ": none of its tensors fits net '" +
                                        learner.net->graph().name + "' by name and shape");
  }
  return "started from " + file.string() + ": " + std::to_string(report.loaded) +
         " tensors loaded" + listed("not in the file", report.missing) +
         listed("not in the net", report.unexpected) + listed("of another shape", report.misshapen);
}

Result<void> resume(const TrainRequest& request, Session& session) {
  Result<SavedRun> saved = readSavedRun(session.run.found("last"));
  if (!saved) return fail(saved.error());
  const Result<Recipe> before = parseRecipe(saved->recipeJson, {});
  if (!before) return fail(before.error());
  const std::string place = firstDifference(completeJson(*before), completeJson(request.recipe));
  if (!place.empty()) {
    return fail(ErrorCode::badArgument,
                session.run.folder.string() + " was trained with another recipe: '" + place +
                    "' differs; pass the same recipe and --set, or start a new RUN");
  }
  const std::int64_t steps = stepsPerEpoch(session);
  if (saved->step != steps * saved->epoch) {
    return fail(ErrorCode::badArgument,
                session.run.folder.string() +
                    " was trained on other data, or was a trial with --steps: it took " +
                    std::to_string(saved->step) + " steps in " + std::to_string(saved->epoch) +
                    " epochs, these images make " + std::to_string(steps) + " per epoch");
  }
  Learner& learner = session.learner;
  if (auto fit = learner.net->load(learner.average ? saved->training : saved->weights); !fit)
    return fit;
  if (learner.average) {
    if (auto fit = learner.average->load(saved->weights); !fit) return fit;
  }
  if (auto fit = unpackSlots(saved->optimizer, learner.net->graph(), *learner.optimizer); !fit)
    return fit;
  learner.optimizer->state().step = saved->step;
  learner.history = std::move(saved->history);
  session.done = {saved->epoch, saved->bestEpoch, saved->best, false};
  return trimRecords(session.run, saved->epoch);
}

// Counts the epoch; true: it is the best so far.
bool settle(Session& session, const Validation& validation) {
  TrainSummary& done = session.done;
  session.learner.history.push_back(valuesOf(validation));
  const double value = session.metric->value(validation);
  ++done.epochs;
  if (done.bestEpoch != 0 && !better(*session.metric, value, done.best)) return false;
  done.best = value;
  done.bestEpoch = done.epochs;
  return true;
}

// The best first, then the last: who stops between the two repeats this epoch, to the same
// end.
Result<void> save(const TrainRequest& request, const Session& session, bool best) {
  const Learner& learner = session.learner;
  SavedRun saved;
  saved.recipeJson = request.recipe.json;
  saved.epoch = session.done.epochs;
  saved.step = learner.optimizer->state().step;
  saved.bestEpoch = session.done.bestEpoch;
  saved.best = session.done.best;
  saved.history = learner.history;
  saved.weights = learner.evaluated().weights();
  if (best) {
    if (auto written = writeSavedRun(session.run.best(), saved); !written) return written;
  }
  if (learner.average) saved.training = learner.net->weights();
  saved.optimizer = packSlots(*learner.optimizer, learner.net->graph());
  return writeSavedRun(session.run.last(), saved);
}

double perStep(double milliseconds, std::int64_t steps) {
  return milliseconds / static_cast<double>(std::max<std::int64_t>(1, steps));
}

Json recordOf(const TrainRequest& request, const Session& session, const EpochReport& trained,
              const ValidationReport& validated) {
  const Scores& scores = validated.validation.scores;
  Json iou = Json::object();
  for (std::size_t i = 0; i < scores.classes.size(); ++i) {
    const std::optional<double>& value = scores.classes[i].iou;
    iou[request.recipe.classes[i].name] = value ? Json(*value) : Json();
  }
  return {{"epoch", session.done.epochs},
          {"step", session.learner.optimizer->state().step},
          {"lr", trained.lr},
          {"trainLoss", trained.loss},
          {"validation",
           {{"loss", validated.validation.loss},
            {"mIoU", scores.mIoU},
            {"mDice", scores.mDice},
            {"pixelAccuracy", scores.pixelAccuracy},
            {"classAccuracy", scores.classAccuracy},
            {"iou", iou}}},
          {"best", session.done.best},
          {"bestEpoch", session.done.bestEpoch},
          {"trainSeconds", trained.seconds},
          {"validationSeconds", validated.seconds},
          {"stepsPerSecond", static_cast<double>(trained.steps) / std::max(1e-9, trained.seconds)},
          {"waitForDataMsPerStep", perStep(trained.loader.waitedMs, trained.steps)},
          {"loaderBlockedMs", trained.loader.blockedMs}};
}

std::string epochTitle(const TrainRequest& request, int epoch) {
  return "epoch " + std::to_string(epoch) + "/" + std::to_string(request.recipe.epochs);
}

std::string summaryLine(const TrainRequest& request, const Session& session,
                        const EpochReport& trained, const ValidationReport& validated) {
  char text[320];
  std::snprintf(text, sizeof text,
                "%s  loss %.4f  validation loss %.4f  mIoU %.4f  (best %s %.4f, epoch %d)  "
                "lr %.2e  %.2f it/s  wait for data %.1f ms/step  %s + %s",
                epochTitle(request, session.done.epochs).c_str(), trained.loss,
                validated.validation.loss, validated.validation.scores.mIoU, session.metric->name,
                session.done.best, session.done.bestEpoch, trained.lr,
                static_cast<double>(trained.steps) / std::max(1e-9, trained.seconds),
                perStep(trained.loader.waitedMs, trained.steps),
                showDuration(trained.seconds).c_str(), showDuration(validated.seconds).c_str());
  return text;
}

std::string openingLine(const TrainRequest& request, const Session& session) {
  const Learner& learner = session.learner;
  return request.recipe.name + ": " + request.recipe.net.name() + ", " +
         std::to_string(countParameters(learner.net->graph())) + " parameters, on " +
         learner.device.str() + ", " + std::to_string(torch::get_num_threads()) + " threads; " +
         std::to_string(session.trainingSet->size()) + " training and " +
         std::to_string(session.validationSet->size()) + " validation images, " +
         std::to_string(stepsPerEpoch(session)) + " steps per epoch; limbus " + LIMBUS_VERSION +
         ", LibTorch " + compat::libtorchVersion();
}

Result<void> openWatchers(const TrainRequest& request, Session& session) {
  for (const std::string& name : request.watchers) {
    const WatcherRow* row = findRow(watchers(), name);
    if (row == nullptr) {
      return fail(ErrorCode::badArgument,
                  "--log: " + unknownName("log", name, namesOf(watchers())));
    }
    Result<std::unique_ptr<Watcher>> watcher =
        row->open({.run = session.run.folder,
                   .recipe = request.recipe,
                   .epochs = session.done.epochs,
                   .step = session.learner.optimizer->state().step});
    if (!watcher) return fail(watcher.error());
    session.watchers.push_back(std::move(*watcher));
  }
  if (session.watchers.empty()) return {};
  session.validationBatches->start(0);
  Result<std::optional<DeviceBatch>> batch = session.validationBatches->next();
  if (!batch) return fail(batch.error());
  session.sample = std::move(batch->value());  // an empty validation set was refused before
  return {};
}

// One epoch, its validation, its record and its checkpoint. False: interrupted.
Result<bool> runEpoch(const TrainRequest& request, Session& session, Progress& progress) {
  char note[64] = "";
  if (session.done.bestEpoch > 0) {
    std::snprintf(note, sizeof note, "best %s %.4f", session.metric->name, session.done.best);
  }
  const int epoch = session.done.epochs;
  const Learner& learner = session.learner;
  const std::int64_t taken = learner.optimizer->state().step;
  const std::int64_t left =
      (learner.stopAt > 0 ? std::min(learner.stopAt, learner.totalSteps) : learner.totalSteps) -
      taken;
  const std::int64_t steps = std::min(left, stepsPerEpoch(session));
  progress.begin(epochTitle(request, epoch + 1), steps, left - steps, note);
  const Result<EpochReport> trained = trainEpoch(session.learner, *session.trainingBatches,
                                                 static_cast<std::uint32_t>(epoch), progress);
  if (!trained) return fail(trained.error());
  if (trained->interrupted) return false;

  progress.begin(epochTitle(request, epoch + 1) + " validation",
                 session.validationBatches->batchesPerEpoch(), 0, note);
  const Result<ValidationReport> validated =
      evaluate(session.learner.evaluated(), *session.validationBatches, session.learner.loss,
               static_cast<int>(request.recipe.classes.size()), progress, epoch);
  if (!validated) return fail(validated.error());
  if (validated->interrupted) return false;
  if (!std::isfinite(validated->validation.loss)) {
    return notFinite(epoch, session.learner.optimizer->state().step, trained->lr);
  }

  const bool best = settle(session, validated->validation);
  for (const std::unique_ptr<Watcher>& watcher : session.watchers) {
    const auto written = watcher->after({.epoch = session.done.epochs,
                                         .step = session.learner.optimizer->state().step,
                                         .trained = *trained,
                                         .validation = validated->validation,
                                         .net = session.learner.evaluated(),
                                         .sample = session.sample});
    if (!written) return fail(written.error());
  }
  const Json record = recordOf(request, session, *trained, *validated);
  if (auto written = appendRecord(session.run, record); !written) return fail(written.error());
  if (auto saved = save(request, session, best); !saved) return fail(saved.error());
  progress.line(summaryLine(request, session, *trained, *validated));
  if (request.afterEpoch) request.afterEpoch(session.done.epochs);
  return true;
}

Result<TrainSummary> run(const TrainRequest& request) {
  Session session;
  if (auto opened = openData(request, session); !opened) return fail(opened.error());
  if (auto built = buildLearner(request, session); !built) return fail(built.error());
  const Result<std::string> checked = checkNumbers(request, session.learner);
  if (!checked) return fail(checked.error());
  std::string start;
  if (request.init && !request.resume) {
    Result<std::string> started = startFrom(*request.init, session.learner);
    if (!started) return fail(started.error());
    start = std::move(*started);
  }
  Result<RunFolder> folder =
      request.resume ? openRun(request.run) : createRun(request.run, request.recipe, request.force);
  if (!folder) return fail(folder.error());
  session.run = *folder;
  if (request.resume) {
    if (auto resumed = resume(request, session); !resumed) return fail(resumed.error());
    start = "resuming after epoch " + std::to_string(session.done.epochs);
  }

  if (auto opened = openWatchers(request, session); !opened) return fail(opened.error());
  Progress progress(session.run.log(), request.quiet);
  progress.line(openingLine(request, session));
  if (!start.empty()) progress.line(start);
  if (!checked->empty()) progress.line(*checked);

  InterruptGuard guard;
  const std::optional<EarlyStop>& early = request.recipe.earlyStop;
  while (session.done.epochs < request.recipe.epochs && !session.learner.tried()) {
    if (early && early->reached(session.learner.history)) {
      progress.line("stopped early: " + early->metric + " without a gain for " +
                    std::to_string(early->patience + 1) + " epochs");
      break;
    }
    const Result<bool> finished = runEpoch(request, session, progress);
    if (!finished) return fail(finished.error());
    if (*finished) continue;
    session.done.interrupted = true;
    break;
  }
  return session.done;
}

std::string firstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

Result<TrainSummary> train(const TrainRequest& request) {
  try {
    return run(request);
  } catch (const c10::Error& error) {
    const std::string message = firstLine(error.what_without_backtrace());
    const bool memory = message.find("out of memory") != std::string::npos ||
                        message.find("not enough memory") != std::string::npos;
    return fail(ErrorCode::unsupported,
                "LibTorch: " + message + (memory ? "; try a smaller batch: --set batch=..." : ""));
  } catch (const std::exception& error) {
    return fail(ErrorCode::unsupported, "training failed: " + firstLine(error.what()));
  }
}

}  // namespace limbus
