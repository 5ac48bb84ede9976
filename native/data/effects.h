// What most augmentations come to once their numbers are drawn. The loader's workers apply effects
// to one pair; where images lie on a GPU they are applied there to whole batches
// (native/train/device_effects.h).
//
//   Random random(seed, epoch, index, Purpose::augment);
//   for (const Effects& one : drawEffects(list, extentOf(pair.image), random)) applyAll(one, pair);
#pragma once

#include <array>
#include <cstdint>
#include <variant>
#include <vector>

#include "native/data/augment.h"
#include "native/data/augment_border.h"

namespace limbus {

struct Mirror {
  bool vertical = false;  // top and bottom exchanged, or left and right
};

struct Turn {
  int quarters = 1;  // clockwise, 1 .. 3
};

// A pixel at (x, y) goes to (m[0] x + m[1] y + m[2], m[3] x + m[4] y + m[5]); the mask takes the
// nearest. The whole numbers are those of cv::warpAffine on 8 bits: places in 1/32 px, weights in
// 1/32768.
struct Warp {
  std::array<double, 6> matrix{};
  bool cubic = false;  // a = -0.75, or linear
  Border border{};
};

// Where it leaves the image, a level and void.
struct Window {
  int left = 0, top = 0, width = 0, height = 0;
  std::uint8_t fill = 0;
};

using LevelTable = std::array<std::uint8_t, 256>;

struct Levels {
  std::vector<LevelTable> tables;  // one for each channel, or one for all
};

// out = in * contrast + mean * brightness + offset, mean that of the image, offset in grey levels.
struct Contrast {
  double contrast = 1, brightness = 0, offset = 0;
};

// in * (1 + alongX * (2 x / width - 1) + alongY * (2 y / height - 1))
struct Slope {
  double alongX = 0, alongY = 0;
};

struct Smooth {
  int size = 0;      // of the kernel, odd; 0: by its deviation
  double sigma = 0;  // px; 0: by its size
};

// in + mean + deviation * normal value: two values of each word of the stream.
struct Noise {
  Random stream;
  float deviation = 0, mean = 0;
};

struct Effect {
  std::variant<Mirror, Turn, Warp, Window, Levels, Contrast, Slope, Smooth, Noise> what;
};

using Effects = std::vector<Effect>;

inline ImageExtent extentOf(const Image& image) {
  return {image.width, image.height, image.channels};
}
ImageExtent extentAfter(const Effect& effect, ImageExtent before);

void applyAll(const Effects& effects, Pair& pair);

// What the list does to one sample, entry by entry; empty where one is not applied. Every row must
// have a `draw`.
std::vector<Effects> drawEffects(const std::vector<Augmentation>& list, ImageExtent of,
                                 Random& random);

AugmentationRow drawnRow(const char* name, const char* summary, Options options,
                         Effects (*draw)(const ImageExtent& of, Random& random,
                                         const Options& options));

// Of the stream, that Noise takes.
inline std::uint32_t noiseWords(const ImageExtent& of) {
  return static_cast<std::uint32_t>((std::int64_t{1} * of.width * of.height * of.channels + 1) / 2);
}

// 65536 quantiles of the standard normal distribution.
const std::vector<float>& normalTable();

}  // namespace limbus
