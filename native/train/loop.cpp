#include "native/train/loop.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <sstream>

#include "native/system/interrupt.h"
#include "native/system/text.h"
#include "native/train/pixel_counts.h"
#include "native/train/recent_losses.h"
#include "shared/random.h"

namespace limbus {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kNamedImages = 64;  // images in a message
constexpr std::int64_t kCheckEvery = 20;  // steps between looks at CUDA losses

void updateAverage(Executor& average, const Executor& net, double decay) {
  torch::NoGradGuard noGradients;
  torch::_foreach_mul_(average.tensors(), decay);
  torch::_foreach_add_(average.tensors(), net.tensors(), 1 - decay);
}

// As many as there are, up to `count`.
Result<std::vector<DeviceBatch>> nextBatches(BatchSource& source, int count) {
  std::vector<DeviceBatch> batches;
  for (int i = 0; i < count; ++i) {
    Result<std::optional<DeviceBatch>> batch = source.next();
    if (!batch) return fail(batch.error());
    if (!*batch) break;
    batches.push_back(std::move(**batch));
  }
  return batches;
}

std::int64_t lossesOf(const EpochReport& report) {
  return std::max<std::int64_t>(1, report.steps - report.leftOut);
}

// The ranks' losses summed, how many of them were told to stop, and whether it is time to save.
torch::Tensor agree(const Ranks& ranks, const torch::Tensor& loss, bool save) {
  const auto vote = [&](bool yes) {
    return torch::full({}, yes ? 1.0 : 0.0, torch::dtype(torch::kFloat64).device(loss.device()));
  };
  const torch::Tensor said =
      torch::stack({loss.to(torch::kFloat64), vote(InterruptGuard::requested()), vote(save)});
  ranks.sum(said);
  return said;
}

// The samples of all ranks. They must come here together.
std::vector<std::string> ofAllRanks(const Ranks* ranks, const std::vector<std::string>& ids) {
  if (ranks == nullptr) return ids;
  std::string own;
  for (const std::string& id : ids) own += id + '\n';
  std::vector<std::string> all;
  for (const std::string& lines : ranks->fromAll(own)) {
    std::istringstream text(lines);
    for (std::string id; std::getline(text, id);) all.push_back(id);
  }
  return all;
}

// All that the ranks counted; true: one of them was told to stop.
bool pool(const Ranks& ranks, torch::Device device, int classes,
          std::vector<ConfusionMatrix>& matrices, double& lossSum, double& images) {
  matrices = fromAllRanks(ranks, matrices, classes);
  const torch::Tensor all =
      torch::tensor({lossSum, images, InterruptGuard::requested() ? 1.0 : 0.0}, torch::kFloat64)
          .to(device);
  ranks.sum(all);
  const torch::Tensor said = all.to(torch::kCPU);
  lossSum = said[0].item<double>();
  images = said[1].item<double>();
  return said[2].item<double>() > 0;
}

std::string imagesIn(const std::vector<std::string>& ids) {
  return ids.empty() ? "" : ", images " + joinFirst(ids, kNamedImages);
}

// `epoch` counts from 0; `ids`: of the step's samples, those of all ranks.
tl::unexpected<Error> notFinite(std::uint32_t epoch, const RecentLosses::Step& step, int spared,
                                const std::vector<std::string>& ids) {
  return fail(ErrorCode::badData,
              "the loss is no longer a finite number (epoch " + std::to_string(epoch + 1) +
                  ", step " + std::to_string(step.number) + ", lr " + showNumber(step.lr) +
                  imagesIn(ids) +
                  "); try a lower learning rate: --set schedule.lr=..., or "
                  "leave " +
                  (spared > 0 ? "more " : "") + "such steps out: --skip-nonfinite N");
}

// What was counted before a run went on stands once, with the first rank.
void beginCounts(const Learner& learner, const EpochReport& begun) {
  const bool first = learner.ranks == nullptr || learner.ranks->first();
  learner.step->counts.zero_();
  if (first && begun.counts) setPixels(learner.step->counts, *begun.counts);
}

// What an epoch's steps counted, of all ranks together.
ConfusionMatrix countsOf(const Learner& learner) {
  if (learner.ranks == nullptr) return matrixOf(learner.step->counts);
  const torch::Tensor all = learner.step->counts.clone();
  learner.ranks->sum(all);
  return matrixOf(all);
}

}  // namespace

tl::unexpected<Error> notFiniteInValidation(int epoch, const std::vector<std::string>& ids) {
  return fail(ErrorCode::badData, "the validation loss is no finite number (epoch " +
                                      std::to_string(epoch + 1) + imagesIn(ids) +
                                      "); the weights have left what numbers can hold: try a lower "
                                      "learning rate: --set schedule.lr=...");
}

double averageDecay(double emaDecay, std::int64_t step) {
  return std::min(emaDecay, (1.0 + static_cast<double>(step)) / (10.0 + static_cast<double>(step)));
}

