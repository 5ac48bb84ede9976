// Batches that a device makes beside those of the loader, on any device.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "data_by_name.h"
#include "native/train/batch_source.h"
#include "native/train/resident_batches.h"
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

// What OpenCV interpolates or weighs, which a version of it may round otherwise.
inline bool interpolates(const std::string& row) {
  for (const char* name : {"shiftScaleRotate", "zoom", "rotate", "translate", "gaussianBlur"}) {
    if (row == name) return true;
  }
  return false;
}

// The contract of a row that has a `draw`: levels equal, or where OpenCV interpolates at most one
// apart in 999 of 1000; labels equal in 999 of 1000.
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
      if (interpolates(row.name)) {
        CHECK(distance.largest <= 1.001);
        CHECK(distance.differing <= 0.001);
        CHECK(distance.differingMasks <= 0.001);
      } else {
        CHECK(distance.largest == 0);
        CHECK(distance.differingMasks == 0);
      }
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
          {"name": "translate", "oneOf": "tone"}])"};
  return kLists;
}

}  // namespace limbus::samples
