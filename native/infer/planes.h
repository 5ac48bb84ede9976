// A predictor's answer at the image's size, a plane for each class: what looks at an image in
// several ways adds up.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "native/infer/predictor.h"

namespace limbus {

// What a mean is taken of. The mean of logits is the geometric mean of probabilities, made to sum
// to 1.
enum class Averaged { probabilities, logits };

struct Planes {
  int classes = 0;
  int width = 0;
  int height = 0;
  std::vector<float> values = {};  // [K,H,W]

  std::size_t pixels() const { return static_cast<std::size_t>(width) * height; }
};

// Of a file that ends in argmax the probabilities are 0 and 1, and there are no logits.
Result<Planes> planesBy(const Predictor& predictor, ImageView image, Averaged averaged);
Result<Planes> planesOf(const Field& field, Averaged averaged);

// An empty sum takes the size of its first part; any other has to be of the part's classes and
// size.
Result<void> addTo(Planes& sum, const Planes& part, float weight);

// Of what planesBy gives, or a mean of it.
Field fieldOf(Planes planes, Averaged averaged);

}  // namespace limbus
