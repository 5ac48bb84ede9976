// What most augmentations come to once their numbers are drawn. The loader's workers apply effects
// to one pair; where images lie on a GPU they are applied there to whole batches
// (native/train/augment/device_effects.h).
//
//   Random random(seed, epoch, index, Purpose::augment);
//   for (const Drawn& one : drawList(list, extentOf(pair.image), random))
//     applyAll(one.effects, pair);
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "native/data/augment/augment.h"
#include "native/data/augment/augment_border.h"
#include "native/data/augment/mixes.h"

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
struct Frame {
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

// The three bends below are cv::remap's on 8 bits: image linear, mask nearest, places in 1/32 px,
// weights in 1/32768.

// (x, y) shows what stands at (X / W, Y / W), where (X, Y, W) = matrix (x, y, 1), row by row.
// Mirrored outside.
struct Homography {
  std::array<double, 9> matrix{};
};

// Where columns and rows come from, px. Mirrored outside.
struct Stretch {
  std::vector<float> columns, rows;
};

// Each pixel shows what stands farther by a smooth field: even values in [-1,1), row by row, for x
// and then for y, 2 words of the stream each, blurred by a Gaussian and scaled.
struct Bend {
  Random stream;
  double strength = 0;    // of each axis, root mean square, px
  double smoothness = 0;  // deviation of the blur, px
  Border border{};
};

// One over the other, in this order, inside the image.
struct Boxes {
  struct Box {
    int left = 0, top = 0, width = 0, height = 0;
    std::uint8_t level = 0;
  };
  std::vector<Box> boxes = {};
  bool hides = false;  // void in the mask, which stays otherwise
};

// White lines, as cv::line draws them.
struct Strokes {
  struct Line {
    int fromX = 0, fromY = 0, toX = 0, toY = 0;
  };
  std::vector<Line> lines = {};
  int width = 1;  // px
};

// image (1 - s) + 255 s, where s = strength f^2 (f + (1 - f) r), f falls from 1 in the middle to 0
// at `reach` and r runs from ray to ray, which are evenly spread clockwise from the right.
struct Glare {
  std::vector<double> rays = {};    // strength of each, [0,1]
  double middleX = 0, middleY = 0;  // px
  double reach = 1;                 // px
  double strength = 1;
};

// Added in OpenCV's 8-bit HSV, whose hues go round from 0 to 179; colours only.
struct HueShift {
  double hue = 0, saturation = 0, value = 0;
};

// The sum over (2 radius + 1)^2 pixels around each, mirrored outside, by weights row by row.
struct Smear {
  int radius = 0;
  std::vector<float> weights;
};

// Shrunk to this size by areas, enlarged again by lines: cv::resize on 8 bits.
struct Coarsen {
  int width = 1, height = 1;
};

struct Effect {
  std::variant<Mirror, Turn, Warp, Frame, Homography, Stretch, Bend, Levels, Contrast, Slope,
               HueShift, Smooth, Smear, Coarsen, Noise, Boxes, Strokes, Glare>
      what;
};

using Effects = std::vector<Effect>;

inline ImageExtent extentOf(const Image& image) {
  return {image.width, image.height, image.channels};
}
ImageExtent extentAfter(const Effect& effect, ImageExtent before);

void applyAll(const Effects& effects, Pair& pair);

// What an entry of a list does to one sample: effects, or a mix with another, or nothing.
struct Drawn {
  Effects effects = {};
  std::optional<Mix> mix = {};
};

using SampleLabels = std::vector<std::vector<std::uint8_t>>;  // labelsOf() each of a data set

bool isDrawn(const AugmentationRow& row);  // has a `draw`, or a mixDraw()

// By a row that is drawn. Mixes need `labels`.
Drawn drawOne(const Augmentation& augmentation, const ImageExtent& of, Random& random,
              const SampleLabels& labels = {});
ImageExtent extentAfter(const Drawn& drawn, ImageExtent before);

// Entry by entry what the list does to one sample; nothing where one is not applied.
std::vector<Drawn> drawList(const std::vector<Augmentation>& list, ImageExtent of, Random& random,
                            const SampleLabels& labels = {});

AugmentationRow drawnRow(const char* name, const char* summary, Options options,
                         Effects (*draw)(const ImageExtent& of, Random& random,
                                         const Options& options));

// Of the stream, that Noise takes.
inline std::uint32_t noiseWords(const ImageExtent& of) {
  return static_cast<std::uint32_t>((std::int64_t{1} * of.width * of.height * of.channels + 1) / 2);
}

// Of the stream, that Bend takes.
inline std::uint32_t bendWords(const ImageExtent& of) {
  return static_cast<std::uint32_t>(std::int64_t{4} * of.width * of.height);
}

// 65536 quantiles of the standard normal distribution.
const std::vector<float>& normalTable();

}  // namespace limbus
