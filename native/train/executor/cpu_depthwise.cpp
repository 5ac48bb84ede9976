// Convolutions with a kernel for each channel, plane by plane.
#include <algorithm>
#include <array>

#include "native/train/executor/cpu_ops.h"
#include "native/train/executor/torch_threads.h"
#include "native/train/torch_compat.h"

namespace limbus {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int kLanes = 8;  // sums side by side, in an order that no number of threads changes
using Lanes = std::array<float, kLanes>;

// One axis: output `o` and tap `k` meet at o * stride + k * dilation - padding.
struct Axis {
  std::int64_t in, out, kernel, stride, padding, dilation;

  std::int64_t offset(std::int64_t tap) const { return tap * dilation - padding; }
  // The outputs whose place lies inside.
  std::int64_t first(std::int64_t tap) const {
    const std::int64_t before = -offset(tap);
    return before <= 0 ? 0 : std::min(out, (before + stride - 1) / stride);
  }
  std::int64_t end(std::int64_t tap) const {
    const std::int64_t last = in - 1 - offset(tap);
    return last < 0 ? 0 : std::min(out, last / stride + 1);
  }
};

struct Planes {
  Axis y, x;

  std::int64_t taps() const { return y.kernel * x.kernel; }
  std::int64_t inSize() const { return y.in * x.in; }
  std::int64_t outSize() const { return y.out * x.out; }

