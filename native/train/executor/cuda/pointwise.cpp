#include "native/train/executor/cuda/pointwise.h"

#include "native/train/executor/cuda/pointwise_launch.h"
#include "native/train/executor/cuda/torch_side.h"
#include "native/train/executor/cuda/trained_conv.h"
#include "native/train/executor/cuda_graph.h"
#include "native/train/torch_compat.h"

namespace limbus {

#ifdef LIMBUS_WITH_CUDA
namespace {

constexpr int kPointwiseBlocks = 528;         // that an H100 holds at a time
constexpr std::int64_t kMostRows = 160;       // channels of a tile at most: 16 quads of each
constexpr std::int64_t kFewPixels = 1 << 14;  // of a batch; for fewer cuDNN chooses better
constexpr std::int64_t kFewOfImage = 256;

torch::Tensor ofPointwise(const torch::Tensor& image, const torch::Tensor& gradient,
                          const torch::Tensor& weights, const ConvWindow&) {
  const at::DeviceGuard device(image.device());
  const pointwise_kernels::Parts by = pointwise_kernels::dealtOut(
      static_cast<int>(image.size(0)), static_cast<int>(image.size(1)),
      static_cast<int>(weights.size(0)), static_cast<int>(image.size(2) * image.size(3)),
      kPointwiseBlocks);
  const torch::Tensor sums =
      torch::empty({std::int64_t{1} * by.images * by.parts, by.down, by.across,
                    pointwise_kernels::kSide * pointwise_kernels::kSide},
                   image.options());
  torch::Tensor result = torch::empty(weights.sizes(), image.options());
  const char* refusal = pointwise_kernels::gradientByWeights(
      image.data_ptr<float>(), gradient.data_ptr<float>(), sums.data_ptr<float>(),
      result.data_ptr<float>(), by, cudaStreamOf(image.device()));
  checkLaunch("convolution", refusal);
  return result;
}

}  // namespace

bool isQuickPointwise(const torch::Tensor& image, const torch::Tensor& weights) {
  if (!isPlainConvOnCuda(image, weights) || !weights.requires_grad() ||
      !at::GradMode::is_enabled()) {
    return false;
  }
  const std::int64_t pixels = image.size(2) * image.size(3);
  const std::int64_t across = (image.size(1) + 3) / 4, down = (weights.size(0) + 3) / 4;
  if (pixels < kFewOfImage || image.size(0) * pixels < kFewPixels ||
      across * down > pointwise_kernels::kThreadsOfBlock || 4 * (across + down) > kMostRows) {
    return false;
  }
  return isBuiltFor<pointwise_kernels::areThere>(image);
}

torch::Tensor pointwiseOnCuda(const torch::Tensor& image, const torch::Tensor& weights,
                              const torch::Tensor& bias) {
  return TrainedConv<ofPointwise>::of(image, weights, bias,
                                      {.stride = {1, 1}, .padding = {0, 0}, .dilation = {1, 1}});
}

#else

bool isQuickPointwise(const torch::Tensor&, const torch::Tensor&) { return false; }

torch::Tensor pointwiseOnCuda(const torch::Tensor&, const torch::Tensor&, const torch::Tensor&) {
  return notBuilt();
}

#endif

}  // namespace limbus
