// Augmentations: a suite that walks the table, then what single rows promise.
#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <set>

#include "augment_pairs.h"
#include "native/data/augment/augment.h"
#include "native/data/augment/effects.h"
#include "native/data/augment/random_words.h"
#include "native/data/augment/warp_cubic.h"
#include "native/data/pixels.h"
#include "result_text.h"
#include "shared/options/description.h"
#include "shared/vision/clahe.h"

using namespace limbus;

namespace {

double meanOf(const Image& image) {
  double sum = 0;
  for (std::uint8_t value : image.pixels) sum += value;
  return sum / static_cast<double>(image.pixels.size());
}

double varianceOf(const Image& image) {
  const double mean = meanOf(image);
  double sum = 0;
  for (std::uint8_t value : image.pixels) sum += (value - mean) * (value - mean);
  return sum / static_cast<double>(image.pixels.size());
}

}  // namespace

TEST_CASE("augment: every row repeats itself, keeps shapes and labels, works without a mask") {
  for (const AugmentationRow& row : augmentations()) {
    for (int channels : {1, 3}) {
      INFO(row.name << ", " << channels << " channels");
      const std::string json = std::string("[{\"name\": \"") + row.name + "\", \"p\": 1}]";
      bool changed = false;
      for (std::uint32_t index = 0; index < 8; ++index) {
        const Pair before = discPair(120, 90, channels);
        const Pair once = applied(json, before, index), twice = applied(json, before, index);
        REQUIRE(once.image.pixels == twice.image.pixels);
        REQUIRE(once.mask.pixels == twice.mask.pixels);
        if (!row.resizes) {
          REQUIRE(once.image.width == before.image.width);
          REQUIRE(once.image.height == before.image.height);
        }
        REQUIRE(once.mask.height == once.image.height);
        REQUIRE(once.image.channels == channels);
        REQUIRE(once.mask.width == once.image.width);
        REQUIRE(std::all_of(once.mask.pixels.begin(), once.mask.pixels.end(),
                            [](std::uint8_t label) { return label <= 1 || label == kVoidLabel; }));
        changed = changed || once.image.pixels != before.image.pixels;
        if (row.combine != nullptr) continue;
        Pair bare{before.image, Mask()};
        REQUIRE(applied(json, bare, index).image.pixels == once.image.pixels);
      }
      REQUIRE(changed);
      REQUIRE(std::string(row.summary).size() > 10);
      REQUIRE((row.apply != nullptr) + (row.combine != nullptr) + (row.draw != nullptr) == 1);
    }
  }
}

TEST_CASE("augment: rows have different names, options have help") {
  std::set<std::string> names;
  for (const AugmentationRow& row : augmentations()) {
    REQUIRE(names.insert(row.name).second);
    for (const OptionDescription& option : describeOptions(row.options)) {
      REQUIRE(option.help.size() > 3);
    }
  }
}

TEST_CASE("augment: the mask moves with the image") {
  for (const char* row :
       {"shiftScaleRotate", "flipHorizontal", "flipVertical", "rotate90", "zoom", "rotate",
        "translate", "perspective", "elastic", "gridDistortion", "randomScale", "crop"}) {
    for (std::uint32_t index = 0; index < 10; ++index) {
      INFO(row << " " << index);
      const Pair pair = applied(std::string("[{\"name\": \"") + row + "\", \"p\": 1}]",
                                discPair(120, 120), index);
      int wrong = 0;
      for (std::size_t i = 0; i < pair.mask.pixels.size(); ++i) {
        if (pair.mask.pixels[i] == kVoidLabel) {
          wrong += pair.image.pixels[i] != 0;  // what comes from outside is black
          continue;
        }
        wrong += (pair.image.pixels[i] > 130) != (pair.mask.pixels[i] == 1);
      }
      // At most the rim, half a pixel wide.
      REQUIRE(wrong < pair.image.width + pair.image.height / 2);
    }
  }
}

// Every cell of a grid has a label and a grey level of its own: where the mask went, the grey went.
TEST_CASE("augment: a grid bends as one, image and mask") {
  for (const char* row :
       {"rotate", "translate", "perspective", "elastic", "gridDistortion", "zoom"}) {
    for (std::uint32_t index = 0; index < 5; ++index) {
      INFO(row << " " << index);
      Pair grid{Image(160, 120, 1), Mask(160, 120, 1)};
      for (int y = 0; y < 120; ++y) {
        for (int x = 0; x < 160; ++x) {
          const int cell = (x / 20) + 8 * (y / 20);
          grid.mask.row(y)[x] = static_cast<std::uint8_t>(cell);
          grid.image.row(y)[x] = static_cast<std::uint8_t>(5 * cell + 5);
        }
      }
      const Pair bent =
          applied(std::string("[{\"name\": \"") + row + "\", \"p\": 1}]", grid, index);
      int right = 0, labelled = 0;
      for (std::size_t i = 0; i < bent.mask.pixels.size(); ++i) {
        if (bent.mask.pixels[i] == kVoidLabel) continue;
        ++labelled;
        right += std::abs(bent.image.pixels[i] - (5 * bent.mask.pixels[i] + 5)) <= 2;
      }
      REQUIRE(labelled > 160 * 120 / 2);
      REQUIRE(right > labelled * 0.85);  // the rest are borders between cells
    }
  }
}

