// The fused tail: logits at reduced resolution to a class mask at source resolution. Ours because
// cv::resize would write every class at full size first, 4 MB for 4 classes at 640x400.
//
// Bilinear upsampling and argmax in one SIMD pass over output rows; the full-size logits never
// exist, and where neighbouring logits leave no choice nothing is blended (decided.h). Equals
// argmax(interpolate(logits, bilinear)) where the network saw source pixels; where the image was
// resized, logits are sampled straight at the source pixel centres. Ties go to the lower class. The
// sizes at hand decide the scale (PyTorch's `size`, not `scale_factor`): an input coordinate x
// reads logit (x + 0.5) * w / inputWidth - 0.5, or x * (w - 1) / (inputWidth - 1) with aligned
// corners, clamped to the first and last.
#pragma once

#include "shared/image.h"
#include "shared/manifest.h"
#include "shared/result.h"
#include "shared/vision/preprocess.h"

namespace limbus {

// logits: [C,h,w] floats, h and w those of the network output. Returns sourceWidth x sourceHeight.
Result<Mask> upsampleArgmax(const float* logits, int channels, int height, int width,
                            const OutputSpec& output, const Placement& placement);

// For models whose file ends in argmax: class indices [h,w] back to source resolution (nearest).
Result<Mask> placeMask(const std::uint8_t* classes, int height, int width,
                       const Placement& placement);

// What the above, and probabilities.h, refuse: no logits, too many classes, an empty placement.
Result<void> checkTail(int channels, int height, int width, const Placement& placement);

}  // namespace limbus
