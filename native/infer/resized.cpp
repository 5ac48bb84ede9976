#include "native/infer/resized.h"

#include <algorithm>
#include <cmath>

#include "shared/options/rows.h"
#include "shared/vision/resample.h"

namespace limbus {
namespace {

class Resized : public Predictor {
 public:
  Resized(SharedPredictor inner, SeenSize size, Interpolation interpolation)
      : inner_(std::move(inner)), size_(size), interpolation_(interpolation) {}

  Result<Field> predict(ImageView image) const override {
    const Result<SeenSize> seen = size_.of(image);
    if (!seen) return fail(seen.error());
    if (seen->width == image.width && seen->height == image.height) return inner_->predict(image);
    const Image smaller = resample(image, seen->width, seen->height, interpolation_);
    Result<Field> field = inner_->predict(smaller.view());
    if (!field) return field;
    Placement& place = field->placement;
    place.sourceWidth = image.width;
    place.sourceHeight = image.height;
    place.scaleX *= static_cast<double>(seen->width) / image.width;
    place.scaleY *= static_cast<double>(seen->height) / image.height;
    return field;
  }

 private:
  SharedPredictor inner_;
  SeenSize size_;
  Interpolation interpolation_;
};

}  // namespace

Result<SeenSize> SeenSize::of(ImageView image) const {
  constexpr double kMostPx = 16384;
  if (width > 0) return *this;
  const double wide = std::floor(image.width * scale + 0.5);
  const double high = std::floor(image.height * scale + 0.5);
  if (std::max(wide, high) > kMostPx) {
    return fail(ErrorCode::badArgument, "an image of " + std::to_string(image.width) + "x" +
                                            std::to_string(image.height) + " times " +
                                            showNumber(scale) + " is larger than 16384 px a side");
  }
  return SeenSize{std::max(1, static_cast<int>(wide)), std::max(1, static_cast<int>(high))};
}

SharedPredictor resized(SharedPredictor inner, SeenSize size, Interpolation interpolation) {
  return std::make_shared<Resized>(std::move(inner), size, interpolation);
}

}  // namespace limbus
