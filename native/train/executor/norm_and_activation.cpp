#include "native/train/executor/norm_and_activation.h"

#include <utility>

#include "native/train/executor/cpu_ops.h"
#include "native/train/executor/cuda/norm.h"
#include "native/train/ranks/shared_norm.h"
#include "shared/graph/op.h"

namespace limbus {
namespace {

// By loops or kernels of our own; nothing: they do not take such an image. A slope may be that of
// all channels.
std::optional<torch::Tensor> quickly(const torch::Tensor& image,
                                     const std::vector<torch::Tensor>& parameters, double momentum,
                                     double eps, NegativeSide below) {
  if (below.slopes.defined()) below.slopes = below.slopes.expand_as(parameters[0]).contiguous();
  if (isQuickNorm(image)) return normOnCuda(image, parameters, momentum, eps, below);
  if (isQuickOnCpu(image, parameters[0])) {
    return quickBatchNorm(image, parameters, momentum, eps, below);
  }
  return std::nullopt;
}

}  // namespace

std::optional<NegativeSide> negativeSide(const NodeView& activation,
                                         const std::vector<torch::Tensor>& parameters) {
  switch (activation.node.op) {
    case Op::relu:
      return NegativeSide{.slope = 0};
    case Op::leakyRelu:
      return NegativeSide{.slope = activation.number("slope")};
    case Op::prelu:
      return NegativeSide{.slopes = parameters[0]};
    default:
      return std::nullopt;
  }
}

torch::Tensor trainedNorm(const torch::Tensor& image, const std::vector<torch::Tensor>& parameters,
                          double momentum, double eps) {
  if (const Ranks* ranks = SharedNorms::ranks()) {
    return sharedBatchNorm(image, parameters, momentum, eps, *ranks);
  }
  if (const auto quick = quickly(image, parameters, momentum, eps, {})) return *quick;
  return torch::batch_norm(image, parameters[0], parameters[1], parameters[2], parameters[3],
                           /*training=*/true, momentum, eps,
                           at::globalContext().userEnabledCuDNN());
}

BoundOp normAndActivation(const NodeView& view, const std::vector<torch::Tensor>& parameters,
                          NegativeSide below, BoundOp norm, BoundOp activation) {
  return [parameters, momentum = view.number("momentum"), eps = view.number("eps"),
          below = std::move(below), norm = std::move(norm), activation = std::move(activation)](
             const std::vector<torch::Tensor>& in, bool training) -> OpResults {
    if (training && SharedNorms::ranks() == nullptr) {
      if (const auto both = quickly(in[0], parameters, momentum, eps, below)) return *both;
    }
    return activation(norm(in, training).values, training);
  };
}

}  // namespace limbus
