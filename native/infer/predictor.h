// From an image to a field of logits, by a network or by several looks at the image; the mask comes
// last.
//
//   std::unique_ptr<Predictor> eye = predictorOf(*loadModel("eye.onnx", "auto"));
//   eye = tiled(flipped(std::move(eye)), {.width = 256, .height = 256});
//   Result<Field> field = eye->predict(image.view());
//   Result<Mask> mask = maskOf(*field);
#pragma once

#include <memory>
#include <vector>

#include "shared/image.h"
#include "shared/manifest.h"
#include "shared/result.h"
#include "shared/tensor.h"
#include "shared/vision/preprocess.h"

namespace limbus {

struct Field {
  Tensor logits;        // [K,h,w], a plane for every class; of some foreign files probabilities
  OutputSpec output;    // how they lie in the network's input
  Placement placement;  // and the image in it
};

// At the image's size. For a network's own field exactly what the page draws.
Result<Mask> maskOf(const Field& field);

class Predictor {
 public:
  virtual ~Predictor() = default;
  virtual Result<Field> predict(ImageView image) const = 0;
};

// Wrappers. Their fields lie at the image's size and hold the logarithm of mean probabilities.

// The mean over the image and its mirror image.
std::unique_ptr<Predictor> flipped(std::unique_ptr<Predictor> inner);

struct TileSize {
  int width = 0;
  int height = 0;
};

// The mean over tiles of the image that overlap by at least a quarter; a pixel counts the more, the
// deeper inside a tile it lies. Where the image is smaller, so is the tile.
std::unique_ptr<Predictor> tiled(std::unique_ptr<Predictor> inner, TileSize size);

// The mean over predictors of the same classes.
std::unique_ptr<Predictor> meanOf(std::vector<std::unique_ptr<Predictor>> inner);

}  // namespace limbus
