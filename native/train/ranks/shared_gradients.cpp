#include "native/train/ranks/shared_gradients.h"

#include <utility>

#include "native/train/torch_compat.h"

namespace limbus {
namespace {

constexpr std::int64_t kBucketValues = 1 << 18;  // of 4 bytes

}  // namespace

SharedGradients::SharedGradients(const Ranks& ranks, std::vector<torch::Tensor> parameters)
    : ranks_(ranks), parameters_(std::move(parameters)), bucketOf_(parameters_.size()) {}

SharedGradients::~SharedGradients() = default;

// Last parameters first: theirs are the first gradients of a backward pass.
void SharedGradients::arrange() {
  hooks_.clear();
  buckets_.clear();
  std::int64_t held = kBucketValues;
  for (std::size_t i = parameters_.size(); i-- > 0;) {
    if (!learning_[i]) continue;
    if (held >= kBucketValues) {
      buckets_.emplace_back();
      held = 0;
    }
    held += parameters_[i].numel();
    buckets_.back().members.push_back(i);
    bucketOf_[i] = buckets_.size() - 1;
    hooks_.push_back(
        std::make_unique<compat::GradientHook>(parameters_[i], [this, i] { arrived(i); }));
  }
}

void SharedGradients::begin() {
  std::vector<bool> learning;
  for (const torch::Tensor& parameter : parameters_) learning.push_back(parameter.requires_grad());
  if (learning != learning_) {  // an encoder was held or let go
    learning_ = std::move(learning);
    arrange();
  }
  for (Bucket& bucket : buckets_) bucket.waited = bucket.members.size();
  next_ = 0;
  early_ = 0;
  underWay_ = true;
}

void SharedGradients::arrived(std::size_t parameter) {
  if (!underWay_) return;
  --buckets_[bucketOf_[parameter]].waited;
  while (next_ < buckets_.size() && buckets_[next_].waited == 0) {
    if (next_ + 1 < buckets_.size()) ++early_;
    send(buckets_[next_++]);
  }
}

std::vector<torch::Tensor> SharedGradients::gradientsOf(const Bucket& bucket) const {
  std::vector<torch::Tensor> gradients;
  for (const std::size_t i : bucket.members) gradients.push_back(parameters_[i].grad());
  return gradients;
}

void SharedGradients::send(Bucket& bucket) {
  const torch::NoGradGuard noGradients;
  bucket.sum = ranks_.startSum(at::flatten_dense_tensors(gradientsOf(bucket)));
}

void SharedGradients::finish() {
  underWay_ = false;
  const torch::NoGradGuard noGradients;
  // Those of parameters that the loss did not ask are zeros, and have not called.
  while (next_ < buckets_.size()) send(buckets_[next_++]);
  for (Bucket& bucket : buckets_) {
    bucket.sum.wait();
    ranks_.spreadMean(bucket.sum.values, gradientsOf(bucket));
    bucket.sum = {};
  }
}

}  // namespace limbus
