#include "native/train/step.h"

#include <cmath>

#include "native/train/shared_norm.h"

namespace limbus {
namespace {

torch::Tensor atSizeOf(const torch::Tensor& logits, const torch::Tensor& target) {
  if (logits.size(2) == target.size(1) && logits.size(3) == target.size(2)) return logits;
  return torch::upsample_bilinear2d(logits, {target.size(1), target.size(2)}, false);
}

// The statistics of batch norms, which a forward pass moves.
Tensors runningOf(const Executor& net) {
  Tensors running;
  for (std::size_t i = 0; i < net.tensors().size(); ++i) {
    if (!net.graph().parameters[i].learned) running.push_back(net.tensors()[i]);
  }
  return running;
}

Tensors copiesOf(const Tensors& tensors) {
  Tensors copies;
  for (const torch::Tensor& tensor : tensors) copies.push_back(tensor.clone());
  return copies;
}

// Counts the step: schedule and order of the data go on.
void leaveOut(const Executor& net, Optimizer& optimizer) {
  OptimizerState& state = optimizer.state();
  const auto slow = state.slots.find("slow");  // of Lookahead, which takes them before step 0
  if (state.step == 0 && slow != state.slots.end()) {
    const Tensors learned = net.learned();
    for (std::size_t i = 0; i < learned.size(); ++i) slow->second[i].copy_(learned[i]);
  }
  ++state.step;
}

// Ranks have the same gradients, but losses of their own: they must come to one answer.
bool allFinite(const torch::Tensor& loss, const Tensors& gradients, bool gradientsAlone) {
  torch::Tensor sum = gradientsAlone ? torch::zeros_like(loss) : loss.detach().clone();
  for (const torch::Tensor& gradient : gradients) sum += gradient.sum();
  return std::isfinite(sum.item<float>());
}

}  // namespace

LossInput lossInputOf(std::vector<torch::Tensor> outputs, const DeviceBatch& batch) {
  for (torch::Tensor& logits : outputs) logits = atSizeOf(logits, batch.target);
  return {.heads = std::move(outputs),
          .target = batch.target,
          .distances = batch.distances,
          .edges = batch.edges};
}

void clipGradients(const Tensors& gradients, double norm) {
  torch::Tensor squares = torch::zeros({}, gradients.at(0).options());
  for (const torch::Tensor& gradient : gradients) squares += gradient.square().sum();
  // A tensor all the way: reading the norm would wait for the device.
  const torch::Tensor scale = (norm / squares.sqrt().clamp_min(1e-12)).clamp_max(1.0);
  for (torch::Tensor gradient : gradients) gradient.mul_(scale);
}

Step::Step(Executor& net, Loss loss, Optimizer& optimizer, double clip)
    : net_(net), loss_(std::move(loss)), optimizer_(optimizer), clip_(clip) {}

torch::Tensor Step::operator()(const DeviceBatch& batch, const Rates& rates, int epoch) {
  const SharedNorms sharing(ranks);
  const Tensors statistics = sparing ? copiesOf(runningOf(net_)) : Tensors();
  LossInput input = lossInputOf(net_.forward(batch.images), batch);
  input.step = optimizer_.state().step;
  input.epoch = epoch;
  const torch::Tensor loss = loss_(std::move(input));
  optimizer_.zeroGradients();
  loss.backward();
  const torch::NoGradGuard noGradients;
  const Tensors gradients = optimizer_.gradients();
  if (ranks != nullptr) ranks->average(gradients);
  if (afterBackward) afterBackward(gradients);
  leftOut_ = sparing && !allFinite(loss, gradients, ranks != nullptr);
  if (leftOut_) {
    const Tensors running = runningOf(net_);
    for (std::size_t i = 0; i < running.size(); ++i) running[i].copy_(statistics[i]);
    leaveOut(net_, optimizer_);
    return loss.detach();
  }
  if (clip_ > 0) clipGradients(gradients, clip_);
  optimizer_.step(rates);
  return loss.detach();
}

}  // namespace limbus
