// Augmentation where the images lie: effects (native/data/augment/effects.h) on a whole batch of
// 8-bit images, by the numbers that the loader's workers would draw, to the same bytes. A pixel in
// a thousand differs by one level where OpenCV computes in floats, and more of them where a version
// of it or another processor rounds otherwise; a Bend takes a pixel in a thousand from 1/32 px
// farther.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "native/data/augment/effects.h"

namespace limbus {

struct PixelBatch {
  torch::Tensor images;  // [N,C,H,W] uint8
  torch::Tensor masks;   // [N,H,W] uint8
};

class DeviceEffects {
 public:
  explicit DeviceEffects(torch::Device device);

  // `drawn`: of each image, what drawList() gave. The tensors of the batch are written to, or
  // replaced; nothing waits for the device. A Frame must be there for all images or none, a Turn
  // by one or three quarters only where they are square. `all`: what mixes take from; where one
  // happens, the batch's images are as large as those.
  void apply(const std::vector<std::vector<Drawn>>& drawn, const PixelBatch& all,
             PixelBatch& batch) const;

  // Tables on the device, float.
  struct Tables {
    torch::Tensor normal;         // normalTable()
    torch::Tensor linear, cubic;  // warpWeights(): [taps * taps,1024]
  };

 private:
  Tables tables_;
};

}  // namespace limbus
