// preprocess() and preprocessMask() of shared/vision/preprocess.h on batches of 8-bit images of one
// size where they lie: the same values.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "native/data/augment/augment.h"
#include "shared/manifest.h"
#include "shared/result.h"

namespace limbus {

class DeviceInput {
 public:
  // `of`: of the images that will come. An error where the input wants CLAHE, which only workers
  // do, or is too small for them.
  static Result<DeviceInput> make(const InputSpec& input, const ImageExtent& of,
                                  torch::Device device);

  torch::Tensor images(torch::Tensor bytes) const;      // [N,C,H,W] uint8 to float
  torch::Tensor target(torch::Tensor maskBytes) const;  // [N,H,W] uint8 to int64
  std::int64_t values() const;                          // C * H * W

 private:
  // One axis: from source pixels to those of the content, and from there to those of the input.
  struct Axis {
    torch::Tensor weights = {};         // [content,source] double, in 1/2048, where it is resized
    torch::Tensor nearest = {};         // [content] int64, likewise
    torch::Tensor padding = {};         // [input] int64, undefined where it is constant, or none
    std::int64_t offset = 0, size = 0;  // size: of the input
  };
  static Axis axisOf(const InputSpec& input, int source, int content, int size, int offset,
                     torch::Device device);
  torch::Tensor padded(const torch::Tensor& content, PadFill fill, int value) const;

  InputSpec spec_;
  Axis rows_, columns_;
  torch::Tensor gamma_;           // [256] uint8
  torch::Tensor shift_, factor_;  // [C,1,1] float, of constants
};

}  // namespace limbus
