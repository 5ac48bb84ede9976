#include "native/train/executor/cuda/prelu.h"

#include "native/train/executor/cuda/prelu_launch.h"
#include "native/train/executor/cuda/torch_side.h"
#include "native/train/executor/cuda_graph.h"
#include "native/train/torch_compat.h"

namespace limbus {

#ifdef LIMBUS_WITH_CUDA
namespace {

constexpr std::int64_t kMostPlanes = 1 << 30;

prelu_kernels::Planes preluPlanes(const torch::Tensor& image, const torch::Tensor& slopes) {
  return prelu_kernels::dealtOut(static_cast<int>(image.size(0) * image.size(1)),
                                 static_cast<int>(slopes.numel()),
                                 static_cast<int>(image.size(2) * image.size(3)));
}

struct CudaPrelu : torch::autograd::Function<CudaPrelu> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context,
                               const torch::Tensor& image, const torch::Tensor& slopes) {
    context->save_for_backward({image, slopes});
    const at::DeviceGuard device(image.device());
    torch::Tensor out = torch::empty_like(image);
    const char* refusal = prelu_kernels::forward(image.data_ptr<float>(), slopes.data_ptr<float>(),
                                                 out.data_ptr<float>(), preluPlanes(image, slopes),
                                                 cudaStreamOf(image.device()));
    checkLaunch("PReLU", refusal);
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const torch::autograd::variable_list saved = context->get_saved_variables();
    const torch::Tensor &image = saved[0], &slopes = saved[1];
    const at::DeviceGuard device(image.device());
    const torch::Tensor gradient = gradients[0].contiguous();
    const prelu_kernels::Planes planes = preluPlanes(image, slopes);
    const torch::Tensor ofImage = torch::empty_like(image), ofSlopes = torch::empty_like(slopes);
    const torch::Tensor sums =
        torch::empty({std::int64_t{1} * planes.count * planes.parts}, image.options());
    const char* refusal = prelu_kernels::backward(
        image.data_ptr<float>(), slopes.data_ptr<float>(), gradient.data_ptr<float>(),
        ofImage.data_ptr<float>(), ofSlopes.data_ptr<float>(), sums.data_ptr<float>(), planes,
        cudaStreamOf(image.device()));
    checkLaunch("PReLU", refusal);
    return {ofImage, ofSlopes};
  }
};

}  // namespace

bool isQuickPrelu(const torch::Tensor& image, const torch::Tensor& slopes) {
  if (!isPlainOnCuda(image) || compat::isAutocastOn(torch::kCUDA)) return false;
  if (slopes.device() != image.device() || slopes.scalar_type() != torch::kFloat32 ||
      !slopes.is_contiguous() || (slopes.numel() != 1 && slopes.numel() != image.size(1)) ||
      image.size(0) * image.size(1) > kMostPlanes) {
    return false;
  }
  return isBuiltFor<prelu_kernels::areThere>(image);
}

torch::Tensor preluOnCuda(const torch::Tensor& image, const torch::Tensor& slopes) {
  return CudaPrelu::apply(image, slopes);
}

#else

bool isQuickPrelu(const torch::Tensor&, const torch::Tensor&) { return false; }

torch::Tensor preluOnCuda(const torch::Tensor&, const torch::Tensor&) { return notBuilt(); }

#endif

}  // namespace limbus
