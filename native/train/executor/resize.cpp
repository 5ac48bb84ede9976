#include "native/train/executor/resize.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace limbus {
namespace {

torch::Tensor alongAxis(const torch::Tensor& x, int axis, std::int64_t to, bool alignCorners) {
  const std::int64_t from = x.size(axis);
  std::vector<std::int64_t> first, second;
  std::vector<float> share;  // of the second
  const double scale = !alignCorners ? static_cast<double>(from) / static_cast<double>(to)
                       : to > 1      ? static_cast<double>(from - 1) / static_cast<double>(to - 1)
                                     : 0;
  for (std::int64_t i = 0; i < to; ++i) {
    const double at = static_cast<double>(i);
    const double place = alignCorners ? at * scale : std::max(0.0, (at + 0.5) * scale - 0.5);
    const auto whole = std::min(static_cast<std::int64_t>(place), from - 1);
    first.push_back(whole);
    second.push_back(std::min(whole + 1, from - 1));
    share.push_back(static_cast<float>(place - static_cast<double>(whole)));
  }
  const auto index = [&](const std::vector<std::int64_t>& places) {
    return torch::tensor(places, torch::kInt64).to(x.device());
  };
  std::vector<std::int64_t> shape(4, 1);
  shape[static_cast<std::size_t>(axis)] = to;
  const torch::Tensor weight = torch::tensor(share).to(x.device(), x.scalar_type()).view(shape);
  return x.index_select(axis, index(first)) * (1 - weight) +
         x.index_select(axis, index(second)) * weight;
}

}  // namespace

torch::Tensor resizeBilinear(const torch::Tensor& x, TargetSize size, bool alignCorners) {
  if (!at::globalContext().deterministicAlgorithms()) {
    return torch::upsample_bilinear2d(x, {size.height, size.width}, alignCorners);
  }
  return alongAxis(alongAxis(x, 2, size.height, alignCorners), 3, size.width, alignCorners);
}

}  // namespace limbus
