// Convolutions with a kernel for each channel, plane by plane.
#include <algorithm>
#include <array>
#include <type_traits>

#include "native/train/executor/cpu_ops.h"
#include "native/train/executor/torch_threads.h"
#include "native/train/executor/wide_loops.h"
#include "native/train/torch_compat.h"

namespace limbus {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// One axis: output `o` and tap `k` meet at o * stride + k * dilation - padding.
struct Axis {
  std::int64_t in, out, kernel, stride, padding, dilation;

  std::int64_t offset(std::int64_t tap) const { return tap * dilation - padding; }
};

struct Planes {
  Axis y, x;

  std::int64_t taps() const { return y.kernel * x.kernel; }
  std::int64_t inSize() const { return y.in * x.in; }
  std::int64_t outSize() const { return y.out * x.out; }

  // Calls one(tap, where in the input, where in the output, count, stride of the input) for all
  // rows that meet. Strides of one and two are told apart, so that the compiler knows them.
  template <class One>
  void eachRow(One one) const {
    if (x.stride == 1) return eachRow(std::integral_constant<std::int64_t, 1>(), one);
    if (x.stride == 2) return eachRow(std::integral_constant<std::int64_t, 2>(), one);
    eachRow(x.stride, one);
  }

 private:
  template <class Stride, class One>
  void eachRow(Stride stride, One one) const {
    for (std::int64_t oy = 0; oy < y.out; ++oy) {
      for (std::int64_t ky = 0; ky < y.kernel; ++ky) {
        const std::int64_t iy = oy * y.stride + y.offset(ky);
        if (iy < 0 || iy >= y.in) continue;
        for (std::int64_t kx = 0; kx < x.kernel; ++kx) {
          // The outputs whose place lies inside.
          const std::int64_t before = std::max<std::int64_t>(0, -x.offset(kx)),
                             behind = std::max<std::int64_t>(0, x.in - x.offset(kx)),
                             ox = (before + stride - 1) / stride,
                             end = std::min(x.out, (behind + stride - 1) / stride);
          if (ox >= end) continue;
          one(ky * x.kernel + kx, iy * x.in + ox * stride + x.offset(kx), oy * x.out + ox, end - ox,
              stride);
        }
      }
    }
  }
};

template <class From, class To>
void addRow(const float* from, From fromStride, float weight, std::int64_t count,
            float* __restrict to, To toStride) {
  for (std::int64_t i = 0; i < count; ++i) to[i * toStride] += weight * from[i * fromStride];
}

template <class Stride>
float productOf(const float* a, Stride stride, const float* b, std::int64_t count) {
  constexpr int kLanes = 8;  // sums side by side, in an order that no number of threads changes
  std::array<float, kLanes> sums{};
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane) {
      sums[lane] += a[(i + lane) * stride] * b[i + lane];
    }
  }
  float sum = 0;
  for (const float one : sums) sum += one;
  for (; i < count; ++i) sum += a[i * stride] * b[i];
  return sum;
}

constexpr std::integral_constant<std::int64_t, 1> kClose;  // a stride

// Of one plane: its outputs, and the gradients by it and by its kernel.

LIMBUS_WIDE_LOOPS void outputsOf(const Planes& planes, const float* image, const float* kernel,
                                 float* result) {
  std::fill_n(result, planes.outSize(), 0.0F);
  planes.eachRow(
      [=](std::int64_t tap, std::int64_t in, std::int64_t out, std::int64_t count, auto stride) {
        addRow(image + in, stride, kernel[tap], count, result + out, kClose);
      });
}

LIMBUS_WIDE_LOOPS void imageGradientOf(const Planes& planes, const float* gradient,
                                       const float* kernel, float* result) {
  std::fill_n(result, planes.inSize(), 0.0F);
  planes.eachRow(
      [=](std::int64_t tap, std::int64_t in, std::int64_t out, std::int64_t count, auto stride) {
        addRow(gradient + out, kClose, kernel[tap], count, result + in, stride);
      });
}

LIMBUS_WIDE_LOOPS void kernelGradientOf(const Planes& planes, const float* image,
                                        const float* gradient, float* result) {
  std::fill_n(result, planes.taps(), 0.0F);
  planes.eachRow(
      [=](std::int64_t tap, std::int64_t in, std::int64_t out, std::int64_t count, auto stride) {
        result[tap] += productOf(image + in, stride, gradient + out, count);
      });
}

