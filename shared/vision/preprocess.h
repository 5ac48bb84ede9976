// Pixels to network input, exactly as the manifest says, the same on both targets.
//
//   Prepared prepared = *preprocess(image.view(), manifest.input);
//   // prepared.tensor [1,C,H,W] goes into the network, prepared.placement to the tail
//
// Ours because a model must see in the page what it saw in training, and no version of OpenCV
// promises its roundings to the next. Whole-number arithmetic up to 8 bits, then one float
// subtraction and multiplication per value:
// - grey of R, G, B: BT.601 weights in 1/16384, rounded; equal channels keep their value
// - fit: scale min(width / w, height / h), sides rounded, at least one pixel; shrink: at most 1
// - resampling: see resample.h; gamma: a table of 256 bytes; CLAHE: see clahe.h, per channel
// - pad: reflect does not repeat the edge pixel; "centre" puts the odd pixel right and below
// - normalise: (v - 255 mean) * (1 / (255 std)); by the image: per channel
// - a network of more channels than colours gets them in turn: grey three times, or R, G, B, R
#pragma once

#include <array>
#include <cstdint>

#include "shared/image.h"
#include "shared/manifest.h"
#include "shared/result.h"
#include "shared/tensor.h"

namespace limbus {

// Where the source image lies inside the network input. A source pixel centre x stands at
//   (x + 0.5) * scaleX - 0.5 + offsetX
// in input coordinates, whose integers are input pixel centres too.
struct Placement {
  int sourceWidth = 0;
  int sourceHeight = 0;
  int inputWidth = 0;
  int inputHeight = 0;
  double scaleX = 1.0;
  double scaleY = 1.0;
  int offsetX = 0;
  int offsetY = 0;
};

struct Prepared {
  Tensor tensor;
  Placement placement;
};

// Size of the network input for a source size; no pixels needed. Sides of 1 to 16384 pixels, at
// most 2^27 input values; a source larger than the box that it is padded to is an error.
Result<Placement> placeImage(int width, int height, const InputSpec& spec);

// What InputSpec::gamma makes of each level.
std::array<std::uint8_t, 256> gammaTable(double gamma);

// Image of 1, 3 or 4 channels (alpha is composited over black by the decoder and ignored here).
Result<Prepared> preprocess(ImageView image, const InputSpec& spec);

// The mask of an image under the same geometry: nearest neighbour, padding labelled `ignore`.
Result<Mask> preprocessMask(MaskView mask, const InputSpec& spec, std::uint8_t ignore);

}  // namespace limbus
