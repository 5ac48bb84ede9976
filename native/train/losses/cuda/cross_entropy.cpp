#include "native/train/losses/cuda/cross_entropy.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "native/train/executor/cuda/torch_side.h"
#include "native/train/executor/cuda_graph.h"
#include "native/train/losses/cuda/cross_entropy_launch.h"
#include "shared/image.h"

namespace limbus {

#ifdef LIMBUS_WITH_CUDA
namespace {

cross_entropy_kernels::Shape shapeOf(const torch::Tensor& logits) {
  return {static_cast<int>(logits.size(0)), static_cast<int>(logits.size(1)),
          static_cast<int>(logits.size(2) * logits.size(3))};
}

cross_entropy_kernels::Truth truthOf(const torch::Tensor& target) {
  return {target.data_ptr<std::int64_t>(), kVoidLabel};
}

struct CudaCrossEntropy : torch::autograd::Function<CudaCrossEntropy> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context,
                               const torch::Tensor& logits, const torch::Tensor& target) {
    const at::DeviceGuard device(logits.device());
    torch::Tensor loss = torch::empty(target.sizes(), logits.options());
    const char* refusal = cross_entropy_kernels::forward(logits.data_ptr<float>(), truthOf(target),
                                                         loss.data_ptr<float>(), shapeOf(logits),
                                                         cudaStreamOf(logits.device()));
    checkLaunch("cross-entropy", refusal);
    context->save_for_backward({logits, target, loss});
    return loss;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const torch::autograd::variable_list saved = context->get_saved_variables();
    const torch::Tensor &logits = saved[0], &loss = saved[2];
    // A sum's is one value for all pixels.
    const auto strides = gradients[0].strides();
    const bool isOne = std::all_of(strides.begin(), strides.end(),
                                   [](std::int64_t stride) { return stride == 0; });
    const torch::Tensor ofLoss = isOne ? gradients[0] : gradients[0].contiguous();
    const at::DeviceGuard device(logits.device());
    const torch::Tensor ofLogits = torch::empty_like(logits);
    const char* refusal = cross_entropy_kernels::backward(
        logits.data_ptr<float>(), truthOf(saved[1]), loss.data_ptr<float>(),
        ofLoss.data_ptr<float>(), isOne, ofLogits.data_ptr<float>(), shapeOf(logits),
        cudaStreamOf(logits.device()));
    checkLaunch("cross-entropy", refusal);
    return {ofLogits, {}};
  }
};

}  // namespace

bool isQuickCrossEntropy(const torch::Tensor& logits, const torch::Tensor& target) {
  if (!isPlainOnCuda(logits) || target.device() != logits.device() ||
      target.scalar_type() != torch::kInt64 || target.dim() != 3 ||
      target.size(0) != logits.size(0) || target.size(1) != logits.size(2) ||
      target.size(2) != logits.size(3)) {
    return false;
  }
  if (target.numel() > std::numeric_limits<int>::max()) return false;  // blocks at most
  return isBuiltFor<cross_entropy_kernels::areThere>(logits);
}

torch::Tensor crossEntropyOnCuda(const torch::Tensor& logits, const torch::Tensor& target) {
  return CudaCrossEntropy::apply(logits, target.contiguous());
}

#else

bool isQuickCrossEntropy(const torch::Tensor&, const torch::Tensor&) { return false; }

torch::Tensor crossEntropyOnCuda(const torch::Tensor&, const torch::Tensor&) { return notBuilt(); }

#endif

}  // namespace limbus
