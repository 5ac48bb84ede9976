#include "native/train/loop.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "native/system/interrupt.h"
#include "shared/random.h"

namespace limbus {
namespace {

using Clock = std::chrono::steady_clock;

// Weight of every auxiliary output's loss (Zhao et al., "Pyramid scene parsing network", 2017).
constexpr double kAuxiliaryWeight = 0.4;
constexpr std::int64_t kCheckEvery =
    20;  // steps between looks at a CUDA loss: each look waits for it

struct DeviceBatch {
  torch::Tensor images;  // [N,C,H,W] float
  torch::Tensor target;  // [N,H,W] int64, 255 void
};

// On the CPU the images stay where the loader put them: `batch` must outlive the result.
DeviceBatch toDevice(Batch& batch, torch::Device device) {
  const Dims& shape = batch.images.shape;
  torch::Tensor images = torch::from_blob(batch.images.values.data(), shape, torch::kFloat32);
  torch::Tensor masks =
      torch::from_blob(batch.masks.data(), {shape[0], shape[2], shape[3]}, torch::kUInt8);
  if (device.is_cuda()) {
    images = images.pin_memory().to(device, /*non_blocking=*/true);
    masks = masks.pin_memory().to(device, /*non_blocking=*/true);
  }
  return {images, masks.to(torch::kInt64)};
}

torch::Tensor atSizeOf(const torch::Tensor& logits, const torch::Tensor& target) {
  if (logits.size(2) == target.size(1) && logits.size(3) == target.size(2)) return logits;
  return torch::upsample_bilinear2d(logits, {target.size(1), target.size(2)}, false);
}

torch::Tensor lossOfAll(const LossTerms& loss, const std::vector<torch::Tensor>& outputs,
                        const torch::Tensor& target) {
  torch::Tensor sum = lossOf(loss, atSizeOf(outputs[0], target), target);
  for (std::size_t i = 1; i < outputs.size(); ++i) {
    sum = sum + kAuxiliaryWeight * lossOf(loss, atSizeOf(outputs[i], target), target);
  }
  return sum;
}

void updateAverage(Executor& average, const Executor& net, double decay) {
  torch::NoGradGuard noGradients;
  torch::_foreach_mul_(average.tensors(), decay);
  torch::_foreach_add_(average.tensors(), net.tensors(), 1 - decay);
}

// Pixels by image, truth and prediction: [N,K,K].
torch::Tensor countPixels(const torch::Tensor& logits, const torch::Tensor& target, int classes) {
  const torch::Tensor valid = target != kVoidLabel;  // [N,H,W]
  const torch::Tensor image = torch::arange(target.size(0), target.options()).view({-1, 1, 1});
  const torch::Tensor cell = (image * classes + target) * classes + logits.argmax(1);  // [N,H,W]
  return torch::bincount(cell.masked_select(valid), {}, target.size(0) * classes * classes)
      .view({target.size(0), classes, classes})
      .to(torch::kCPU);
}

}  // namespace

tl::unexpected<Error> notFinite(std::uint32_t epoch, std::int64_t step, double lr) {
  return fail(ErrorCode::badData, "the loss is no longer a finite number (epoch " +
                                      std::to_string(epoch + 1) + ", at or shortly before step " +
                                      std::to_string(step) + ", lr " + showNumber(lr) +
                                      "); try a lower learning rate: --set schedule.lr=...");
}

double averageDecay(double emaDecay, std::int64_t step) {
  return std::min(emaDecay, (1.0 + static_cast<double>(step)) / (10.0 + static_cast<double>(step)));
}

Result<EpochReport> trainEpoch(Learner& learner, Loader& loader, std::uint32_t epoch,
                               Progress& progress) {
  const Clock::time_point started = Clock::now();
  EpochReport report;
  learner.net->train();
  torch::Tensor lossSum = torch::zeros({}, torch::dtype(torch::kFloat64).device(learner.device));
  loader.start(epoch);
  while (!InterruptGuard::requested()) {
    Result<std::optional<Batch>> batch = loader.next();
    if (!batch) return fail(batch.error());
    if (!*batch) break;
    const DeviceBatch data = toDevice(**batch, learner.device);
    const std::int64_t step = learner.optimizer->state().step;
    const Rates rates = ratesAt(learner.schedule, step, learner.totalSteps);
    torch::manual_seed(
        Random(learner.seed, epoch, static_cast<std::uint32_t>(step), Purpose::dropout).bits());

    const torch::Tensor loss =
        lossOfAll(learner.loss, learner.net->forward(data.images), data.target);
    learner.optimizer->zeroGradients();
    loss.backward();
    learner.optimizer->step(rates);
    if (learner.average) {
      updateAverage(*learner.average, *learner.net, averageDecay(learner.emaDecay, step));
    }

    lossSum += loss.detach();
    report.lr = rates.lr;
    ++report.steps;
    const bool look = learner.device.is_cpu() || report.steps % kCheckEvery == 0 || progress.due();
    if (!look) continue;
    const double mean = lossSum.item<double>() / static_cast<double>(report.steps);
    if (!std::isfinite(mean)) return notFinite(epoch, step + 1, rates.lr);
    if (progress.due()) progress.step(report.steps, mean);
  }
  report.interrupted = InterruptGuard::requested();
  report.loss =
      lossSum.item<double>() / static_cast<double>(std::max<std::int64_t>(1, report.steps));
  if (!std::isfinite(report.loss)) {
    return notFinite(epoch, learner.optimizer->state().step, report.lr);
  }
  report.seconds = secondsSince(started);
  report.loader = loader.times();
  return report;
}

Result<ValidationReport> evaluate(Executor& net, Loader& loader, const LossTerms& loss, int classes,
                                  torch::Device device, Progress& progress) {
  const Clock::time_point started = Clock::now();
  torch::NoGradGuard noGradients;
  const bool wasTraining = net.is_training();
  net.eval();
  std::vector<ConfusionMatrix> matrices;
  double lossSum = 0;
  std::int64_t steps = 0;
  loader.start(0);
  while (!InterruptGuard::requested()) {
    Result<std::optional<Batch>> batch = loader.next();
    if (!batch) return fail(batch.error());
    if (!*batch) break;
    const DeviceBatch data = toDevice(**batch, device);
    const torch::Tensor logits = atSizeOf(net.forward(data.images)[0], data.target);
    const std::int64_t images = data.target.size(0);
    lossSum += lossOf(loss, logits, data.target).item<double>() * static_cast<double>(images);

    const torch::Tensor counts = countPixels(logits, data.target, classes);
    const auto cells = counts.accessor<std::int64_t, 3>();
    for (std::int64_t i = 0; i < images; ++i) {
      ConfusionMatrix& matrix = matrices.emplace_back(classes);
      for (int truth = 0; truth < classes; ++truth) {
        for (int predicted = 0; predicted < classes; ++predicted) {
          matrix.count(truth, predicted, cells[i][truth][predicted]);
        }
      }
    }
    ++steps;
    if (progress.due()) progress.step(steps, lossSum / static_cast<double>(matrices.size()));
  }
  net.train(wasTraining);
  ValidationReport report;
  report.interrupted = InterruptGuard::requested();
  report.validation.loss = lossSum / static_cast<double>(std::max<std::size_t>(1, matrices.size()));
  report.seconds = secondsSince(started);
  if (report.interrupted) return report;
  Result<Scores> scores = score("dataset", matrices);
  if (!scores) return fail(scores.error());
  report.validation.scores = std::move(*scores);
  return report;
}

}  // namespace limbus
