#include "native/train/executor/recorded_pass.h"

namespace limbus {
namespace {

constexpr int kPlainPasses = 3;

bool sameShape(const DeviceBatch& one, const DeviceBatch& other) {
  const auto ones = tensorsOf(one), others = tensorsOf(other);
  for (std::size_t i = 0; i < ones.size(); ++i) {
    if (ones[i]->defined() != others[i]->defined()) return false;
    if (ones[i]->defined() && ones[i]->sizes() != others[i]->sizes()) return false;
  }
  return true;
}

DeviceBatch roomFor(const DeviceBatch& batch) {
  return changed(batch, [](const torch::Tensor& part) { return torch::empty_like(part); });
}

void copyInto(const DeviceBatch& held, const DeviceBatch& batch) {
  const auto to = tensorsOf(held), from = tensorsOf(batch);
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (to[i]->defined()) torch::Tensor(*to[i]).copy_(*from[i], /*non_blocking=*/true);
  }
}

}  // namespace

torch::Tensor RecordedPass::operator()(const DeviceBatch& batch, std::int64_t plan,
                                       const Pass& pass) {
  if (plan != plan_) {
    plan_ = plan;
    plainPasses_ = 0;
    graph_.reset();
    held_ = {};
  }
  if (!problem_.empty() || plainPasses_ < kPlainPasses) {
    ++plainPasses_;
    return pass(batch);
  }
  if (!graph_) {
    held_ = roomFor(batch);
    record(pass);
  }
  if (!graph_ || !sameShape(batch, held_)) return pass(batch);
  copyInto(held_, batch);
  graph_->replay();
  optimizer_.setGradients(gradients_);  // a plain pass may have left others
  return loss_;
}

void RecordedPass::record(const Pass& pass) {
  try {
    graph_ = CudaGraph::record([&] { loss_ = pass(held_); });
    gradients_ = optimizer_.gradients();
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    problem_ = text.substr(0, text.find('\n'));
    held_ = {};
  }
}

}  // namespace limbus