Result<EpochReport> trainEpoch(Learner& learner, BatchSource& source, std::uint32_t epoch,
                               Progress& progress, const EpochReport& begun,
                               const BetweenSteps& between) {
  const Clock::time_point started = Clock::now();
  EpochReport report = begun;
  learner.net->train();
  learner.net->hold(learner.stillIn(epoch));
  RecentLosses recent(kCheckEvery, learner.device);
  const bool counts = learner.step->counts.defined();
  const auto soFar = [&] {
    if (counts) report.counts = countsOf(learner);
    report.loss = report.lossSum / static_cast<double>(lossesOf(report));
    report.seconds = begun.seconds + secondsSince(started);
    report.loader = source.times() + begun.loader;
    return report;
  };
  if (counts) beginCounts(learner, begun);
  source.start(epoch, begun.steps * learner.accumulate);
  const auto broken = [&](const RecentLosses::Step& step) {
    return notFinite(epoch, step, learner.spared, ofAllRanks(learner.ranks, step.ids));
  };
  bool stop = learner.ranks == nullptr && InterruptGuard::requested();
  while (!stop && !learner.tried()) {
    const Result<std::vector<DeviceBatch>> batches = nextBatches(source, learner.accumulate);
    if (!batches) return fail(batches.error());
    const bool whole = static_cast<int>(batches->size()) == learner.accumulate;
    if (batches->empty() || (!whole && report.steps > 0)) break;  // a rest makes no step
    const std::int64_t step = learner.optimizer->state().step;
    const Rates rates = ratesAt(learner.schedule,
                                {.step = step,
                                 .totalSteps = learner.totalSteps,
                                 .stepsPerEpoch = learner.stepsPerEpoch,
                                 .history = &learner.history},
                                learner.warmup);
    torch::manual_seed(
        Random(learner.seed, epoch, static_cast<std::uint32_t>(step), Purpose::dropout).bits() +
        static_cast<std::uint64_t>(learner.ranks == nullptr ? 0 : learner.ranks->rank()));
    RecentLosses::Step made{.number = step + 1, .lr = rates.lr, .ids = {}};
    for (const DeviceBatch& batch : *batches) {
      made.ids.insert(made.ids.end(), batch.ids.begin(), batch.ids.end());
    }

    torch::Tensor loss = (*learner.step)(*batches, rates, static_cast<int>(epoch));
    bool save = between.due && between.due();
    // Ranks look, save and stop after the same steps, whichever of them is told to.
    const bool regular = learner.device.is_cpu() || made.number % kCheckEvery == 0;
    if (learner.ranks != nullptr) {
      const torch::Tensor said = agree(*learner.ranks, loss, save);
      loss = said[0] / learner.ranks->size();
      stop = regular && said[1].item<double>() > 0;
      save = regular && said[2].item<double>() > 0;
    } else {
      stop = InterruptGuard::requested();
    }
    if (learner.step->leftOut()) {
      ++report.steps;
      if (++report.leftOut > learner.spared) return broken(made);
      progress.line("step " + std::to_string(made.number) +
                    " left out, its loss or a gradient was no finite number: " +
                    joinFirst(ofAllRanks(learner.ranks, made.ids), kNamedImages));
      continue;
    }
    if (learner.emaDecay > 0) {
      updateAverage(*learner.average, *learner.net, averageDecay(learner.emaDecay, step));
    }

    recent.add(std::move(made), loss);
    report.lr = rates.lr;
    ++report.steps;
    const bool look =
        regular || recent.full() || save || (learner.ranks == nullptr && progress.due());
    if (!look) continue;
    if (const auto wrong = recent.look(report.lossSum)) return broken(*wrong);
    const double mean = report.lossSum / static_cast<double>(lossesOf(report));
    if (progress.due()) progress.step(report.steps, mean);
    if (!save) continue;
    if (auto saved = between.save(soFar()); !saved) return fail(saved.error());
  }
  if (const auto wrong = recent.look(report.lossSum)) return broken(*wrong);
  report.interrupted = stop;
  return soFar();
}

Result<ValidationReport> evaluate(Executor& net, BatchSource& source, const ValidationRules& rules,
                                  Progress& progress) {
  const Clock::time_point started = Clock::now();
  torch::NoGradGuard noGradients;
  const bool wasTraining = net.is_training();
  net.eval();
  std::vector<ConfusionMatrix> matrices;
  if (!rules.convention.byImage) matrices.emplace_back(rules.classes);
  double lossSum = 0, images = 0;
  ValidationReport report;
  source.start(0, 0);
  while (!InterruptGuard::requested()) {
    const Result<std::optional<DeviceBatch>> batch = source.next();
    if (!batch) return fail(batch.error());
    if (!*batch) break;
    LossInput input = lossInputOf(net.pass((*batch)->images), **batch, rules.loss);
    input.epoch = rules.epoch;
    const double value = rules.loss(input).item<double>();
    const double share = static_cast<double>(input.target.size(0));
    lossSum += value * share;
    images += share;
    if (!std::isfinite(value)) {
      report.broken.insert(report.broken.end(), (*batch)->ids.begin(), (*batch)->ids.end());
    }
    for (ConfusionMatrix& one : countByImage(input.heads[0], input.target)) {
      if (rules.convention.byImage) {
        matrices.push_back(std::move(one));
      } else {
        matrices[0].add(one);
      }
    }
    if (!progress.due()) continue;
    progress.step(static_cast<std::int64_t>(std::ceil(images / rules.batch)), lossSum / images);
  }
  net.train(wasTraining);
  report.interrupted = InterruptGuard::requested();
  if (rules.ranks != nullptr) {
    report.interrupted =
        pool(*rules.ranks, net.tensors().at(0).device(), rules.classes, matrices, lossSum, images);
  }
  report.validation.loss = lossSum / std::max(1.0, images);
  if (!std::isfinite(lossSum)) report.broken = ofAllRanks(rules.ranks, report.broken);
  report.seconds = secondsSince(started);
  if (report.interrupted) return report;
  Result<Scores> scores = rules.convention.score(matrices);
  if (!scores) return fail(scores.error());
  report.validation.scores = std::move(*scores);
  return report;
}

}  // namespace limbus
