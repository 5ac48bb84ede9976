#include <algorithm>

#include "native/data/centre_square.h"
#include "native/data/class_shares.h"
#include "native/data/wrappers.h"
#include "native/system/memory.h"
#include "native/system/utf8.h"
#include "native/train/batches/batches_ahead.h"
#include "native/train/batches/resident_batches.h"
#include "native/train/device.h"
#include "native/train/executor/self_check.h"
#include "native/train/pixel_counts.h"
#include "native/train/session/session.h"

namespace limbus {
namespace {

Result<std::unique_ptr<Dataset>> openSplit(const TrainRequest& request, const char* split) {
  const Recipe& recipe = request.recipe;
  Result<std::unique_ptr<Dataset>> set =
      openDivided(recipe.data,
                  {.root = request.data, .split = split, .classes = recipe.classes, .divide = true},
                  recipe.split);
  if (set && (*set)->size() == 0) {
    const bool held = std::string(split) == "validation";
    return fail(
        ErrorCode::badData,
        "the " + std::string(split) + " split of dataset '" + recipe.data.name() + "' is empty" +
            (held ? "; --set data.split.folds=2 keeps half of the training images for it" : ""));
  }
  return set;
}

int sharedBatch(const Recipe& recipe, const Session& session) {
  return session.ranks == nullptr ? recipe.batch : recipe.batch / session.ranks->size();
}

Result<void> checkRanks(const Recipe& recipe, const Session& session) {
  if (session.ranks == nullptr) return {};
  const int size = session.ranks->size();
  if (recipe.batch % size != 0) {
    return fail(ErrorCode::badArgument, "batch " + std::to_string(recipe.batch) +
                                            " cannot be shared by " + std::to_string(size) +
                                            " ranks; set it to a multiple: --set batch=...");
  }
  if (session.trainingSet->size() < static_cast<std::size_t>(recipe.batch)) {
    return fail(ErrorCode::badArgument,
                "the training images, " + std::to_string(session.trainingSet->size()) +
                    ", are fewer than the batch of all ranks, " + std::to_string(recipe.batch) +
                    "; set a smaller one: --set batch=...");
  }
  return {};
}

// For every rank a part of it.
CacheRoom roomForImages(const Recipe& recipe, const Session& session) {
  constexpr std::int64_t kShare = 4;  // a quarter
  const int sharers = session.ranks == nullptr ? 1 : session.ranks->size();
  return cacheRoom(recipe.cacheImages ? freeMemoryBytes() / kShare / sharers : 0);
}

// The centre squares go in as large as they are.
InputSpec validationInput(const Recipe& recipe) {
  InputSpec input = recipe.input;
  if (recipe.validationCrop > 0) input.width = input.height = recipe.validationCrop;
  return input;
}

struct Place {
  torch::Device device;
  bool wanted = false;  // on it, where that can be
  CacheRoom room;       // else
};

// Batches made on the device, or the loader's. `set` is theirs.
Result<Resident> placeImages(std::unique_ptr<Dataset>& set, const InputSpec& input,
                             const std::vector<Augmentation>& augmentations,
                             const LoaderOptions& options, const Place& place) {
  Resident placed;
  if (place.wanted) {
    Result<Resident> resident = residentBatches(*set, input, augmentations, options, place.device);
    if (!resident) return fail(resident.error());
    placed = std::move(*resident);
  }
  if (placed.batches) {
    placed.batches = std::make_unique<BatchesAhead>(std::move(placed.batches), place.device);
  } else {
    set = cached(std::move(set), place.room);
    placed.batches =
        std::make_unique<LoaderSource>(*set, input, augmentations, options, place.device);
  }
  return placed;
}

Result<void> startLoaders(const Recipe& recipe, const Loss& loss, torch::Device device,
                          Session& session) {
  LoaderOptions options{.share = session.ranks == nullptr ? 0 : session.ranks->rank(),
                        .shares = session.ranks == nullptr ? 1 : session.ranks->size(),
                        .workers = recipe.workers,
                        .seed = recipe.seed,
                        .maps = loss.needs(),
                        .classes = static_cast<int>(recipe.classes.size())};
  const Place place{.device = device,
                    .wanted = recipe.dataOn == DataOn::device ||
                              (recipe.dataOn == DataOn::automatic && device.is_cuda()),
                    .room = roomForImages(recipe, session)};
  options.batch = sharedBatch(recipe, session);
  options.shuffle = true;
  // A last batch of one image would spoil batch norms: left out, unless there is no other.
  options.dropLast = session.trainingSet->size() >= static_cast<std::size_t>(recipe.batch);
  Result<Resident> training =
      placeImages(session.trainingSet, recipe.input, recipe.augmentations, options, place);
  if (!training) return fail(training.error());
  session.trainingBatches = std::move(training->batches);
  session.residentBytes = training->bytes;
  session.residentObstacle = std::move(training->obstacle);

  LoaderOptions whole = options;
  whole.mixedSizes = true;
  // Whole batches, whatever the ranks: a loss may depend on which images are together.
  whole.batch = recipe.batch;
  whole.shuffle = whole.dropLast = false;
  Result<Resident> validation =
      placeImages(session.validationSet, validationInput(recipe), {}, whole, place);
  if (!validation) return fail(validation.error());
  session.validationBatches = std::move(validation->batches);
  if (!recipe.meanTeacher) return {};
  session.unlabelledSet = cached(std::move(session.unlabelledSet), place.room);
  return startUnlabelled(recipe, options, session);
}

bool anyCountsTraining(const std::vector<std::string>& names) {
  return std::any_of(names.begin(), names.end(), [](const std::string& name) {
    const WatcherRow* row = findRow(watchers(), name);
    return row != nullptr && row->countsTraining;
  });
}

Result<void> prepareDevice(const TrainRequest& request, torch::Device device) {
  const Precision precision = request.recipe.precision;
  if (precision == Precision::float16 && !device.is_cuda()) {
    return fail(ErrorCode::unsupported,
                "precision 'float16' needs CUDA; on a CPU set precision=bfloat16 or float32");
  }
  allowPrecision(precision);
  at::globalContext().setBenchmarkCuDNN(!request.deterministic);
  if (request.deterministic) useDeterministicAlgorithms();
  return {};
}

DataPlace placeOf(const TrainRequest& request, const Dataset& training, const Dataset& validation) {
  DataPlace place{.given = request.data,
                  .training = whichSamples(training),
                  .validation = whichSamples(validation)};
  if (validation.divided() && request.recipe.split.folds == 0) return place;
  for (auto [set, names] :
       {std::pair(&training, &place.trained), std::pair(&validation, &place.held)}) {
    for (std::size_t i = 0; i < set->size(); ++i) names->push_back(nameInJson(set->facts(i).id));
  }
  return place;
}

}  // namespace

std::vector<const Dataset*> Session::sets() const {
  std::vector<const Dataset*> open;
  for (const auto* set : {&trainingSet, &validationSet, &unlabelledSet}) {
    if (*set) open.push_back(set->get());
  }
  return open;
}

TrainRequest writingNoSplit(TrainRequest request) {
  request.recipe.split = withoutWriting(std::move(request.recipe.split));
  return request;
}

Result<void> openData(const TrainRequest& request, Session& session) {
  for (auto [split, set] : {std::pair("train", &session.trainingSet),
                            std::pair("validation", &session.validationSet)}) {
    Result<std::unique_ptr<Dataset>> opened = openSplit(request, split);
    if (!opened) return fail(opened.error());
    *set = std::move(*opened);
  }
  session.place = placeOf(request, *session.trainingSet, *session.validationSet);
  if (const int side = request.recipe.validationCrop; side > 0) {
    session.validationSet = centreSquares(std::move(session.validationSet), side);
  }
  return openMore(request, session);
}

Result<void> buildLearner(const TrainRequest& request, Session& session) {
  const Recipe& recipe = request.recipe;
  Learner& learner = session.learner;
  const RankPlace place = session.ranks ? session.ranks->place() : RankPlace{};
  Result<torch::Device> device = chooseDevice(request.device, place.local, place.localSize);
  if (!device) return fail(device.error());
  Result<Graph> graph = buildNet(recipe.net, recipe.ports());
  if (!graph) return fail(graph.error());

  if (auto able = prepareDevice(request, *device); !able) return able;
  if (auto fit = checkRanks(recipe, session); !fit) return fit;
  learner.device = *device;
  learner.loss = {
      .sum = recipe.loss, .auxiliaryWeight = recipe.auxiliaryWeight, .borders = recipe.borders};
  if (learner.loss.needsShares()) {
    const Result<ClassShares> shares =
        classShares(*session.trainingSet, static_cast<int>(recipe.classes.size()), recipe.workers);
    if (!shares) return fail(shares.error());
    learner.loss.shares =
        torch::stack({torch::tensor(shares->all), torch::tensor(shares->held)}).to(learner.device);
  }
  if (recipe.teacher) {
    if (auto opened = openTeacher(request, learner); !opened) return opened;
  }
  if (auto started = startLoaders(recipe, learner.loss, *device, session); !started) return started;
  learner.schedule = recipe.schedule;
  learner.warmup = recipe.warmup;
  learner.freezeEncoder = recipe.freezeEncoder;
  learner.freezeNorms = recipe.freezeNorms;
  learner.seed = recipe.seed;
  learner.emaDecay = recipe.emaDecay;
  learner.swa = recipe.swa;
  learner.accumulate = recipe.accumulate;
  learner.stepsPerEpoch =
      std::max<std::int64_t>(1, session.trainingBatches->batchesPerEpoch() / recipe.accumulate);
  learner.totalSteps = learner.stepsPerEpoch * recipe.epochs;
  learner.stopAt = request.steps;
  learner.spared = request.skipNonFinite;
  learner.ranks = session.ranks.get();
  learner.net = std::make_shared<Executor>(*graph, recipe.seed);
  learner.net->to(learner.device);
  if (recipe.channelsLast) learner.net->channelsLast();
  if (recipe.emaDecay > 0 || recipe.swa) {
    learner.average = std::make_shared<Executor>(*graph, recipe.seed);
    learner.average->to(learner.device);
    if (recipe.channelsLast) learner.average->channelsLast();
  }
  if (auto watched = watchFeatures(recipe, learner); !watched) return watched;
  const GroupRules rules{.rates = recipe.partRates,
                         .decayAll = recipe.decayAll,
                         .freezeNorms = recipe.freezeNorms,
                         .encoderStillSteps = learner.stepsPerEpoch * recipe.freezeEncoder};
  learner.optimizer = std::make_unique<Optimizer>(recipe.optimizer, learner.net->learned(),
                                                  groupsOf(*graph, rules), recipe.lookahead);
  learner.step = makeStep(request, session);
  session.metric = findRow(bestMetrics(), recipe.bestMetric);
  return {};
}

std::unique_ptr<Step> makeStep(const TrainRequest& request, const Session& session) {
  const Recipe& recipe = request.recipe;
  const Learner& learner = session.learner;
  const bool recorded = learner.device.is_cuda() && recipe.cudaGraphs && session.ranks == nullptr;
  const StepOptions options{.clip = recipe.clipGradient,
                            .precision = recipe.precision,
                            .channelsLast = recipe.channelsLast,
                            .record = recorded ? CudaGraph::record : Recorder()};
  auto step = std::make_unique<Step>(*learner.net, learner.loss, *learner.optimizer, options);
  step->sparing = request.skipNonFinite > 0;
  step->ranks = session.ranks.get();
  if (anyCountsTraining(request.watchers)) {
    step->counts = pixelCounts(static_cast<int>(recipe.classes.size()), learner.device);
  }
  if (recipe.meanTeacher) {
    learner.average->eval();
    step->consistency = Consistency{learner.average, *recipe.meanTeacher};
  }
  return step;
}

ValidationRules rulesOf(const Recipe& recipe, const Session& session, int epoch) {
  return {.loss = session.learner.loss,
          .convention = *findRow(conventions(), recipe.convention),
          .classes = static_cast<int>(recipe.classes.size()),
          .epoch = epoch,
          .ranks = session.ranks.get(),
          .batch = recipe.batch};
}

Result<std::string> checkNumbers(const TrainRequest& request, Learner& learner) {
  if (!request.selfCheck) return std::string();
  std::vector<Executor*> nets = {learner.net.get()};
  if (learner.average) nets.push_back(learner.average.get());
  SelfCheckOptions options{.device = learner.device,
                           .precision = request.recipe.precision,
                           .channelsLast = request.recipe.channelsLast};
  if (learner.ranks != nullptr) {
    options.anywhere = [&](const std::vector<bool>& here) {
      return onAnyRank(*learner.ranks, here);
    };
  }
  return selfCheck(nets, request.recipe.input, options);
}

}  // namespace limbus
