// Two samples become one. The other is drawn anew, brought to this one's size, and not augmented.
#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <set>

#include "native/data/augment_families.h"
#include "native/data/pixels.h"
#include "shared/elementary.h"

namespace limbus {
namespace {

Result<Pair> otherLike(const Pair& pair, Random& random, const SampleSource& others) {
  Result<Pair> other = others(random);
  if (!other) return other;
  if (other->image.channels != pair.image.channels) {
    return fail(ErrorCode::badData, "another sample has " + std::to_string(other->image.channels) +
                                        " channels, this one " +
                                        std::to_string(pair.image.channels));
  }
  const auto fit = [&](Image& image, int interpolation) {
    if (image.width == pair.image.width && image.height == pair.image.height) return;
    Image out(pair.image.width, pair.image.height, image.channels);
    cv::Mat to = matOf(out);
    cv::resize(matOf(image), to, to.size(), 0, 0, interpolation);
    image = std::move(out);
  };
  fit(other->image, cv::INTER_LINEAR);
  fit(other->mask, cv::INTER_NEAREST);
  return other;
}

void takePixel(Pair& pair, const Pair& other, int x, int y) {
  const int channels = pair.image.channels;
  std::copy_n(other.image.row(y) + x * channels, channels, pair.image.row(y) + x * channels);
  pair.mask.row(y)[x] = other.mask.row(y)[x];
}

struct CutMix {
  Range share{0.1, 0.5};

  void describe(OptionVisitor& v) {
    v.range("share", share, {0.001, 1}, "of the area that comes from the other");
  }
};

// Yun et al., "CutMix", 2019: a rectangle of this image's proportions.
Result<void> cutMix(Pair& pair, Random& random, const SampleSource& others, const CutMix& options) {
  const Result<Pair> other = otherLike(pair, random, others);
  if (!other) return fail(other.error());
  const double side = squareRoot(random.uniform(options.share.low, options.share.high));
  const int width = std::clamp(static_cast<int>(side * pair.image.width), 1, pair.image.width);
  const int height = std::clamp(static_cast<int>(side * pair.image.height), 1, pair.image.height);
  const int left = random.integer(0, pair.image.width - width);
  const int top = random.integer(0, pair.image.height - height);
  for (int y = top; y < top + height; ++y) {
    for (int x = left; x < left + width; ++x) takePixel(pair, *other, x, y);
  }
  return {};
}

struct ClassMix {
  double share = 0.5;

  void describe(OptionVisitor& v) {
    v.number("share", share, {0, 1}, "of the other's classes, at least one, that are pasted");
  }
};

// Olsson et al., "ClassMix", 2021: all pixels of some classes of the other.
Result<void> classMix(Pair& pair, Random& random, const SampleSource& others,
                      const ClassMix& options) {
  const Result<Pair> other = otherLike(pair, random, others);
  if (!other) return fail(other.error());
  const std::set<std::uint8_t> present(other->mask.pixels.begin(), other->mask.pixels.end());
  std::vector<std::uint8_t> labels;
  for (const std::uint8_t label : present) {
    if (label != kVoidLabel) labels.push_back(label);
  }
  const auto wanted = std::max<std::size_t>(
      1, static_cast<std::size_t>(std::lrint(options.share * static_cast<double>(labels.size()))));
  std::set<std::uint8_t> taken;
  for (const int index : permutation(static_cast<int>(labels.size()), random)) {
    if (taken.size() < wanted) taken.insert(labels[static_cast<std::size_t>(index)]);
  }
  for (int y = 0; y < pair.image.height; ++y) {
    for (int x = 0; x < pair.image.width; ++x) {
      if (taken.count(other->mask.row(y)[x]) != 0) takePixel(pair, *other, x, y);
    }
  }
  return {};
}

struct MixUp {
  Range share{0, 0.5};

  void describe(OptionVisitor& v) { v.range("share", share, {0, 1}, "of the other in the sum"); }
};

// Zhang et al., "mixup", 2018, for labels that cannot be mixed: where the two disagree, a pixel
// takes no part.
Result<void> mixUp(Pair& pair, Random& random, const SampleSource& others, const MixUp& options) {
  const Result<Pair> other = otherLike(pair, random, others);
  if (!other) return fail(other.error());
  const double share = random.uniform(options.share.low, options.share.high);
  cv::Mat image = matOf(pair.image);
  cv::addWeighted(image, 1 - share, matOf(other->image), share, 0, image);
  for (std::size_t i = 0; i < pair.mask.pixels.size(); ++i) {
    if (pair.mask.pixels[i] != other->mask.pixels[i]) pair.mask.pixels[i] = kVoidLabel;
  }
  return {};
}

}  // namespace

std::vector<AugmentationRow> mixingAugmentations() {
  return {
      {"cutMix", "a rectangle of another sample", CutMix{}, nullptr, typed<cutMix>},
      {"classMix", "some classes of another sample, pasted over", ClassMix{}, nullptr,
       typed<classMix>},
      {"mixUp", "the weighted sum of two images; void where their labels differ", MixUp{}, nullptr,
       typed<mixUp>},
  };
}

}  // namespace limbus
