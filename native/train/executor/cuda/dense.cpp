#include "native/train/executor/cuda/dense.h"

#include "native/train/executor/cuda/dense_launch.h"
#include "native/train/executor/cuda/torch_side.h"
#include "native/train/executor/cuda/trained_conv.h"
#include "native/train/executor/cuda_graph.h"
#include "native/train/torch_compat.h"

namespace limbus {

#ifdef LIMBUS_WITH_CUDA
namespace {

constexpr int kDenseBlocks = 264;  // two for each of an H100's multiprocessors
// A batch's multiplications; for more the tensor cores of an H200 are quicker, in tf32.
constexpr std::int64_t kMostProducts = 300'000'000;
constexpr std::int64_t kFewOutputs = 256;      // of an image
constexpr std::int64_t kFewOfBatch = 1 << 12;  // outputs

dense_kernels::Axis denseAxis(const torch::Tensor& image, const ConvWindow& by, std::size_t i) {
  const std::int64_t in = image.size(static_cast<std::int64_t>(i) + 2);
  return {static_cast<int>(in), static_cast<int>(by.outputs(i, in, 3)),
          static_cast<int>(by.stride[i]), static_cast<int>(by.padding[i]),
          static_cast<int>(by.dilation[i])};
}

torch::Tensor ofDense(const torch::Tensor& image, const torch::Tensor& gradient,
                      const torch::Tensor& weights, const ConvWindow& by) {
  const at::DeviceGuard device(image.device());
  const dense_kernels::Parts parts =
      dense_kernels::dealtOut(static_cast<int>(image.size(0)), static_cast<int>(image.size(1)),
                              static_cast<int>(weights.size(0)), denseAxis(image, by, 0),
                              denseAxis(image, by, 1), kDenseBlocks);
  const torch::Tensor sums =
      torch::empty({parts.chunks, std::int64_t{1} * parts.images * parts.parts, parts.down,
                    parts.across, dense_kernels::kSide * dense_kernels::kSide},
                   image.options());
  torch::Tensor result = torch::empty(weights.sizes(), image.options());
  const char* refusal = dense_kernels::gradientByWeights(
      image.data_ptr<float>(), gradient.data_ptr<float>(), sums.data_ptr<float>(),
      result.data_ptr<float>(), parts, cudaStreamOf(image.device()));
  checkLaunch("convolution", refusal);
  return result;
}

}  // namespace

bool isQuickDense(const torch::Tensor& image, const torch::Tensor& weights, const ConvWindow& by) {
  if (!isPlainConvOnCuda(image, weights) || !weights.requires_grad() ||
      !at::GradMode::is_enabled()) {
    return false;
  }
  if (weights.size(2) != 3 || weights.size(3) != 3 || weights.size(1) != image.size(1)) {
    return false;
  }
  for (std::size_t i = 0; i < 2; ++i) {
    if (by.padding[i] > kMostAside || by.dilation[i] > kMostAside) return false;
  }
  const dense_kernels::Axis y = denseAxis(image, by, 0), x = denseAxis(image, by, 1);
  if (y.out < 1 || x.out < 1) return false;
  const std::int64_t outputs = std::int64_t{1} * y.out * x.out, ofBatch = image.size(0) * outputs;
  if (outputs < kFewOutputs || ofBatch < kFewOfBatch || ofBatch > kMostProducts / weights.numel()) {
    return false;
  }
  return isBuiltFor<dense_kernels::areThere>(image);
}

torch::Tensor denseOnCuda(const torch::Tensor& image, const torch::Tensor& weights,
                          const torch::Tensor& bias, const ConvWindow& by) {
  return TrainedConv<ofDense>::of(image, weights, bias, by);
}

#else

bool isQuickDense(const torch::Tensor&, const torch::Tensor&, const ConvWindow&) { return false; }

torch::Tensor denseOnCuda(const torch::Tensor&, const torch::Tensor&, const torch::Tensor&,
                          const ConvWindow&) {
  return notBuilt();
}

#endif

}  // namespace limbus
