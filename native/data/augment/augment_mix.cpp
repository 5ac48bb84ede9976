// Two samples become one. The other is drawn anew, brought to this one's size and channels, and not
// augmented.
#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "native/data/augment/effects.h"
#include "native/data/augment/mixes.h"
#include "native/data/augment/option_ranges.h"
#include "native/data/augment/resize_pair.h"
#include "native/data/pixels.h"
#include "shared/elementary.h"

namespace limbus {
namespace {

// One data set may hold grey images and images in colour.
void bringToChannels(Image& image, int channels) {
  if (image.channels == channels) return;
  Image converted(image.width, image.height, channels);
  cv::Mat to = matOf(converted);
  cv::cvtColor(matOf(image), to, channels == 1 ? cv::COLOR_RGB2GRAY : cv::COLOR_GRAY2RGB);
  image = std::move(converted);
}

Result<Pair> otherLike(const Pair& pair, Random& random, const SampleSource& others) {
  Result<Pair> other = others(random);
  if (!other) return other;
  bringToChannels(other->image, pair.image.channels);
  resizePair(*other, pair.image.width, pair.image.height, cv::INTER_LINEAR);
  return other;
}

void takePixel(Pair& pair, const Pair& other, int x, int y) {
  const int channels = pair.image.channels;
  std::copy_n(other.image.row(y) + x * channels, channels, pair.image.row(y) + x * channels);
  pair.mask.row(y)[x] = other.mask.row(y)[x];
}

void apply(const Patch& patch, Pair& pair, const Pair& other) {
  for (int y = patch.top; y < patch.top + patch.height; ++y) {
    for (int x = patch.left; x < patch.left + patch.width; ++x) takePixel(pair, other, x, y);
  }
}

void apply(const PastedClasses& pasted, Pair& pair, const Pair& other) {
  std::array<bool, 256> taken{};
  for (const std::uint8_t label : pasted.labels) taken[label] = true;
  for (int y = 0; y < pair.image.height; ++y) {
    for (int x = 0; x < pair.image.width; ++x) {
      if (taken[other.mask.row(y)[x]]) takePixel(pair, other, x, y);
    }
  }
}

void apply(const Blend& blend, Pair& pair, const Pair& other) {
  cv::Mat image = matOf(pair.image);
  cv::addWeighted(image, 1 - blend.share, matOf(other.image), blend.share, 0, image);
  for (std::size_t i = 0; i < pair.mask.pixels.size(); ++i) {
    if (pair.mask.pixels[i] != other.mask.pixels[i]) pair.mask.pixels[i] = kVoidLabel;
  }
}

struct CutMix {
  Range share{0.1, 0.5};

  void describe(OptionVisitor& v) {
    v.range("share", share, {0.001, 1}, "of the area that comes from the other");
  }
};

// Yun et al., "CutMix", 2019: a rectangle of this image's proportions.
MixHow cutMix(const ImageExtent& of, Random& random, const std::vector<std::uint8_t>&,
              const CutMix& options) {
  const double side = squareRoot(random.uniform(options.share.low, options.share.high));
  Patch patch;
  patch.width = std::clamp(static_cast<int>(side * of.width), 1, of.width);
  patch.height = std::clamp(static_cast<int>(side * of.height), 1, of.height);
  patch.left = random.integer(0, of.width - patch.width);
  patch.top = random.integer(0, of.height - patch.height);
  return patch;
}

struct ClassMix {
  Range share{0.5, 0.5};

  void describe(OptionVisitor& v) {
    numberAsRange(v, "share", NumberMeans::alone);
    v.range("share", share, {0, 1},
            "of the other's classes, at least one, that are pasted; one number: always so many");
  }
};

// Olsson et al., "ClassMix", 2021: all pixels of some classes of the other.
MixHow classMix(const ImageExtent&, Random& random, const std::vector<std::uint8_t>& labels,
                const ClassMix& options) {
  const double share = random.uniform(options.share.low, options.share.high);
  const auto wanted = std::max<std::size_t>(
      1, static_cast<std::size_t>(std::lrint(share * static_cast<double>(labels.size()))));
  PastedClasses pasted;
  for (const int index : permutation(static_cast<int>(labels.size()), random)) {
    if (pasted.labels.size() == wanted) break;
    pasted.labels.push_back(labels[static_cast<std::size_t>(index)]);
  }
  return pasted;
}

struct MixUp {
  Range share{0, 0.5};

  void describe(OptionVisitor& v) { v.range("share", share, {0, 1}, "of the other in the sum"); }
};

// Zhang et al., "mixup", 2018, for labels that cannot be mixed: where the two disagree, a pixel
// takes no part.
MixHow mixUp(const ImageExtent&, Random& random, const std::vector<std::uint8_t>&,
             const MixUp& options) {
  return Blend{random.uniform(options.share.low, options.share.high)};
}

template <auto function>
Result<void> mixed(Pair& pair, Random& random, const SampleSource& others, const Options& options) {
  const Result<Pair> other = otherLike(pair, random, others);
  if (!other) return fail(other.error());
  const MixDraw draw = typed<function>;
  const MixHow how = draw(extentOf(pair.image), random, labelsOf(other->mask), options);
  std::visit([&](const auto& what) { apply(what, pair, *other); }, how);
  return {};
}

struct MixRow {
  AugmentationRow row;
  MixDraw draw;
};

template <auto function, class Own>
MixRow mixRow(const char* name, const char* summary, Own options) {
  return {{name, summary, std::move(options), nullptr, mixed<function>}, typed<function>};
}

const std::vector<MixRow>& mixRows() {
  static const std::vector<MixRow> rows = {
      mixRow<cutMix>("cutMix", "a rectangle of another sample", CutMix{}),
      mixRow<classMix>("classMix", "some classes of another sample, pasted over", ClassMix{}),
      mixRow<mixUp>("mixUp", "the weighted sum of two images; void where their labels differ",
                    MixUp{}),
  };
  return rows;
}

}  // namespace

std::vector<std::uint8_t> labelsOf(const Mask& mask) {
  std::array<bool, 256> seen{};
  for (const std::uint8_t label : mask.pixels) seen[label] = true;
  std::vector<std::uint8_t> labels;
  for (int label = 0; label < 256; ++label) {
    if (seen[label] && label != kVoidLabel) labels.push_back(static_cast<std::uint8_t>(label));
  }
  return labels;
}

std::size_t drawOther(std::size_t samples, Random& random) {
  return static_cast<std::size_t>(random.integer(0, static_cast<int>(samples) - 1));
}

MixDraw mixDraw(const AugmentationRow& row) {
  for (const MixRow& mix : mixRows()) {
    if (row.combine == mix.row.combine) return mix.draw;
  }
  return nullptr;
}

std::vector<AugmentationRow> mixingAugmentations() {
  std::vector<AugmentationRow> rows;
  for (const MixRow& mix : mixRows()) rows.push_back(mix.row);
  return rows;
}

}  // namespace limbus
