// Batches that a device makes beside those of the loader, on any device.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "data_by_name.h"
#include "native/data/augment/effects.h"
#include "native/train/batches/batch_source.h"
#include "native/train/batches/resident_batches.h"
#include "native_catch.h"
#include "shared/random.h"

namespace limbus::samples {

// Waves under noise; labels 0 to 3 by rows, and some void.
class Waves : public Dataset {
 public:
  Waves(int count, ImageExtent extent) : count_(count), extent_(extent) {}
  std::size_t size() const override { return static_cast<std::size_t>(count_); }
  bool fresh() const override { return fresh_; }
  Result<Sample> get(std::size_t index, std::uint32_t) const override {
    if (static_cast<int>(index) == broken_) return fail(ErrorCode::badData, "w3.png: broken");
    ImageExtent own = extent_;
    if (static_cast<int>(index) == wide_) own.width += 2;
    Sample sample{"w" + std::to_string(index), Image(own.width, own.height, own.channels),
                  Mask(own.width, own.height, 1)};
    Random random(9, 0, static_cast<std::uint32_t>(index), Purpose::test);
    const double step = random.uniform(0.05, 0.6);
    for (int y = 0; y < own.height; ++y) {
      for (int x = 0; x < own.width; ++x) {
        for (int c = 0; c < own.channels; ++c) {
          const double level =
              128 + 90 * std::sin(step * (x + 2 * y) + c) + random.uniform(-60, 60);
          sample.image.row(y)[x * own.channels + c] =
              static_cast<std::uint8_t>(std::clamp(level, 0.0, 255.0));
        }
        sample.mask.row(y)[x] =
            random.chance(0.1) ? kVoidLabel : static_cast<std::uint8_t>((y / 7 + x / 9) % 4);
      }
    }
    if (index == 1) sample.mask = Mask();  // no label: void
    return sample;
  }
  bool fresh_ = false;
  int broken_ = -1, wide_ = -1;

