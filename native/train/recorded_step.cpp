#include "native/train/recorded_step.h"

namespace limbus {
namespace {

constexpr int kPlainSteps = 3;

bool sameShape(const DeviceBatch& one, const DeviceBatch& other) {
  const auto ones = tensorsOf(one), others = tensorsOf(other);
  for (std::size_t i = 0; i < ones.size(); ++i) {
    if (ones[i]->defined() != others[i]->defined()) return false;
    if (ones[i]->defined() && ones[i]->sizes() != others[i]->sizes()) return false;
  }
  return true;
}

// With its values, for a recorder that runs what it records.
DeviceBatch copyOf(const DeviceBatch& batch) {
  return changed(batch, [](const torch::Tensor& part) { return part.clone(); });
}

void copyInto(const DeviceBatch& held, const DeviceBatch& batch) {
  const auto to = tensorsOf(held), from = tensorsOf(batch);
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (to[i]->defined()) torch::Tensor(*to[i]).copy_(*from[i], /*non_blocking=*/true);
  }
}

}  // namespace

torch::Tensor RecordedStep::operator()(const DeviceBatch& batch, const Plan& plan,
                                       const Work& work) {
  if (plan != plan_) {
    plan_ = plan;
    plainSteps_ = 0;
    graph_.reset();
    held_ = {};
  }
  if (!problem_.empty() || plainSteps_ < kPlainSteps) {
    ++plainSteps_;
    return work(batch);
  }
  if (!graph_) {
    held_ = copyOf(batch);
    record(work);
  }
  if (!graph_ || !sameShape(batch, held_)) return work(batch);
  copyInto(held_, batch);
  graph_->replay();
  optimizer_.setGradients(gradients_);  // a plain step may have left others
  return loss_;
}

void RecordedStep::record(const Work& work) {
  try {
    graph_ = recorder_([&] { loss_ = work(held_); });
    gradients_ = optimizer_.gradients();
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    problem_ = text.substr(0, text.find('\n'));
    held_ = {};
  }
}

}  // namespace limbus
