#include "native/train/step.h"

namespace limbus {
namespace {

torch::Tensor atSizeOf(const torch::Tensor& logits, const torch::Tensor& target) {
  if (logits.size(2) == target.size(1) && logits.size(3) == target.size(2)) return logits;
  return torch::upsample_bilinear2d(logits, {target.size(1), target.size(2)}, false);
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
  LossInput input = lossInputOf(net_.forward(batch.images), batch);
  input.step = optimizer_.state().step;
  input.epoch = epoch;
  const torch::Tensor loss = loss_(std::move(input));
  optimizer_.zeroGradients();
  loss.backward();
  const torch::NoGradGuard noGradients;
  const Tensors gradients = optimizer_.gradients();
  if (afterBackward) afterBackward(gradients);
  if (clip_ > 0) clipGradients(gradients, clip_);
  optimizer_.step(rates);
  return loss.detach();
}

}  // namespace limbus
