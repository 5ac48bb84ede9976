#include "native/train/executor/cuda/depthwise.h"

#include <algorithm>

#include "native/train/executor/cuda/depthwise_launch.h"
#include "native/train/executor/cuda/torch_side.h"
#include "native/train/executor/cuda_graph.h"

namespace limbus {

#ifdef LIMBUS_WITH_CUDA
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

depthwise_kernels::Planes depthwisePlanes(const torch::Tensor& image, const torch::Tensor& weights,
                                          const ConvWindow& by) {
  const auto axis = [&](std::size_t i) {
    const auto d = static_cast<std::int64_t>(i) + 2;
    const std::int64_t in = image.size(d), kernel = weights.size(d);
    return depthwise_kernels::Axis{static_cast<int>(in),
                                   static_cast<int>(by.outputs(i, in, kernel)),
                                   static_cast<int>(kernel),
                                   static_cast<int>(by.stride[i]),
                                   static_cast<int>(by.padding[i]),
                                   static_cast<int>(by.dilation[i])};
  };
  return {static_cast<int>(image.size(0)), static_cast<int>(image.size(1)), axis(0), axis(1)};
}

constexpr const char* kDepthwise = "depthwise convolution";

struct CudaDepthwise : torch::autograd::Function<CudaDepthwise> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& image,
                               const torch::Tensor& weights, const ConvWindow& by) {
    const at::DeviceGuard device(image.device());
    context->save_for_backward({image, weights});
    by.keepIn(*context);
    const depthwise_kernels::Planes planes = depthwisePlanes(image, weights, by);
    torch::Tensor out =
        torch::empty({image.size(0), image.size(1), planes.y.out, planes.x.out}, image.options());
    checkLaunch(kDepthwise,
                depthwise_kernels::forward(image.data_ptr<float>(), weights.data_ptr<float>(),
                                           out.data_ptr<float>(), planes,
                                           depthwise_kernels::gridsOf(planes).forward,
                                           cudaStreamOf(image.device())));
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &image = saved[0], &weights = saved[1];
    const at::DeviceGuard device(image.device());
    const torch::Tensor gradient = gradients[0].contiguous();
    const depthwise_kernels::Planes planes =
        depthwisePlanes(image, weights, ConvWindow::keptIn(*context));
    const depthwise_kernels::Parts by = depthwise_kernels::gridsOf(planes).backward;
    const torch::Tensor ofImage = torch::empty_like(image), ofWeights = torch::empty_like(weights);
    const torch::Tensor sums =
        torch::empty({weights.numel() * planes.images * by.parts}, image.options());
    checkLaunch(kDepthwise,
                depthwise_kernels::backward(image.data_ptr<float>(), weights.data_ptr<float>(),
                                            gradient.data_ptr<float>(), ofImage.data_ptr<float>(),
                                            ofWeights.data_ptr<float>(), sums.data_ptr<float>(),
                                            planes, by, cudaStreamOf(image.device())));
    return {ofImage, ofWeights, torch::Tensor()};
  }
};

}  // namespace

bool isQuickDepthwise(const torch::Tensor& image, const torch::Tensor& weights,
                      const ConvWindow& by) {
  if (!isPlainConvOnCuda(image, weights)) return false;
  for (std::size_t i = 0; i < 2; ++i) {
    if (by.padding[i] > kMostAside || by.dilation[i] > kMostAside) return false;
  }
  const depthwise_kernels::Planes planes = depthwisePlanes(image, weights, by);
  if (planes.y.out < 1 || planes.x.out < 1 ||
      std::int64_t{1} * planes.y.out * planes.x.out > kMostOfPlane ||
      !depthwise_kernels::isKnown(planes.y, planes.x)) {
    return false;
  }
  const depthwise_kernels::Grids grids = depthwise_kernels::gridsOf(planes);
  if (std::int64_t{1} * planes.images * std::max(grids.forward.parts, grids.backward.parts) >
      kMostBlocksDown) {
    return false;
  }
  return isBuiltFor<depthwise_kernels::areThere>(image);
}

torch::Tensor depthwiseOnCuda(const torch::Tensor& image, const torch::Tensor& weights,
                              const ConvWindow& by) {
  return CudaDepthwise::apply(image, weights, by);
}

#else

bool isQuickDepthwise(const torch::Tensor&, const torch::Tensor&, const ConvWindow&) {
  return false;
}

torch::Tensor depthwiseOnCuda(const torch::Tensor&, const torch::Tensor&, const ConvWindow&) {
  return notBuilt();
}

#endif

}  // namespace limbus
