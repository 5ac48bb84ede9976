// What a network answers -> one plane of scores per class, as the tail reads them.
//
// Ours answer so already and nothing is copied. Foreign files may hold pixels instead of planes
// (NHWC), several images, or no channel for class 0, which then becomes a plane at the threshold:
// the largest class wins, ties go to the lower one, so a class shows where it is more probable.
#pragma once

#include <vector>

#include "shared/manifest.h"
#include "shared/result.h"
#include "shared/tensor.h"

namespace limbus {

struct NetworkScores {
  int channels = 0;
  int height = 0;
  int width = 0;
  const float* given = nullptr;  // the caller's
  std::vector<float> own = {};   // in their place where they had to be changed

  const float* values() const { return own.empty() ? given : own.data(); }  // [C,h,w]
};

// `values` of `shape`: the dimensions of one image, [C,h,w] or [h,w,C] as the layout says, or [h,w]
// for one channel. `classes`: how many the manifest names. Borrows `values`.
Result<NetworkScores> scoresOf(const float* values, const Dims& shape, const OutputSpec& output,
                               std::size_t classes);

// [1,C,H,W] -> [1,H,W,C].
Tensor interleaved(const Tensor& planes);

}  // namespace limbus
