#include "native/train/executor/cuda/resize.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "native/train/executor/cuda/resize_launch.h"
#include "native/train/executor/cuda/torch_side.h"
#include "native/train/executor/cuda_graph.h"

namespace limbus {

#ifdef LIMBUS_WITH_CUDA
namespace {

resize_kernels::Axes axesOf(const std::vector<std::int64_t>& from, TargetSize to,
                            bool alignCorners) {
  const auto axis = [&](std::int64_t inputs, std::int64_t outputs) {
    return resize_kernels::axisOf(static_cast<int>(inputs), static_cast<int>(outputs),
                                  alignCorners);
  };
  return {axis(from[2], to.height), axis(from[3], to.width)};
}

struct CudaResize : torch::autograd::Function<CudaResize> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               std::int64_t height, std::int64_t width, bool alignCorners) {
    context->saved_data["size"] = x.sizes().vec();
    context->saved_data["alignCorners"] = alignCorners;
    const at::DeviceGuard device(x.device());
    torch::Tensor out = torch::empty({x.size(0), x.size(1), height, width}, x.options());
    const char* refusal =
        resize_kernels::forward(x.data_ptr<float>(), out.data_ptr<float>(),
                                axesOf(x.sizes().vec(), {height, width}, alignCorners),
                                static_cast<int>(x.size(0) * x.size(1)), cudaStreamOf(x.device()));
    checkLaunch("resizing", refusal);
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const std::vector<std::int64_t> size = context->saved_data["size"].toIntVector();
    const bool alignCorners = context->saved_data["alignCorners"].toBool();
    const torch::Tensor ofOut = gradients[0].to(torch::kFloat32).contiguous();
    const at::DeviceGuard device(ofOut.device());
    const torch::Tensor ofX = torch::empty(size, ofOut.options());
    const char* refusal =
        resize_kernels::backward(ofOut.data_ptr<float>(), ofX.data_ptr<float>(),
                                 axesOf(size, {ofOut.size(2), ofOut.size(3)}, alignCorners),
                                 static_cast<int>(size[0] * size[1]), cudaStreamOf(ofOut.device()));
    checkLaunch("resizing", refusal);
    return {ofX, {}, {}, {}};
  }
};

}  // namespace

bool isQuickResize(const torch::Tensor& x, TargetSize size) {
  if (!isPlainOnCuda(x)) return false;
  const std::int64_t width = std::max(x.size(3), size.width);
  const std::int64_t height = std::max(x.size(2), size.height);
  if (std::min(size.width, size.height) < 1 || width > resize_kernels::kRoom ||
      height > resize_kernels::kMostSide ||
      x.size(0) * x.size(1) > std::numeric_limits<int>::max() / height) {  // a block for each row
    return false;
  }
  return isBuiltFor<resize_kernels::areThere>(x);
}

torch::Tensor resizeOnCuda(const torch::Tensor& x, TargetSize size, bool alignCorners) {
  return CudaResize::apply(x, size.height, size.width, alignCorners);
}

#else

bool isQuickResize(const torch::Tensor&, TargetSize) { return false; }

torch::Tensor resizeOnCuda(const torch::Tensor&, TargetSize, bool) { return notBuilt(); }

#endif

}  // namespace limbus
