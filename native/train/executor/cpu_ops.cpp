#include "native/train/executor/cpu_ops.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace limbus {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// The gradient of `size` values of one channel; returns what its slope gets. Were `result` not
// known to lie apart from what is read, a value would cost 20 times as much.
float preluGradient(const float* values, const float* gradient, float slope, std::int64_t size,
                    float* __restrict result) {
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

constexpr std::int64_t kGrain = 1 << 15;  // values that are worth a thread

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
    at::parallel_for(0, planes, std::max<std::int64_t>(1, kGrain / size),
                     [values = image.data_ptr<float>(), above = gradient.data_ptr<float>(),
                      slope = slopes.data_ptr<float>(), result = byImage.data_ptr<float>(),
                      sums = ofPlanes.data_ptr<float>(), channels, size,
                      shared](std::int64_t first, std::int64_t end) {
                       for (std::int64_t p = first; p < end; ++p) {
                         sums[p] = preluGradient(values + p * size, above + p * size,
                                                 slope[shared ? 0 : p % channels], size,
                                                 result + p * size);
                       }
                     });
    const torch::Tensor bySlopes = shared ? ofPlanes.sum().view({1}) : ofPlanes.sum(0);
    return {byImage, bySlopes.view(slopes.sizes())};
  }
};

// result = factor * values + offset, apart from what is read.
void scaled(const float* values, float factor, float offset, std::int64_t size,
            float* __restrict result) {
  for (std::int64_t i = 0; i < size; ++i) result[i] = factor * values[i] + offset;
}

struct Moments {
  double mean, variance;
};

// Of a channel's planes, `apart` values from one to the next image's.
Moments momentsOf(const float* values, std::int64_t images, std::int64_t apart, std::int64_t size) {
  constexpr int kLanes = 8;                 // sums side by side,
  constexpr std::int64_t kPiece = 1 << 11;  // of so few values that a float loses nothing
  // Differences from some value of the channel: a variance that is small beside the mean keeps its
  // digits.
  const float middle = values[size / 2];
  double sum = 0, squares = 0;
  for (std::int64_t at = 0; at < images * size;) {
    const std::int64_t in = at % size, count = std::min(kPiece, size - in);
    const float* piece = values + at / size * apart + in;
    std::array<float, kLanes> sums{}, ofSquares{};
    const auto add = [&](float value, int lane) {
      const float difference = value - middle;
      sums[lane] += difference;
      ofSquares[lane] += difference * difference;
    };
    std::int64_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
      for (int lane = 0; lane < kLanes; ++lane) add(piece[i + lane], lane);
    }
    for (; i < count; ++i) add(piece[i], 0);
    for (int lane = 0; lane < kLanes; ++lane) {
      sum += sums[lane];
      squares += ofSquares[lane];
    }
    at += count;
  }
  const double count = static_cast<double>(images * size), from = sum / count;
  return {middle + from, std::max(squares / count - from * from, 0.0)};
}

struct CpuNorm : torch::autograd::Function<CpuNorm> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& image,
                               const torch::Tensor& scale, const torch::Tensor& shift,
                               const torch::Tensor& runningMean,
                               const torch::Tensor& runningVariance, double momentum, double eps) {
    const std::int64_t images = image.size(0), channels = image.size(1),
                       size = image.size(2) * image.size(3);
    const torch::Tensor out = torch::empty_like(image);
    const torch::Tensor mean = torch::empty_like(runningMean), inverse = torch::empty_like(mean);
    const double count = static_cast<double>(images * size);
    const auto blended = [momentum](float& running, double value) {
      running = static_cast<float>((1 - momentum) * running + momentum * value);
    };
    at::parallel_for(
        0, channels, std::max<std::int64_t>(1, kGrain / (images * size)),
        [=, from = image.data_ptr<float>(), to = out.data_ptr<float>(),
         scales = scale.data_ptr<float>(), shifts = shift.data_ptr<float>(),
         means = mean.data_ptr<float>(), inverses = inverse.data_ptr<float>(),
         runningMeans = runningMean.data_ptr<float>(),
         runningVariances = runningVariance.data_ptr<float>()](std::int64_t first,
                                                               std::int64_t end) {
          for (std::int64_t c = first; c < end; ++c) {
            const Moments by = momentsOf(from + c * size, images, channels * size, size);
            means[c] = static_cast<float>(by.mean);
            inverses[c] = static_cast<float>(1 / std::sqrt(by.variance + eps));
            blended(runningMeans[c], by.mean);
            blended(runningVariances[c], by.variance * count / std::max(1.0, count - 1));
            const float factor = scales[c] * inverses[c], offset = shifts[c] - means[c] * factor;
            for (std::int64_t n = 0; n < images; ++n) {
              scaled(from + (n * channels + c) * size, factor, offset, size,
                     to + (n * channels + c) * size);
            }
          }
        });
    context->save_for_backward({image, scale, mean, inverse});
    context->saved_data["eps"] = eps;
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const auto [byImage, byScale, byShift] = at::native_batch_norm_backward(
        gradients[0].to(saved[0].scalar_type()).contiguous(), saved[0], saved[1], {}, {}, saved[2],
        saved[3], /*train=*/true, context->saved_data["eps"].toDouble(), {true, true, true});
    return {byImage, byScale, byShift, {}, {}, {}, {}};
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

torch::Tensor quickBatchNorm(const torch::Tensor& image,
                             const std::vector<torch::Tensor>& parameters, double momentum,
                             double eps) {
  if (!isQuickOnCpu(image, parameters[0])) {
    return torch::batch_norm(image, parameters[0], parameters[1], parameters[2], parameters[3],
                             /*training=*/true, momentum, eps, /*cudnn_enabled=*/false);
  }
  return CpuNorm::apply(image, parameters[0], parameters[1], parameters[2], parameters[3], momentum,
                        eps);
}

torch::Tensor quickTransposedConv(const torch::Tensor& image, const torch::Tensor& weights,
                                  const torch::Tensor& bias, const Transposition& by) {
  if (!isQuickOnCpu(image, weights)) {
    return torch::conv_transpose2d(image, weights, bias, by.stride, by.padding, by.outputPadding,
                                   by.groups, by.dilation);
  }
  const torch::Tensor moved = TransposedConv::apply(image, weights, by);
  return bias.defined() ? moved + bias.view({1, -1, 1, 1}) : moved;
}

}  // namespace limbus
