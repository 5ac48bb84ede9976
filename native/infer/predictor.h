// From an image to a field of logits, by a network or by several looks at the image (modes.h,
// views.h) or several models (mean.h); the mask comes last.
//
//   SharedPredictor eye = predictorOf(*loadModel("eye.onnx", "auto"));
//   eye = viewed(std::move(eye), *parseViews({"none,flip-x"}), Averaged::probabilities);
//   Result<Field> field = eye->predict(image.view());
//   Result<Mask> mask = maskOf(*field);
#pragma once

#include <memory>

#include "shared/image.h"
#include "shared/manifest.h"
#include "shared/result.h"
#include "shared/tensor.h"
#include "shared/vision/preprocess.h"

namespace limbus {

struct Field {
  Tensor logits;        // [K,h,w], a plane for every class; probabilities where `output` says so
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

using SharedPredictor = std::shared_ptr<const Predictor>;

}  // namespace limbus
