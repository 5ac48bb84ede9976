#include "native/train/swa.h"

#include "native/system/interrupt.h"
#include "native/train/ranks/shared_norm.h"
#include "shared/ops/ops.h"
#include "shared/random.h"

namespace limbus {
namespace {

// A running mean or variance, and the share of a batch in what it becomes.
struct RunningStatistic {
  torch::Tensor tensor;
  double momentum;
};

std::vector<RunningStatistic> statisticsOf(const Executor& net) {
  std::vector<RunningStatistic> found;
  for (const Node& node : net.graph().nodes) {
    if (!keepsStatistics(node.op) || net.isStill(node)) continue;
    const double momentum = NodeView{net.graph(), node}.number("momentum");
    if (momentum == 0) continue;
    const std::vector<ParameterRole>& roles = opRow(node.op).parameters;
    for (std::size_t i = 0; i < roles.size(); ++i) {
      if (!roles[i].learned) found.push_back({net.tensors()[node.parameters[i]], momentum});
    }
  }
  return found;
}

int takenAfter(const Learner& learner, std::uint32_t epoch) {
  return learner.swa->taken(static_cast<int>(epoch) + 1, learner.epochs());
}

Result<void> measureNorms(Executor& net, BatchSource& source, std::uint32_t epoch) {
  std::vector<RunningStatistic> statistics = statisticsOf(net);
  if (statistics.empty()) return {};
  net.train();
  std::vector<torch::Tensor> sums;
  for (const RunningStatistic& one : statistics) sums.push_back(torch::zeros_like(one.tensor));
  std::int64_t batches = 0;
  source.start(epoch, 0);
  // Ranks that share norms go through it together.
  while (SharedNorms::ranks() != nullptr || !InterruptGuard::requested()) {
    const Result<std::optional<DeviceBatch>> batch = source.next();
    if (!batch) return fail(batch.error());
    if (!*batch) break;
    // From zero, a pass leaves the batch's own statistic times the momentum.
    for (RunningStatistic& one : statistics) one.tensor.zero_();
    net.forward((*batch)->images);
    for (std::size_t i = 0; i < sums.size(); ++i) {
      sums[i].add_(statistics[i].tensor, 1 / statistics[i].momentum);
    }
    ++batches;
  }
  for (std::size_t i = 0; i < sums.size() && batches > 0; ++i) {
    statistics[i].tensor.copy_(sums[i] / static_cast<double>(batches));
  }
  return {};
}

}  // namespace

MeanBefore MeanBefore::of(const Learner& learner, std::uint32_t epoch) {
  MeanBefore before{.tensors = {}, .averaged = learner.averaged};
  if (!learner.swa || takenAfter(learner, epoch) == learner.averaged) return before;
  for (const torch::Tensor& tensor : learner.average->tensors()) {
    before.tensors.push_back(tensor.clone());
  }
  return before;
}

void MeanBefore::restore(Learner& learner) const {
  const torch::NoGradGuard noGradients;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    torch::Tensor(learner.average->tensors()[i]).copy_(tensors[i]);
  }
  learner.averaged = averaged;
}

Result<void> takeIntoMean(Learner& learner, BatchSource& source, std::uint32_t epoch) {
  if (!learner.swa) return {};
  const int count = takenAfter(learner, epoch);
  if (count == learner.averaged) return {};
  const torch::NoGradGuard noGradients;
  torch::_foreach_mul_(learner.average->tensors(), 1.0 - 1.0 / count);
  torch::_foreach_add_(learner.average->tensors(), learner.net->tensors(), 1.0 / count);
  learner.averaged = count;
  torch::manual_seed(Random(learner.seed, epoch, 0, Purpose::dropout).bits());
  // Norms that stand still in training keep their statistics here, too.
  learner.average->hold(learner.stillIn(epoch));
  const SharedNorms sharing(learner.ranks);
  return measureNorms(*learner.average, source, epoch);
}

}  // namespace limbus
