#include "native/data/centre_square.h"

#include <algorithm>

#include "shared/vision/resample.h"

namespace limbus {
namespace {

Image centreSquare(const Image& image, int sidePx, Interpolation interpolation) {
  if (image.pixels.empty()) return image;  // no label
  const int shorter = std::min(image.width, image.height);
  const auto scaled = [&](int side) {
    return static_cast<int>(static_cast<std::int64_t>(side) * sidePx / shorter);
  };
  const Image whole =
      resample(image.view(), scaled(image.width), scaled(image.height), interpolation);
  const int left = (whole.width - sidePx) / 2, top = (whole.height - sidePx) / 2;
  Image square(sidePx, sidePx, whole.channels);
  for (int y = 0; y < sidePx; ++y) {
    const std::uint8_t* from = whole.row(top + y) + static_cast<std::size_t>(left) * whole.channels;
    std::copy_n(from, static_cast<std::size_t>(sidePx) * whole.channels, square.row(y));
  }
  return square;
}

class CentreSquares : public Dataset {
 public:
  CentreSquares(std::unique_ptr<Dataset> whole, int sidePx)
      : whole_(std::move(whole)), sidePx_(sidePx) {}
  std::size_t size() const override { return whole_->size(); }
  Result<Sample> get(std::size_t index, std::uint32_t epoch) const override {
    Result<Sample> sample = whole_->get(index, epoch);
    if (!sample) return sample;
    sample->image = centreSquare(sample->image, sidePx_, Interpolation::linear);
    sample->mask = centreSquare(sample->mask, sidePx_, Interpolation::nearest);
    return sample;
  }
  bool fresh() const override { return whole_->fresh(); }
  SampleFacts facts(std::size_t index) const override { return whole_->facts(index); }
  std::vector<ClassSpec> classes() const override { return whole_->classes(); }
  LabelSet labels() const override { return whole_->labels(); }

 private:
  std::unique_ptr<Dataset> whole_;
  int sidePx_;
};

}  // namespace

std::unique_ptr<Dataset> centreSquares(std::unique_ptr<Dataset> whole, int sidePx) {
  return std::make_unique<CentreSquares>(std::move(whole), sidePx);
}

}  // namespace limbus
