// Where a convolution's kernel lies, and how it is kept for the way back.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

namespace limbus {

// As of torch::conv2d: along y, then x.
struct ConvWindow {
  std::vector<std::int64_t> stride, padding, dilation;

  // Outputs along an axis (0: y) of `in` values, by `kernel` taps.
  std::int64_t outputs(std::size_t axis, std::int64_t in, std::int64_t kernel) const {
    return (in + 2 * padding[axis] - dilation[axis] * (kernel - 1) - 1) / stride[axis] + 1;
  }

  void keepIn(torch::autograd::AutogradContext& context) const {
    context.saved_data["stride"] = stride;
    context.saved_data["padding"] = padding;
    context.saved_data["dilation"] = dilation;
  }

  static ConvWindow keptIn(torch::autograd::AutogradContext& context) {
    return {context.saved_data["stride"].toIntVector(), context.saved_data["padding"].toIntVector(),
            context.saved_data["dilation"].toIntVector()};
  }
};

}  // namespace limbus