  // Calls one(tap, where in the input, where in the output, count) for all rows that meet.
  template <class One>
  void eachRow(One one) const {
    for (std::int64_t oy = 0; oy < y.out; ++oy) {
      for (std::int64_t ky = 0; ky < y.kernel; ++ky) {
        if (oy < y.first(ky) || oy >= y.end(ky)) continue;
        const std::int64_t row = (oy * y.stride + y.offset(ky)) * x.in;
        for (std::int64_t kx = 0; kx < x.kernel; ++kx) {
          const std::int64_t ox = x.first(kx), count = x.end(kx) - ox;
          if (count <= 0) continue;
          one(ky * x.kernel + kx, row + ox * x.stride + x.offset(kx), oy * x.out + ox, count);
        }
      }
    }
  }
};

// Strides of one are told apart, so that the compiler sees rows without gaps.
void addRow(const float* from, std::int64_t fromStride, float weight, std::int64_t count, float* to,
            std::int64_t toStride) {
  if (fromStride == 1 && toStride == 1) {
    for (std::int64_t i = 0; i < count; ++i) to[i] += weight * from[i];
  } else {
    for (std::int64_t i = 0; i < count; ++i) to[i * toStride] += weight * from[i * fromStride];
  }
}

void multiplyRow(const float* a, std::int64_t stride, const float* b, std::int64_t count,
                 Lanes& sums) {
  std::int64_t i = 0;
  if (stride == 1) {
    for (; i + kLanes <= count; i += kLanes) {
      for (int lane = 0; lane < kLanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
    }
  }
  for (; i < count; ++i) sums[i % kLanes] += a[i * stride] * b[i];
}

Planes planesOf(const torch::Tensor& image, const torch::Tensor& weights,
                const DepthwiseWindow& by) {
  const auto axis = [&](std::size_t i) {
    const auto d = static_cast<std::int64_t>(i) + 2;
    Axis one{image.size(d), 0, weights.size(d), by.stride[i], by.padding[i], by.dilation[i]};
    one.out = (one.in + 2 * one.padding - one.dilation * (one.kernel - 1) - 1) / one.stride + 1;
    return one;
  };
  return {axis(0), axis(1)};
}

// one(plane) for all planes of all images, on all threads.
template <class One>
void eachPlane(const torch::Tensor& image, One one) {
  constexpr std::int64_t kGrain = 1 << 14;  // values that are worth a thread
  const std::int64_t planes = image.size(0) * image.size(1);
  onTorchThreads(planes, std::max<std::int64_t>(1, kGrain * planes / image.numel()),
                 [&one](std::int64_t first, std::int64_t end) {
                   for (std::int64_t p = first; p < end; ++p) one(p);
                 });
}

torch::Tensor gradientByImage(const torch::Tensor& image, const torch::Tensor& weights,
                              const torch::Tensor& gradient, const Planes& planes) {
  const torch::Tensor result = torch::zeros(image.sizes(), image.options());
  const float *above = gradient.data_ptr<float>(), *kernel = weights.data_ptr<float>();
  float* to = result.data_ptr<float>();
  const std::int64_t channels = image.size(1);
  eachPlane(image, [&](std::int64_t p) {
    const float* own = kernel + p % channels * planes.taps();
    planes.eachRow([&](std::int64_t tap, std::int64_t in, std::int64_t out, std::int64_t count) {
      addRow(above + p * planes.outSize() + out, 1, own[tap], count, to + p * planes.inSize() + in,
             planes.x.stride);
    });
  });
  return result;
}

torch::Tensor gradientByWeights(const torch::Tensor& image, const torch::Tensor& weights,
                                const torch::Tensor& gradient, const Planes& planes) {
  const torch::Tensor ofPlanes =
      torch::empty({image.size(0), image.size(1) * planes.taps()}, image.options());
  const float *values = image.data_ptr<float>(), *above = gradient.data_ptr<float>();
  float* to = ofPlanes.data_ptr<float>();
  eachPlane(image, [&](std::int64_t p) {
    std::vector<Lanes> sums(static_cast<std::size_t>(planes.taps()));
    planes.eachRow([&](std::int64_t tap, std::int64_t in, std::int64_t out, std::int64_t count) {
      multiplyRow(values + p * planes.inSize() + in, planes.x.stride,
                  above + p * planes.outSize() + out, count, sums[static_cast<std::size_t>(tap)]);
    });
    for (std::int64_t tap = 0; tap < planes.taps(); ++tap) {
      float sum = 0;
      for (const float lane : sums[static_cast<std::size_t>(tap)]) sum += lane;
      to[p * planes.taps() + tap] = sum;
    }
  });
  return ofPlanes.sum(0).view(weights.sizes());
}

struct DepthwiseConv : torch::autograd::Function<DepthwiseConv> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& image,
                               const torch::Tensor& weights, const DepthwiseWindow& by) {
    context->save_for_backward({image, weights});
    context->saved_data["stride"] = by.stride;
    context->saved_data["padding"] = by.padding;
    context->saved_data["dilation"] = by.dilation;
    const Planes planes = planesOf(image, weights, by);
    const torch::Tensor result =
        torch::zeros({image.size(0), image.size(1), planes.y.out, planes.x.out}, image.options());
    const float *from = image.data_ptr<float>(), *kernel = weights.data_ptr<float>();
    float* to = result.data_ptr<float>();
    const std::int64_t channels = image.size(1);
    eachPlane(image, [&](std::int64_t p) {
      const float* own = kernel + p % channels * planes.taps();
      planes.eachRow([&](std::int64_t tap, std::int64_t in, std::int64_t out, std::int64_t count) {
        addRow(from + p * planes.inSize() + in, planes.x.stride, own[tap], count,
               to + p * planes.outSize() + out, 1);
      });
    });
    return result;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &image = saved[0], &weights = saved[1];
    const torch::Tensor gradient = gradients[0].contiguous();
    const Planes planes = planesOf(
        image, weights,
        {context->saved_data["stride"].toIntVector(), context->saved_data["padding"].toIntVector(),
         context->saved_data["dilation"].toIntVector()});
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
                     const DepthwiseWindow& by) {
  constexpr std::int64_t kLargePlane = 2000;  // pixels
  return weights.size(2) == 1 || weights.size(3) == 1 || by.dilation[0] > 1 || by.dilation[1] > 1 ||
         (image.size(2) * image.size(3) >= kLargePlane && !compat::isAutocastOnCpu());
}

}  // namespace

torch::Tensor quickDepthwiseConv(const torch::Tensor& image, const torch::Tensor& weights,
                                 const torch::Tensor& bias, const DepthwiseWindow& by) {
  if (!isQuickOnCpu(image, weights) || !isSlowElsewhere(image, weights, by)) {
    return torch::conv2d(image, weights, bias, by.stride, by.padding, by.dilation, image.size(1));
  }
  const torch::Tensor sums = DepthwiseConv::apply(image, weights.contiguous(), by);
  return bias.defined() ? sums + bias.view({1, -1, 1, 1}) : sums;
}

}  // namespace limbus
