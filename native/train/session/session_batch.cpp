// A recipe whose batch is "auto": twice as many images as long as that pays.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "native/system/text.h"
#include "native/train/device.h"
#include "native/train/exceptions.h"
#include "native/train/executor/cuda_graph.h"
#include "native/train/files/checkpoint.h"
#include "native/train/session/session.h"
#include "shared/graph/op.h"
#include "shared/nets/nets.h"
#include "shared/ops/shapes.h"

namespace limbus {
namespace {

constexpr int kLeast = 2;           // batch norms want more than one
constexpr int kUnasked = 8;         // as far as it fits, whether it is quicker or not
constexpr int kStepsPerEpoch = 10;  // that are left of an epoch at least
constexpr double kGain = 1.1;       // in images per second, for which twice as many are taken
constexpr double kShare = 0.8;      // of the memory that is free
constexpr int kMostShares = 2;      // of a step that accumulates
constexpr int kTimedSteps = 3;      // at least, and
constexpr double kTimedSeconds = 0.2;

struct Tried {
  bool fits = false;
  bool twiceFits = false;
  double imagesPerSecond = 0;
  std::int64_t bytes = 0;  // more than before the first try; on CUDA with what made the batch
};

// `own`: the images of a mean teacher are as many as its rules say, whatever the batch.
DeviceBatch repeated(const DeviceBatch& one, std::int64_t times, bool own) {
  DeviceBatch batch = changed(one, [times](const torch::Tensor& part) {
    std::vector<std::int64_t> repeats(static_cast<std::size_t>(part.dim()), 1);
    repeats[0] = times;
    return part.repeat(repeats);
  });
  if (own) {
    batch.unlabelled = one.unlabelled;
    batch.unlabelledPlain = one.unlabelledPlain;
  }
  return batch;
}

class BatchTrial {
 public:
  BatchTrial(const TrainRequest& request, Session& session, const DeviceBatch& one)
      : request_(request),
        session_(session),
        one_(one),
        before_(session.learner.device.is_cuda() ? takenCudaBytes(session.learner.device)
                                                 : peakBytes(session.learner.device)) {}

  // Real steps of so many images for each rank.
  Tried operator()(int images) {
    Tried tried;
    try {
      tried = measured(images);
    } catch (const c10::Error& error) {
      if (session_.ranks || !isOutOfMemory(error.what_without_backtrace()))
        throw;  // the others wait for this one
    }
    return agreed(tried);
  }

 private:
  Tried measured(int images) {
    const Recipe& recipe = request_.recipe;
    Learner& learner = session_.learner;
    const bool ownNumber = recipe.meanTeacher && recipe.meanTeacher->batch > 0;
    const std::unique_ptr<Step> step = makeStep(request_, session_);
    const std::vector<DeviceBatch> batches(
        static_cast<std::size_t>(std::min(recipe.accumulate, kMostShares)),
        repeated(one_, images, ownNumber));
    const auto take = [&] { (*step)(batches, Rates{0, std::nullopt}); };
    // On CUDA libraries choose their kernels first, and then steps are recorded.
    for (int i = 0; i < (learner.device.is_cuda() ? 5 : 1); ++i) take();
    waitFor(learner.device);
    const auto start = std::chrono::steady_clock::now();
    int steps = 0;
    // Ranks take as many as the others.
    while (steps < kTimedSteps || (!session_.ranks && secondsSince(start) < kTimedSeconds)) {
      take();
      waitFor(learner.device);
      ++steps;
    }
    Tried tried{.fits = true,
                .imagesPerSecond = steps * images * static_cast<double>(batches.size()) /
                                   std::max(1e-9, secondsSince(start)),
                .bytes = peakBytes(learner.device) - before_};
    // On CUDA what this try took is free again, on a CPU it stays with the process.
    const auto wanted = static_cast<double>(tried.bytes * (learner.device.is_cuda() ? 2 : 1));
    const std::int64_t free = freeBytes(learner.device);
    tried.twiceFits = free == 0 || wanted < kShare * static_cast<double>(free);
    return tried;
  }

  Tried agreed(const Tried& own) const {
    if (!session_.ranks) return own;
    char text[96];
    std::snprintf(text, sizeof text, "%d %.9g %lld", own.twiceFits ? 1 : 0, own.imagesPerSecond,
                  static_cast<long long>(own.bytes));
    Tried all{.fits = own.fits, .twiceFits = true};
    for (const std::string& said : session_.ranks->fromAll(text)) {
      int twiceFits = 0;
      double speed = 0;
      long long bytes = 0;
      std::sscanf(said.c_str(), "%d %lg %lld", &twiceFits, &speed, &bytes);
      all.twiceFits = all.twiceFits && twiceFits != 0;
      all.imagesPerSecond += speed;
      all.bytes = std::max<std::int64_t>(all.bytes, bytes);
    }
    return all;
  }