TEST_CASE("augment: what comes from outside is mirrored, the rim, or filled and void") {
  const Pair flat{Image(60, 40, 3, 100), Mask(60, 40, 1, 1)};
  for (const char* row :
       {R"("name": "rotate", "degrees": [30, 30])", R"("name": "translate", "distance": [10, 10])",
        R"("name": "zoom", "factor": [0.5, 0.5])", R"("name": "zoom", "factor": [0.7, 0.7])",
        R"("name": "shiftScaleRotate", "shift": 0, "scale": 0, "rotate": 180)",
        R"("name": "elastic", "strength": [20, 20])"}) {
    const auto with = [&](const std::string& border) {
      return applied(std::string("[{\"p\": 1, ") + row + ", " + border + "}]", flat, 3);
    };
    CAPTURE(row);
    for (const char* kept : {R"("border": "mirror")", R"("border": "edge")"}) {
      const Pair all = with(kept);
      REQUIRE(all.image.pixels == flat.image.pixels);
      REQUIRE(all.mask.pixels == flat.mask.pixels);
    }
    const Pair filled = with(R"("border": "fill", "fill": 180)");
    const Pair black = with(R"("border": "black")");
    REQUIRE(filled.mask.pixels == black.mask.pixels);
    int outside = 0;
    for (std::size_t i = 0; i < filled.mask.pixels.size(); ++i) {
      if (filled.mask.pixels[i] != kVoidLabel) {
        REQUIRE(filled.mask.pixels[i] == 1);
        continue;
      }
      ++outside;
      // Interpolated with what lies inside, at most half: the mask takes the nearest.
      REQUIRE(filled.image.pixels[3 * i] >= 138);
      REQUIRE(black.image.pixels[3 * i] <= 52);
    }
    REQUIRE(outside > 50);
    REQUIRE(std::count(filled.image.pixels.begin(), filled.image.pixels.end(), 180) > 3 * 25);
  }
}

TEST_CASE("augment: clahe raises local contrast, and leaves hues alone") {
  Pair grey{Image(64, 64, 1), Mask()}, colour{Image(64, 64, 3), Mask()};
  for (int i = 0; i < 64 * 64; ++i) {
    grey.image.pixels[i] = static_cast<std::uint8_t>(100 + i % 7 + i / 64 / 8);
    for (int c = 0; c < 3; ++c) {
      colour.image.pixels[3 * i + c] = static_cast<std::uint8_t>(grey.image.pixels[i] + 30 * c);
    }
  }
  const char* const json = R"([{"name": "clahe", "p": 1, "clipLimit": [4, 4], "tiles": 4}])";
  const Pair even = applied(json, grey);
  REQUIRE(varianceOf(even.image) > 4 * varianceOf(grey.image));
  Image expected = grey.image;
  applyClahe(expected, {.clipLimit = 4, .tilesX = 4, .tilesY = 4});
  REQUIRE(even.image.pixels == expected.pixels);
  const Pair blue = applied(json, colour);
  REQUIRE(blue.image.pixels != colour.image.pixels);
  int ordered = 0;
  for (int i = 0; i < 64 * 64; ++i) {
    const std::uint8_t* pixel = &blue.image.pixels[3 * i];
    ordered += pixel[0] < pixel[1] && pixel[1] < pixel[2];
  }
  REQUIRE(ordered == 64 * 64);
}

TEST_CASE("augment: a crop has its size, and void where there is no image") {
  const Pair small =
      applied(R"([{"name": "crop", "p": 1, "width": 200, "height": 40}])", discPair(120, 90));
  const Pair grey = applied(R"([{"name": "crop", "p": 1, "width": 200, "height": 40, "fill": 9}])",
                            discPair(120, 90));
  REQUIRE(grey.image.row(10)[199] == 9);
  REQUIRE(grey.mask.pixels == small.mask.pixels);
  REQUIRE(small.image.width == 200);
  REQUIRE(small.image.height == 40);
  for (int x : {0, 119}) REQUIRE(small.mask.row(10)[x] != kVoidLabel);
  for (int x : {120, 199}) {
    REQUIRE(small.mask.row(10)[x] == kVoidLabel);
    REQUIRE(small.image.row(10)[x] == 0);
  }
}

