#include "native/train/losses/pixels.h"

#include <stdexcept>

#include "native/train/executor/cpu_ops.h"
#include "native/train/executor/torch_threads.h"
#include "native/train/executor/wide_loops.h"
#include "native/train/losses/cuda/cross_entropy.h"

namespace limbus {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Makes of the probabilities of class k, in place, their logits' gradients.
LIMBUS_WIDE_LOOPS void towardsTruth(const std::int64_t* truth, const float* gradient,
                                    std::int64_t k, std::int64_t count, float* __restrict p) {
  for (std::int64_t i = 0; i < count; ++i) {
    const float beyond = truth[i] == k ? p[i] - 1 : p[i];
    p[i] = truth[i] == kVoidLabel ? 0 : beyond * gradient[i];
  }
}

// In one pass behind the logarithms, and one behind their exponentials on the way back, where
// LibTorch fills, scatters and sums up.
struct CpuCrossEntropy : torch::autograd::Function<CpuCrossEntropy> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& logits,
                               const torch::Tensor& target) {
    const torch::Tensor logP = torch::log_softmax(logits, 1);
    const torch::Tensor result = torch::empty(target.sizes(), logits.options());
    const std::int64_t classes = logits.size(1), size = logits.size(2) * logits.size(3);
    eachOnTorchThreads(logits.size(0), classes * size,
                       [=, truth = target.data_ptr<std::int64_t>(), from = logP.data_ptr<float>(),
                        to = result.data_ptr<float>()](std::int64_t n) {
                         for (std::int64_t i = n * size; i < (n + 1) * size; ++i) {
                           const std::int64_t k = truth[i];
                           TORCH_CHECK_INDEX(k == kVoidLabel || (k >= 0 && k < classes), "label ",
                                             k, " of ", classes, " classes");
                           to[i] = k == kVoidLabel ? 0 : -from[i + (n * (classes - 1) + k) * size];
                         }
                       });
    context->save_for_backward({logP, target});
    return result;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor gradient = gradients[0].contiguous(), result = saved[0].exp();
    const std::int64_t classes = result.size(1), size = result.size(2) * result.size(3);
    eachOnTorchThreads(
        result.size(0) * classes, size,
        [=, truth = saved[1].data_ptr<std::int64_t>(), above = gradient.data_ptr<float>(),
         to = result.data_ptr<float>()](std::int64_t p) {
          const std::int64_t first = p / classes * size;
          towardsTruth(truth + first, above + first, p % classes, size, to + p * size);
        });
    return {result, {}};
  }
};

}  // namespace

torch::Tensor pixelCrossEntropy(const torch::Tensor& logits, const torch::Tensor& target) {
  if (isQuickCrossEntropy(logits, target)) return crossEntropyOnCuda(logits, target);
  if (at::globalContext().deterministicAlgorithms()) {  // CUDA has no such nll_loss
    const torch::Tensor logP = torch::log_softmax(logits, 1);
    return -(logP * oneHot(target, logP)).sum(1);
  }
  if (isQuickOnCpu(logits, logits)) return CpuCrossEntropy::apply(logits, target.contiguous());
  return torch::nll_loss_nd(torch::log_softmax(logits, 1), target, {}, at::Reduction::None,
                            kVoidLabel);
}

torch::Tensor validMean(const torch::Tensor& perPixel, const torch::Tensor& target) {
  return perPixel.sum() / validPixels(target).sum().clamp_min(1);
}

torch::Tensor oneHot(const torch::Tensor& target, const torch::Tensor& like) {
  const torch::Tensor valid = validPixels(target).unsqueeze(1);  // [N,1,H,W]
  const torch::Tensor label = target.unsqueeze(1).masked_fill(~valid, 0);
  return torch::zeros_like(like).scatter(1, label, valid.to(like.dtype()));
}

void describeActivation(OptionVisitor& v, Activation& activation) {
  v.choice("activation", activation,
           {{Activation::softmax, "softmax"}, {Activation::sigmoid, "sigmoid"}},
           "probabilities over the classes, or of each class by itself");
}

torch::Tensor probabilities(const LossInput& input, Activation activation) {
  const torch::Tensor& logits = input.logits();
  const torch::Tensor p =
      activation == Activation::softmax ? torch::softmax(logits, 1) : torch::sigmoid(logits);
  return p * validPixels(input.target).unsqueeze(1);
}

void describeWeights(OptionVisitor& v, std::vector<double>& weights) {
  v.numbers("weights", weights, {0, 1e6}, "of the classes, in their order; none: all alike");
}

torch::Tensor classWeights(const std::vector<double>& weights, const torch::Tensor& like) {
  const std::int64_t classes = like.size(1);
  if (weights.empty()) return torch::ones({classes}, like.options());
  if (static_cast<std::int64_t>(weights.size()) != classes) {
    throw std::invalid_argument("weights: " + std::to_string(weights.size()) + " of them for " +
                                std::to_string(classes) + " classes");
  }
  if (!like.is_cuda()) return torch::tensor(weights, like.scalar_type());
  // Made on the device: a copy from here would make it wait, which no CUDA graph can record.
  const torch::Tensor values = torch::empty({classes}, like.options());
  for (std::int64_t k = 0; k < classes; ++k) {
    values[k].fill_(weights[static_cast<std::size_t>(k)]);
  }
  return values;
}

torch::Tensor pixelWeights(const torch::Tensor& weights, const torch::Tensor& target) {
  const torch::Tensor valid = validPixels(target);
  return weights.index_select(0, target.masked_fill(~valid, 0).reshape(-1)).view_as(target) * valid;
}

}  // namespace limbus
