#include "native/train/executor/cpu_ops.h"

#include <algorithm>
#include <array>

#include "native/train/executor/torch_threads.h"
#include "native/train/executor/wide_loops.h"

namespace limbus {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// The gradient of `size` values of one channel; returns what its slope gets. Were `result` not
// known to lie apart from what is read, a value would cost 20 times as much.
LIMBUS_WIDE_LOOPS float preluGradient(const float* values, const float* gradient, float slope,
                                      std::int64_t size, float* __restrict result) {
  constexpr int kLanes = 16;  // sums side by side, in an order that no number of threads changes
  std::array<float, kLanes> sums{};
  const auto share = [=](std::int64_t i) {
    const float scaled = slope * gradient[i], share = values[i] * gradient[i];
    const bool positive = values[i] > 0;
    result[i] = positive ? gradient[i] : scaled;
    return positive ? 0 : share;
  };
  std::int64_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane) sums[lane] += share(i + lane);
  }
  for (; i < size; ++i) sums[0] += share(i);
  float sum = 0;
  for (const float one : sums) sum += one;
  return sum;
}

struct Prelu : torch::autograd::Function<Prelu> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& image,
                               const torch::Tensor& slopes) {
    context->save_for_backward({image, slopes});
    return torch::prelu(image, slopes);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &image = saved[0], &slopes = saved[1];
    // Mixed precision of LibTorch 2 makes 16 bits of what forward() returns.
    const torch::Tensor gradient = gradients[0].to(image.scalar_type()).contiguous();
    const std::int64_t channels = image.size(1), planes = image.size(0) * channels,
                       size = image.size(2) * image.size(3);
    const torch::Tensor byImage = torch::empty_like(image);
    const torch::Tensor ofPlanes = torch::empty({image.size(0), channels}, image.options());
    const bool shared = slopes.numel() == 1;
    eachOnTorchThreads(planes, size,
                       [values = image.data_ptr<float>(), above = gradient.data_ptr<float>(),
                        slope = slopes.data_ptr<float>(), result = byImage.data_ptr<float>(),
                        sums = ofPlanes.data_ptr<float>(), channels, size, shared](std::int64_t p) {
                         sums[p] = preluGradient(values + p * size, above + p * size,
                                                 slope[shared ? 0 : p % channels], size,
                                                 result + p * size);
                       });
    const torch::Tensor bySlopes = shared ? ofPlanes.sum().view({1}) : ofPlanes.sum(0);
    return {byImage, bySlopes.view(slopes.sizes())};
  }
};

// A convolution whose gradient by its image is the transposed one: `small` is where that begins and
// `large` where it ends; which of its gradients is wanted: by image, by weights.
torch::Tensor gradientOf(const torch::Tensor& small, const torch::Tensor& large,
                         const torch::Tensor& weights, const Transposition& by,
                         std::array<bool, 2> wanted) {
  const auto both = at::convolution_backward(
      small, large, weights, at::OptionalIntArrayRef(), by.stride, by.padding, by.dilation,
      /*transposed=*/false, /*output_padding=*/{0, 0}, by.groups, {wanted[0], wanted[1], false});
  return wanted[0] ? std::get<0>(both) : std::get<1>(both);
}

std::vector<std::int64_t> sizeAfter(const torch::Tensor& image, const torch::Tensor& weights,
                                    const Transposition& by) {
  std::vector<std::int64_t> size = {image.size(0), weights.size(1) * by.groups};
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const auto d = static_cast<std::int64_t>(axis) + 2;
    size.push_back((image.size(d) - 1) * by.stride[axis] - 2 * by.padding[axis] +
                   by.dilation[axis] * (weights.size(d) - 1) + by.outputPadding[axis] + 1);
  }
  return size;
}

struct TransposedConv : torch::autograd::Function<TransposedConv> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& image,
                               const torch::Tensor& weights, const Transposition& by) {
    context->save_for_backward({image, weights});
    context->saved_data["stride"] = by.stride;
    context->saved_data["padding"] = by.padding;
    context->saved_data["dilation"] = by.dilation;
    context->saved_data["groups"] = by.groups;
    const torch::Tensor sizeOnly = torch::empty(sizeAfter(image, weights, by), image.options());
    return gradientOf(image, sizeOnly, weights, by, {true, false});
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &image = saved[0], &weights = saved[1];
    Transposition by;
    by.stride = context->saved_data["stride"].toIntVector();
    by.padding = context->saved_data["padding"].toIntVector();
    by.dilation = context->saved_data["dilation"].toIntVector();
    by.groups = context->saved_data["groups"].toInt();
    const torch::Tensor gradient = gradients[0].contiguous();
    torch::Tensor byImage, byWeights;
    if (context->needs_input_grad(0)) {
      byImage = torch::conv2d(gradient, weights, torch::Tensor(), by.stride, by.padding,
                              by.dilation, by.groups);
    }
    if (context->needs_input_grad(1)) {
      byWeights = gradientOf(image, gradient, weights, by, {false, true});
    }
    return {byImage, byWeights, torch::Tensor()};
  }
};

}  // namespace

bool isQuickOnCpu(const torch::Tensor& image, const torch::Tensor& weights) {
  return image.is_cpu() && image.scalar_type() == torch::kFloat32 &&
         weights.scalar_type() == torch::kFloat32 && image.dim() == 4 && image.numel() > 0 &&
         image.is_contiguous();
}

torch::Tensor quickPrelu(const torch::Tensor& image, const torch::Tensor& slopes) {
  if (!isQuickOnCpu(image, slopes)) return torch::prelu(image, slopes);
  return Prelu::apply(image, slopes.contiguous());
}

torch::Tensor quickTransposedConv(const torch::Tensor& image, const torch::Tensor& weights,
                                  const torch::Tensor& bias, const Transposition& by) {
  // Rows that only outputPadding makes, a stride's worth or more, no mirrored convolution sees.
  const bool sees = by.outputPadding[0] < by.stride[0] && by.outputPadding[1] < by.stride[1];
  if (!sees || !isQuickOnCpu(image, weights)) {
    return torch::conv_transpose2d(image, weights, bias, by.stride, by.padding, by.outputPadding,
                                   by.groups, by.dilation);
  }
  const torch::Tensor moved = TransposedConv::apply(image, weights, by);
  return bias.defined() ? moved + bias.view({1, -1, 1, 1}) : moved;
}

}  // namespace limbus
