// Small things about 8-bit pixels in tensors.
#pragma once

#include <torch/torch.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace limbus {

// A tensor of these values, whose type it has; on CUDA copied while the device goes on.
template <class Value>
torch::Tensor tensorOn(torch::Device device, const std::vector<Value>& values,
                       torch::IntArrayRef shape, torch::ScalarType type) {
  const auto options = torch::dtype(type).pinned_memory(device.is_cuda());
  const torch::Tensor here = torch::empty(shape, options);
  std::copy(values.begin(), values.end(), here.data_ptr<Value>());
  return here.to(device, /*non_blocking=*/true);
}

// Where mirrored borders take the coordinates (int32) of an axis of `size` from; the edge is not
// repeated.
inline torch::Tensor mirrored(const torch::Tensor& coordinates, std::int64_t size) {
  if (size == 1) return torch::zeros_like(coordinates);
  return (size - 1) - ((size - 1) - coordinates.abs().remainder(2 * (size - 1))).abs();
}

// Rounded and held in [0,255].
inline torch::Tensor bytesOf(const torch::Tensor& values) {
  return values.clamp(0, 255).round().to(torch::kUInt8);
}

}  // namespace limbus