Planes planesOf(const torch::Tensor& image, const torch::Tensor& weights, const ConvWindow& by) {
  const auto axis = [&](std::size_t i) {
    const auto d = static_cast<std::int64_t>(i) + 2;
    Axis one{image.size(d), 0, weights.size(d), by.stride[i], by.padding[i], by.dilation[i]};
    one.out = by.outputs(i, one.in, one.kernel);
    return one;
  };
  return {axis(0), axis(1)};
}

// one(plane) for all planes of all images, on all threads.
template <class One>
void eachPlane(const torch::Tensor& image, One one) {
  constexpr std::int64_t kEach = 2;  // values, as whose a window's cost counts
  eachOnTorchThreads(image.size(0) * image.size(1), kEach * image.size(2) * image.size(3), one);
}

torch::Tensor gradientByImage(const torch::Tensor& image, const torch::Tensor& weights,
                              const torch::Tensor& gradient, const Planes& planes) {
  const torch::Tensor result = torch::empty_like(image);
  eachPlane(image, [=, above = gradient.data_ptr<float>(), kernel = weights.data_ptr<float>(),
                    to = result.data_ptr<float>(), channels = image.size(1)](std::int64_t p) {
    imageGradientOf(planes, above + p * planes.outSize(), kernel + p % channels * planes.taps(),
                    to + p * planes.inSize());
  });
  return result;
}

torch::Tensor gradientByWeights(const torch::Tensor& image, const torch::Tensor& weights,
                                const torch::Tensor& gradient, const Planes& planes) {
  const torch::Tensor ofPlanes =
      torch::empty({image.size(0), image.size(1) * planes.taps()}, image.options());
  eachPlane(image, [=, values = image.data_ptr<float>(), above = gradient.data_ptr<float>(),
                    to = ofPlanes.data_ptr<float>()](std::int64_t p) {
    kernelGradientOf(planes, values + p * planes.inSize(), above + p * planes.outSize(),
                     to + p * planes.taps());
  });
  return ofPlanes.sum(0).view(weights.sizes());
}

struct DepthwiseConv : torch::autograd::Function<DepthwiseConv> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& image,
                               const torch::Tensor& weights, const ConvWindow& by) {
    context->save_for_backward({image, weights});
    by.keepIn(*context);
    const Planes planes = planesOf(image, weights, by);
    const torch::Tensor result =
        torch::empty({image.size(0), image.size(1), planes.y.out, planes.x.out}, image.options());
    eachPlane(image, [=, from = image.data_ptr<float>(), kernel = weights.data_ptr<float>(),
                      to = result.data_ptr<float>(), channels = image.size(1)](std::int64_t p) {
      outputsOf(planes, from + p * planes.inSize(), kernel + p % channels * planes.taps(),
                to + p * planes.outSize());
    });
    return result;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &image = saved[0], &weights = saved[1];
    const torch::Tensor gradient = gradients[0].contiguous();
    const Planes planes = planesOf(image, weights, ConvWindow::keptIn(*context));
    torch::Tensor byImage, byWeights;
    if (context->needs_input_grad(0)) {
      byImage = gradientByImage(image, weights, gradient, planes);
    }
    if (context->needs_input_grad(1)) {
      byWeights = gradientByWeights(image, weights, gradient, planes);
    }
    return {byImage, byWeights, torch::Tensor()};
  }
};

// What oneDNN is slow at: see cpu_ops.h.
bool isSlowElsewhere(const torch::Tensor& image, const torch::Tensor& weights,
                     const ConvWindow& by) {
  constexpr std::int64_t kLargePlane = 2000;  // pixels
  return weights.size(2) == 1 || weights.size(3) == 1 || by.dilation[0] > 1 || by.dilation[1] > 1 ||
         (image.size(2) * image.size(3) >= kLargePlane && !compat::isAutocastOn(torch::kCPU));
}

}  // namespace

torch::Tensor quickDepthwiseConv(const torch::Tensor& image, const torch::Tensor& weights,
                                 const torch::Tensor& bias, const ConvWindow& by) {
  if (!isQuickOnCpu(image, weights) || !isSlowElsewhere(image, weights, by)) {
    return torch::conv2d(image, weights, bias, by.stride, by.padding, by.dilation, image.size(1));
  }
  const torch::Tensor sums = DepthwiseConv::apply(image, weights.contiguous(), by);
  return bias.defined() ? sums + bias.view({1, -1, 1, 1}) : sums;
}

}  // namespace limbus
