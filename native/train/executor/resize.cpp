#include "native/train/executor/resize.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "native/train/executor/cpu_ops.h"
#include "native/train/executor/cuda/resize.h"
#include "native/train/executor/torch_threads.h"
#include "native/train/executor/wide_loops.h"

namespace limbus {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Along one axis each output is the mean of two inputs, by the share of the second.
struct Pairs {
  std::vector<std::int64_t> first, second;
  std::vector<float> share;
};

Pairs pairsOf(std::int64_t from, std::int64_t to, bool alignCorners) {
  Pairs pairs;
  const double scale = !alignCorners ? static_cast<double>(from) / static_cast<double>(to)
                       : to > 1      ? static_cast<double>(from - 1) / static_cast<double>(to - 1)
                                     : 0;
  for (std::int64_t i = 0; i < to; ++i) {
    const double at = static_cast<double>(i);
    const double place = alignCorners ? at * scale : std::max(0.0, (at + 0.5) * scale - 0.5);
    const auto whole = std::min(static_cast<std::int64_t>(place), from - 1);
    pairs.first.push_back(whole);
    pairs.second.push_back(std::min(whole + 1, from - 1));
    pairs.share.push_back(static_cast<float>(place - static_cast<double>(whole)));
  }
  return pairs;
}

torch::Tensor alongAxis(const torch::Tensor& x, int axis, std::int64_t to, bool alignCorners) {
  const Pairs pairs = pairsOf(x.size(axis), to, alignCorners);
  const auto index = [&](const std::vector<std::int64_t>& places) {
    return torch::tensor(places, torch::kInt64).to(x.device());
  };
  std::vector<std::int64_t> shape(4, 1);
  shape[static_cast<std::size_t>(axis)] = to;
  const torch::Tensor weight =
      torch::tensor(pairs.share).to(x.device(), x.scalar_type()).view(shape);
  return x.index_select(axis, index(pairs.first)) * (1 - weight) +
         x.index_select(axis, index(pairs.second)) * weight;
}

void addWeighed(const float* from, float weight, std::size_t count, float* __restrict to) {
  for (std::size_t i = 0; i < count; ++i) to[i] += weight * from[i];
}

// What a plane of height x width inputs gets of its outputs' gradients: first along y, whole rows,
// then along x.
LIMBUS_WIDE_LOOPS void spreadPlane(const float* gradient, const Pairs& y, const Pairs& x,
                                   std::int64_t height, std::int64_t width, float* result) {
  const std::size_t across = x.share.size();
  std::vector<float> rows(static_cast<std::size_t>(height) * across);
  for (std::size_t o = 0; o < y.share.size(); ++o) {
    const float* from = gradient + o * across;
    addWeighed(from, 1 - y.share[o], across, rows.data() + y.first[o] * across);
    addWeighed(from, y.share[o], across, rows.data() + y.second[o] * across);
  }
  std::fill_n(result, height * width, 0.0F);
  for (std::int64_t row = 0; row < height; ++row) {
    const float* from = rows.data() + row * across;
    float* to = result + row * width;
    for (std::size_t o = 0; o < across; ++o) {
      to[x.first[o]] += (1 - x.share[o]) * from[o];
      to[x.second[o]] += x.share[o] * from[o];
    }
  }
}

struct CpuResize : torch::autograd::Function<CpuResize> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x,
                               std::int64_t height, std::int64_t width, bool alignCorners) {
    context->saved_data["size"] = x.sizes().vec();
    context->saved_data["alignCorners"] = alignCorners;
    return torch::upsample_bilinear2d(x, {height, width}, alignCorners);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const std::vector<std::int64_t> size = context->saved_data["size"].toIntVector();
    const bool alignCorners = context->saved_data["alignCorners"].toBool();
    // Mixed precision of LibTorch 2 makes 16 bits of what forward() returns.
    const torch::Tensor gradient = gradients[0].to(torch::kFloat32).contiguous();
    const torch::Tensor result = torch::empty(size, gradient.options());
    const std::int64_t height = size[2], width = size[3],
                       outputs = gradient.size(2) * gradient.size(3);
    const Pairs y = pairsOf(height, gradient.size(2), alignCorners),
                x = pairsOf(width, gradient.size(3), alignCorners);
    eachOnTorchThreads(
        size[0] * size[1], outputs + height * width,
        [&, from = gradient.data_ptr<float>(), to = result.data_ptr<float>()](std::int64_t p) {
          spreadPlane(from + p * outputs, y, x, height, width, to + p * height * width);
        });
    return {result, {}, {}, {}};
  }
};

}  // namespace

torch::Tensor resizeBilinear(const torch::Tensor& x, TargetSize size, bool alignCorners) {
  if (isQuickResize(x, size)) return resizeOnCuda(x, size, alignCorners);
  if (at::globalContext().deterministicAlgorithms()) {
    return alongAxis(alongAxis(x, 2, size.height, alignCorners), 3, size.width, alignCorners);
  }
  if (isQuickOnCpu(x, x)) return CpuResize::apply(x, size.height, size.width, alignCorners);
  return torch::upsample_bilinear2d(x, {size.height, size.width}, alignCorners);
}

}  // namespace limbus