TEST_CASE("augment: scales are drawn evenly and by the longer side") {
  double sum = 0;
  for (std::uint32_t index = 0; index < 200; ++index) {
    const Pair scaled =
        applied(R"([{"name": "randomScale", "p": 1, "factor": [0.5, 2], "longSide": 60}])",
                discPair(120, 90), index);
    REQUIRE(scaled.image.width >= 30);
    REQUIRE(scaled.image.width <= 120);
    REQUIRE(std::abs(scaled.image.height - scaled.image.width * 0.75) <= 1);
    sum += scaled.image.width / 60.0;
  }
  REQUIRE(std::abs(sum / 200 - 1.25) < 0.1);
}

TEST_CASE("augment: of neighbours that are alternatives one is applied") {
  const char* const json = R"([
    {"name": "rgbShift", "p": 0.5, "oneOf": "tone", "shift": [10, 10]},
    {"name": "rgbShift", "oneOf": "tone", "shift": [20, 20]},
    {"name": "rgbShift", "p": 1, "shift": [100, 100]}])";
  int shifted[3] = {};
  for (std::uint32_t index = 0; index < 1000; ++index) {
    const int value = applied(json, {Image(1, 1, 1, 0), Mask()}, index).image.pixels[0];
    REQUIRE((value == 100 || value == 110 || value == 120));
    ++shifted[(value - 100) / 10];
  }
  REQUIRE(std::abs(shifted[0] - 500) < 60);
  REQUIRE(std::abs(shifted[1] - 250) < 60);
}

TEST_CASE("augment: effects that are drawn first do what the list does") {
  const char* const json = R"([
    {"name": "zoom", "p": 0.7, "factor": [0.3, 1.5]}, {"name": "gaussNoise", "p": 0.5},
    {"name": "rotate90", "swap": true}, {"name": "crop", "p": 1, "width": 70, "height": 64},
    {"name": "rgbShift", "p": 0.8, "oneOf": "tone"}, {"name": "gamma", "oneOf": "tone"},
    {"name": "gaussianBlur", "p": 0.5}, {"name": "flipVertical"}])";
  for (std::uint32_t index = 0; index < 20; ++index) {
    Pair drawn = discPair(121, 91, 3);
    Random random(7, 0, index, Purpose::augment);
    for (const Drawn& one : drawList(listOf(json), extentOf(drawn.image), random)) {
      applyAll(one.effects, drawn);
    }
    const Pair expected = applied(json, discPair(121, 91, 3), index);
    REQUIRE(drawn.image.pixels == expected.image.pixels);
    REQUIRE(drawn.mask.pixels == expected.mask.pixels);
    REQUIRE(drawn.image.width == 70);
  }
}

TEST_CASE("augment: what a rectangle hides takes no part, unless asked for") {
  const Pair hidden = applied(R"([{"name": "coarseDropout", "p": 1, "fill": 7}])", discPair());
  int holes = 0;
  for (std::size_t i = 0; i < hidden.mask.pixels.size(); ++i) {
    REQUIRE((hidden.mask.pixels[i] == kVoidLabel) == (hidden.image.pixels[i] == 7));
    holes += hidden.image.pixels[i] == 7;
  }
  REQUIRE(holes > 0);
  const Pair kept = applied(R"([{"name": "coarseDropout", "p": 1, "hides": false}])", discPair());
  REQUIRE(kept.mask.pixels == discPair().mask.pixels);
}

TEST_CASE("augment: what is not named with p 1 happens with its probability") {
  int flips = 0;
  for (std::uint32_t index = 0; index < 2000; ++index) {
    Pair pair{Image(2, 1, 1), Mask(2, 1, 1)};
    pair.image.pixels = {10, 20};
    flips +=
        applied("[{\"name\": \"flipHorizontal\", \"p\": 0.3}]", pair, index).image.pixels[0] == 20;
  }
  REQUIRE(std::abs(flips / 2000.0 - 0.3) < 0.04);
}

TEST_CASE("augment: noise has the variance and the mean that were asked for") {
  const Pair grey{Image(256, 256, 1, 128), Mask()};
  const Pair noisy = applied(
      "[{\"name\": \"gaussNoise\", \"p\": 1, \"minVariance\": 36, \"maxVariance\": 36}]", grey);
  REQUIRE(std::abs(meanOf(noisy.image) - 128) < 0.15);
  REQUIRE(std::abs(varianceOf(noisy.image) - 36 - 1.0 / 12) < 1.0);
  const Pair bright = applied("[{\"name\": \"gaussNoise\", \"p\": 1, \"mean\": 30}]", grey);
  REQUIRE(std::abs(meanOf(bright.image) - 158) < 0.3);
  for (std::uint32_t index = 0; index < 20; ++index) {
    const double variance =
        varianceOf(applied("[{\"name\": \"gaussNoise\", \"p\": 1}]", grey, index).image);
    REQUIRE((variance > 9 && variance < 52));
  }
}

