// Pictures for a page: small enough to be sent, as text inside it.
#pragma once

#include <string>
#include <vector>

#include "shared/class_colours.h"
#include "shared/image.h"
#include "shared/result.h"

namespace limbus {

// What one image looked like, each at most kPictureSide px on a side, RGB.
struct Triplet {
  Image image, truth, prediction;
  Image errors;  // the image in grey, wrong pixels in red
};

constexpr int kPictureSide = 480;

// Masks in the colours of their classes, void in grey. All of one size.
Triplet tripletOf(ImageView image, MaskView truth, MaskView prediction,
                  const std::vector<Rgb>& colours);

// "data:image/png;base64,..."
Result<std::string> dataUrl(ImageView picture);

}  // namespace limbus