 private:
  int count_;
  ImageExtent extent_;
};

// Levels as they are.
inline InputSpec levelInput(int channels) {
  InputSpec input;
  input.width = 64;
  input.height = 48;
  input.multiple = 1;
  input.colour = channels == 1 ? Colour::grey : Colour::rgb;
  input.std = std::vector<double>(static_cast<std::size_t>(channels), 1.0 / 255);
  input.mean = std::vector<double>(static_cast<std::size_t>(channels), 0.0);
  return input;
}

inline std::vector<DeviceBatch> epochOf(BatchSource& source, std::uint32_t epoch,
                                        std::int64_t first = 0) {
  std::vector<DeviceBatch> batches;
  source.start(epoch, first);
  while (true) {
    Result<std::optional<DeviceBatch>> batch = source.next();
    REQUIRE(batch);
    if (!*batch) break;
    batches.push_back(std::move(**batch));
  }
  return batches;
}

struct Distance {
  double largest = 0;         // between two values
  double differing = 0;       // share of values
  double differingMasks = 0;  // share of labels
};

// Of two epochs of both.
inline Distance distanceTo(const Dataset& dataset, const InputSpec& input, const std::string& list,
                           LoaderOptions options, torch::Device device) {
  const std::vector<Augmentation> augmentations = parseAugmentations(list).value();
  LoaderSource expected(dataset, input, augmentations, options, torch::kCPU);
  Result<Resident> resident = residentBatches(dataset, input, augmentations, options, device);
  REQUIRE(resident);
  INFO(resident->obstacle);
  REQUIRE(resident->batches != nullptr);
  CHECK(resident->batches->batchesPerEpoch() == expected.batchesPerEpoch());
  Distance distance;
  double values = 0, labels = 0;
  for (const std::uint32_t epoch : {0U, 3U}) {
    const std::vector<DeviceBatch> ones = epochOf(expected, epoch);
    const std::vector<DeviceBatch> others = epochOf(*resident->batches, epoch);
    REQUIRE(ones.size() == others.size());
    for (std::size_t i = 0; i < ones.size(); ++i) {
      const DeviceBatch &one = ones[i], &other = others[i];
      REQUIRE(one.ids == other.ids);
      REQUIRE(one.images.sizes() == other.images.sizes());
      REQUIRE(one.target.sizes() == other.target.sizes());
      REQUIRE(other.images.device().type() == device.type());
      REQUIRE(other.target.scalar_type() == torch::kInt64);
      const torch::Tensor apart = (one.images - other.images.to(torch::kCPU)).abs();
      distance.largest = std::max(distance.largest, apart.max().item<double>());
      distance.differing += (apart > 0).sum().item<double>();
      distance.differingMasks += (one.target != other.target.to(torch::kCPU)).sum().item<double>();
      values += static_cast<double>(apart.numel());
      labels += static_cast<double>(one.target.numel());
    }
  }
  distance.differing /= values;
  distance.differingMasks /= labels;
  return distance;
}

// How far the values of a row may lie apart, and how many.
struct Tolerance {
  double largest = 0, share = 0, shareOfMasks = 0;
};

// One level where OpenCV interpolates, weighs or computes in floats, which a version of it may
// round otherwise. Where a field of floats bends, places differ by 1/32 px along one axis or both:
// by 16 levels between black and white.
inline Tolerance toleranceOf(const std::string& row) {
  if (row == "elastic") return {16.001, 0.001, 0.001};
  if (row == "hueSaturation") return {1.001, 0.25, 0};  // by the width of OpenCV's vectors
  for (const char* name :
       {"shiftScaleRotate", "zoom", "rotate", "translate", "perspective", "gridDistortion",
        "gaussianBlur", "motionBlur", "downscale", "starburst", "mixUp"}) {
    if (row == name) return {1.001, 0.001, 0.001};
  }
  return {};
}

// Between values that a whole list made: a level of an entry may be a few of the last one.
inline double largestOf(const std::string& list) {
  return list.find("elastic") == std::string::npos ? 3 : toleranceOf("elastic").largest;
}

// The contract of a row that is drawn, of samples to which it happens and to which not.
inline void checkRow(const AugmentationRow& row, torch::Device device) {
  for (const int channels : {1, 3}) {
    for (const double p : {0.6, 1.0}) {
      if (row.resizes && p < 1) continue;
      INFO(row.name << ", " << channels << " channels, p " << p);
      const bool square = std::string(row.name) == "rotate90";
      const Waves dataset(11, {61, square ? 61 : 44, channels});
      const std::string list =
          "[{\"name\": \"" + std::string(row.name) + "\", \"p\": " + std::to_string(p) + "}]";
      const Distance distance =
          distanceTo(dataset, levelInput(channels), list,
                     {.batch = 4, .workers = 1, .seed = 5, .shuffle = true}, device);
      const Tolerance tolerance = toleranceOf(row.name);
      CHECK(distance.largest <= tolerance.largest);
      CHECK(distance.differing <= tolerance.share);
      CHECK(distance.differingMasks <= tolerance.shareOfMasks);
    }
  }
}

// The entries of recipes that are shipped, alternatives and small zooms among them.
inline const std::vector<std::string>& residentLists() {
  static const std::vector<std::string> kLists = {
      R"([{"name": "shiftScaleRotate", "p": 0.5}, {"name": "gaussianBlur", "p": 0.5},
          {"name": "gaussNoise", "p": 0.5}, {"name": "flipHorizontal", "p": 0.5},
          {"name": "brightnessContrast", "p": 0.5}])",
      R"([{"name": "flipHorizontal", "p": 0.5}, {"name": "brightnessContrast", "p": 0.5},
          {"name": "narrowRange", "low": 0.12, "p": 0.15},
          {"name": "gaussNoise", "variance": [0.5, 6], "p": 0.2}])",
      R"([{"name": "zoom", "factor": [0.3, 1.7], "aspect": 1.15, "border": "edge",
           "p": 0.8},
          {"name": "crop", "width": 32, "height": 32, "p": 1}, {"name": "rotate90", "p": 0.75},
          {"name": "gamma", "exponent": [0.6, 1.6], "p": 0.4}])",
      R"([{"name": "crop", "width": 80, "height": 40, "fill": 200, "p": 1},
          {"name": "rotate", "degrees": [-40, 40], "border": "fill", "fill": 90, "p": 0.7},
          {"name": "brightnessContrast", "byMaximum": true},
          {"name": "rgbShift", "p": 0.7, "oneOf": "tone"}, {"name": "lightGradient", "oneOf": "tone"},
          {"name": "translate", "oneOf": "tone"}])",
      R"([{"name": "perspective", "p": 0.6}, {"name": "cutout", "holes": 20, "p": 0.6},
          {"name": "hueSaturation", "hue": [-90, 90], "p": 0.6},
          {"name": "coarseDropout", "holes": [1, 30], "fill": 80, "p": 0.6},
          {"name": "starburst", "oneOf": "front"}, {"name": "lines", "oneOf": "front"},
          {"name": "motionBlur", "oneOf": "sharpness"},
          {"name": "downscale", "oneOf": "sharpness"}])",
      R"([{"name": "cutMix", "p": 0.6}, {"name": "elastic", "p": 0.5},
          {"name": "classMix", "oneOf": "mix"}, {"name": "mixUp", "oneOf": "mix"},
          {"name": "gridDistortion", "oneOf": "mix"},
          {"name": "crop", "width": 48, "height": 40, "p": 1}, {"name": "gaussNoise"}])"};
  return kLists;
}

}  // namespace limbus::samples