TEST_CASE("augment: a grey image is warped to OpenCV's bytes") {
  Random random(3, 0, 0, Purpose::test);
  int apart = 0, largest = 0;
  for (int trial = 0; trial < 300; ++trial) {
    const bool tiny = trial % 3 == 0;
    Image image(random.integer(1, tiny ? 5 : 60), random.integer(1, tiny ? 5 : 60), 1);
    for (std::uint8_t& pixel : image.pixels) {
      pixel = static_cast<std::uint8_t>(255 * random.integer(0, 1) - random.integer(0, 9));
    }
    const double scale = random.uniform(0.05, 3), angle = random.uniform(-3.2, 3.2);
    const double cosine = scale * std::cos(angle), sine = scale * std::sin(angle);
    Warp warp{{cosine, sine, random.uniform(-60, 60), -sine, cosine * random.uniform(0.7, 1.4),
               random.uniform(-60, 60)},
              true,
              {static_cast<Border::Kind>(trial % 4), 77}};
    if (trial % 20 == 1) warp.matrix = {1, 0, 0, 0, 1, 0};  // each pixel is itself
    if (trial % 20 == 2) warp.matrix = {0, 0, 1, 0, 0, 2};  // has no inverse
    const Image ours = warpGreyCubic(image, warp);
    if (trial % 20 == 1) REQUIRE(ours.pixels == image.pixels);
    Image theirs(image.width, image.height, 1);
    cv::Mat to = matOf(theirs);
    const auto& m = warp.matrix;
    cv::warpAffine(matOf(image), to, cv::Matx23d(m[0], m[1], m[2], m[3], m[4], m[5]), to.size(),
                   cv::INTER_CUBIC, borderMode(warp.border), cv::Scalar::all(warp.border.level()));
    for (std::size_t i = 0; i < ours.pixels.size(); ++i) {
      const int off = std::abs(ours.pixels[i] - theirs.pixels[i]);
      apart += off != 0;
      largest = std::max(largest, off);
    }
  }
  CHECK(largest <= 1);  // of an OpenCV that rounds otherwise
  if (CV_VERSION_MAJOR == 4 && CV_VERSION_MINOR == 6) CHECK(apart == 0);
}

TEST_CASE("augment: many words at once are those of the stream") {
  for (const std::uint32_t before : {0U, 1U, 2U, 3U, 5U, 1000U}) {
    for (const std::size_t count : {0, 1, 3, 4, 5, 127, 128, 129, 131, 300, 1024}) {
      Random one(11, 3, 5, Purpose::augment);
      one.skip(before);
      Random other = one;
      std::vector<std::uint32_t> words(count, 7);
      drawWords(one, words);
      for (std::size_t i = 0; i < count; ++i) REQUIRE(words[i] == other.bits());
      REQUIRE(one.bits() == other.bits());
    }
  }
  Random late(11, 3, 5, Purpose::augment);  // whose counter passes 2^32 on the way
  for (int i = 0; i < 4; ++i) late.skip(0xFFFFFF00U);
  Random plain = late;
  std::vector<std::uint32_t> words(4096);
  drawWords(late, words);
  for (const std::uint32_t word : words) REQUIRE(word == plain.bits());
}

TEST_CASE("augment: lists with errors say where and what is known") {
  struct Row {
    const char* json;
    const char* expected;
  };
  for (const Row& row :
       std::vector<Row>{{"{}", "augment"},
                        {"[3]", "augment[0]"},
                        {"[{\"p\": 1}]", "name"},
                        {"[{\"name\": \"flipHorizontal\"}, {\"name\": \"flipp\"}]",
                         "augment[1].name: unknown augmentation 'flipp'; known: "},
                        {"[{\"name\": \"gamma\", \"hihg\": 2}]", "hihg"},
                        {"[{\"name\": \"gamma\", \"p\": 1.5}]", "p"},
                        {"[{\"name\": \"gamma\", \"high\": \"x\"}]", "augment[0].exponent[1]"}}) {
    INFO(row.json);
    const Result<std::vector<Augmentation>> list = parseAugmentations(row.json);
    REQUIRE_FALSE(list);
    INFO(list.error().message);
    REQUIRE(list.error().message.find(row.expected) != std::string::npos);
  }
}
