// A model that sees the image at another size.
#pragma once

#include <memory>

#include "native/infer/predictor.h"

namespace limbus {

struct SeenSize {
  int width = 0;  // 0, as height: by scale
  int height = 0;
  double scale = 1;  // both sides rounded, at least 1 px

  // Of an image; sides of at most 16384 px.
  Result<SeenSize> of(ImageView image) const;
};

// The image is resampled before the model's own preparation; the answer is read at the pixel
// centres of the source, as if the resampling belonged to the manifest, so nothing is blended
// twice.
SharedPredictor resized(SharedPredictor inner, SeenSize size, Interpolation interpolation);

}  // namespace limbus