  const TrainRequest& request_;
  Session& session_;
  const DeviceBatch& one_;
  std::int64_t before_;
};

struct BatchChoice {
  int images = 0;  // for each rank
  std::string because;
};

BatchChoice chosenBy(BatchTrial& trial, int ranks, std::int64_t most, Progress& progress) {
  BatchChoice choice;
  Tried last;
  for (int images = kLeast;; images *= 2) {
    const std::string all = std::to_string(images * ranks);
    const Tried tried = trial(images);
    if (!tried.fits) {
      choice.because = all + " do not fit in memory";
      return choice;
    }
    progress.line("batch " + all +
                  format(": %.1f images per second, %.1f MB more", tried.imagesPerSecond,
                         static_cast<double>(tried.bytes) / 1e6));
    if (images > kUnasked && tried.imagesPerSecond < kGain * last.imagesPerSecond) {
      choice.because = all + " are hardly quicker";
      return choice;
    }
    choice.images = images;
    if (images * 2 * ranks > most) {
      choice.because =
          "more would leave an epoch fewer than " + std::to_string(kStepsPerEpoch) + " steps";
      return choice;
    }
    if (!tried.twiceFits) {
      choice.because = "twice as many may not fit in memory";
      return choice;
    }
    last = tried;
  }
}

Result<BatchChoice> found(TrainRequest request, Session& session, Progress& progress) {
  const int ranks = session.ranks ? session.ranks->size() : 1;
  request.recipe.batch = ranks;
  if (auto built = buildLearner(request, session); !built) return fail(built.error());
  const OwnStream stream(session.learner.device);
  session.trainingBatches->start(0, 0);
  const Result<std::optional<DeviceBatch>> one = session.trainingBatches->next();
  if (!one) return fail(one.error());
  if (!*one) return fail(ErrorCode::badData, "the training split gives no batch");
  session.learner.net->train();
  BatchTrial trial(request, session, **one);
  const auto images = static_cast<std::int64_t>(session.trainingSet->size());
  BatchChoice choice =
      chosenBy(trial, ranks, images / (kStepsPerEpoch * request.recipe.accumulate), progress);
  if (choice.images > 0) return choice;
  return fail(ErrorCode::unsupported,
              "batch auto: " + choice.because +
                  "; take smaller images or a smaller network, or try \"batch\": 1");
}

// Of the run that is gone on with.
Result<int> batchBefore(const TrainRequest& request, const Session& session) {
  std::string batch;
  if (session.writes() && request.resume && !isBegun(request.run)) {
    const std::filesystem::path last = RunFolder{request.run}.found("last");
    if (!last.empty()) {
      const Result<SavedRun> saved = readSavedRun(last);
      if (!saved) return fail(withWayOn(saved.error(), RunFolder{request.run}));
      const Result<Recipe> recipe = parseRecipe(saved->recipeJson, {});
      if (!recipe) return fail(recipe.error());
      batch = std::to_string(recipe->batch);
    }
  }
  if (session.ranks) batch = session.ranks->fromFirst(batch);
  return batch.empty() ? 0 : std::stoi(batch);
}

}  // namespace

Result<void> checkNorms(const Recipe& recipe, const Session& session) {
  if (recipe.freezeNorms) return {};
  const Result<Graph> graph = buildNet(recipe.net, recipe.ports());
  if (!graph) return fail(graph.error());
  const int unlabelled = recipe.meanTeacher ? recipe.meanTeacher->batch : 0;  // 0: as many
  const auto images =
      std::min<std::int64_t>(unlabelled > 0 ? std::min(recipe.batch, unlabelled) : recipe.batch,
                             static_cast<std::int64_t>(session.trainingSet->size()));
  const InputSpec& input = recipe.input;
  const Result<std::vector<Dims>> shapes =
      inferShapes(*graph, {images, input.channels(), input.height, input.width});
  if (!shapes) return fail(shapes.error());
  const std::vector<bool> needed = neededNodes(*graph, true);
  for (std::size_t i = 0; i < graph->nodes.size(); ++i) {
    const Node& node = graph->nodes[i];
    if (node.op != Op::batchNorm || !needed[i]) continue;
    const Dims& shape = shapes->at(static_cast<std::size_t>(node.outputs[0]));
    if (elementCount(shape) > shape.at(1)) continue;
    const std::string& norm = graph->parameters[static_cast<std::size_t>(node.parameters[0])].name;
    return fail(ErrorCode::badArgument,
                "net '" + graph->name + "' pools an image to one pixel before '" + norm +
                    "', a batch norm, which has nothing to norm by in a batch of one image; begin "
                    "a run with " +
                    (unlabelled == 1    ? "a meanTeacher.batch of 2 or more"
                     : recipe.batch > 1 ? "more images"
                                        : "a batch of 2 or more") +
                    ", or with freezeNorms=true");
  }
  return {};
}

Result<std::string> chooseBatch(TrainRequest& request, Session& session) {
  if (request.recipe.batch > 0) {
    if (auto able = checkNorms(request.recipe, session); !able) return fail(able.error());
    return std::string();
  }
  const Result<int> before = batchBefore(request, session);
  if (!before) return fail(before.error());
  int batch = *before;
  std::string told;
  if (batch == 0) {
    Progress progress({}, request.quiet || !session.writes());
    const Result<BatchChoice> choice = found(request, session, progress);
    if (!choice) return fail(choice.error());
    batch = choice->images * (session.ranks ? session.ranks->size() : 1);
    told = "batch " + std::to_string(batch) + ", found by trying: " + choice->because;
    session.learner = Learner();
    session.trainingBatches.reset();
    session.validationBatches.reset();
  }
  Result<Recipe> recipe = request.recipe.withBatch(batch);
  if (!recipe) return fail(recipe.error());
  request.recipe = std::move(*recipe);
  if (auto able = checkNorms(request.recipe, session); !able) return fail(able.error());
  return told;
}

}  // namespace limbus
