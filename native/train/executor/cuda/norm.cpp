#include "native/train/executor/cuda/norm.h"

#include <algorithm>

#include "native/train/executor/cuda/norm_launch.h"
#include "native/train/executor/cuda/torch_side.h"
#include "native/train/executor/cuda_graph.h"

namespace limbus {

#ifdef LIMBUS_WITH_CUDA
namespace {

constexpr int kPixelsEach = 8192;       // of a block at most,
constexpr int kLeastPixels = 1024;      // and fewer only where a plane has no more
constexpr std::int64_t kBlocks = 2048;  // wanted

norm_kernels::Parts partsOf(const torch::Tensor& image) {
  const std::int64_t planes = image.size(0) * image.size(1);
  const std::int64_t pixels = image.size(2) * image.size(3);
  const std::int64_t most = std::max<std::int64_t>(1, pixels / kLeastPixels);
  const std::int64_t parts =
      std::clamp((kBlocks + planes - 1) / planes, (pixels + kPixelsEach - 1) / kPixelsEach,
                 std::max(most, (pixels + kPixelsEach - 1) / kPixelsEach));
  const std::int64_t each = ((pixels + parts - 1) / parts + 3) / 4 * 4;
  return {static_cast<int>(image.size(0)), static_cast<int>(image.size(1)),
          static_cast<int>(pixels), static_cast<int>((pixels + each - 1) / each),
          static_cast<int>(each)};
}

torch::Tensor roomForSums(const norm_kernels::Parts& by, const torch::Tensor& like) {
  return torch::empty(
      {std::int64_t{1} * by.images * by.parts * by.channels * norm_kernels::kMostSums},
      like.options());
}

float* floatsOf(const torch::Tensor& tensor) {
  return tensor.numel() > 0 ? tensor.data_ptr<float>() : nullptr;
}

struct TrainedNorm : torch::autograd::Function<TrainedNorm> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context,
                               const torch::Tensor& image, const torch::Tensor& scale,
                               const torch::Tensor& shift, const torch::Tensor& slopes,
                               const torch::Tensor& runningMean,
                               const torch::Tensor& runningVariance, double slope, double momentum,
                               double eps) {
    const at::DeviceGuard device(image.device());
    const norm_kernels::Parts by = partsOf(image);
    const torch::Tensor apart = torch::empty_like(runningMean), inverse = torch::empty_like(apart);
    torch::Tensor out = torch::empty_like(image);
    const norm_kernels::Norm norm = {floatsOf(scale),
                                     floatsOf(shift),
                                     floatsOf(apart),
                                     floatsOf(inverse),
                                     floatsOf(runningMean),
                                     floatsOf(runningVariance),
                                     static_cast<float>(momentum),
                                     static_cast<float>(eps)};
    const torch::Tensor sums = roomForSums(by, image);
    const char* refusal = norm_kernels::forward(floatsOf(image), floatsOf(sums), norm,
                                                {floatsOf(slopes), static_cast<float>(slope)},
                                                floatsOf(out), by, cudaStreamOf(image.device()));
    checkLaunch("batch norm", refusal);
    context->save_for_backward({image, scale, shift, slopes, apart, inverse});
    context->saved_data["slope"] = slope;
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const torch::autograd::variable_list saved = context->get_saved_variables();
    const torch::Tensor &image = saved[0], &slopes = saved[3];
    const torch::Tensor gradient = gradients[0].contiguous();
    const at::DeviceGuard device(image.device());
    const norm_kernels::Parts by = partsOf(image);
    const torch::Tensor ofImage = torch::empty_like(image);
    const torch::Tensor ofScale = torch::empty_like(saved[1]), ofShift = torch::empty_like(ofScale);
    const torch::Tensor ofSlopes = torch::empty_like(slopes);
    const norm_kernels::Norm norm = {floatsOf(saved[1]),
                                     floatsOf(saved[2]),
                                     floatsOf(saved[4]),
                                     floatsOf(saved[5]),
                                     nullptr,
                                     nullptr,
                                     0,
                                     0};
    const torch::Tensor sums = roomForSums(by, image);
    const char* refusal = norm_kernels::backward(
        floatsOf(image), floatsOf(gradient), floatsOf(sums), norm,
        {floatsOf(slopes), static_cast<float>(context->saved_data["slope"].toDouble())},
        {floatsOf(ofImage), floatsOf(ofScale), floatsOf(ofShift), floatsOf(ofSlopes)}, by,
        cudaStreamOf(image.device()));
    checkLaunch("batch norm", refusal);
    return {ofImage, ofScale, ofShift, ofSlopes, {}, {}, {}, {}, {}};
  }
};

}  // namespace

bool isQuickNorm(const torch::Tensor& image) {
  if (!isPlainOnCuda(image)) return false;
  const norm_kernels::Parts by = partsOf(image);
  if (std::int64_t{1} * by.images * by.parts > kMostBlocksDown) return false;
  return isBuiltFor<norm_kernels::areThere>(image);
}

torch::Tensor normOnCuda(const torch::Tensor& image, const std::vector<torch::Tensor>& parameters,
                         double momentum, double eps, const NegativeSide& below) {
  const torch::Tensor slopes =
      below.slopes.defined() ? below.slopes : torch::empty({0}, parameters[0].options());
  return TrainedNorm::apply(image, parameters[0], parameters[1], slopes, parameters[2],
                            parameters[3], below.slope, momentum, eps);
}

#else

bool isQuickNorm(const torch::Tensor&) { return false; }

torch::Tensor normOnCuda(const torch::Tensor&, const std::vector<torch::Tensor>&, double, double,
                         const NegativeSide&) {
  return notBuilt();
}

#endif

}  // namespace limbus
