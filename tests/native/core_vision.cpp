// Pixels to input: rows, and OpenCV.
#include <algorithm>
#include <catch2/catch_approx.hpp>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "result_text.h"
#include "shared/random.h"
#include "shared/vision/clahe.h"
#include "shared/vision/preprocess.h"
#include "shared/vision/resample.h"
#include "shared/vision/upsample_argmax.h"
#include "spec_text.h"
#include "tests/native/core_cases.h"

using namespace limbus;
using Catch::Approx;

namespace {

Image makePattern(int width, int height, int channels, int seed = 1) {
  return cases::pattern(
      {{"width", width}, {"height", height}, {"channels", channels}, {"seed", seed}});
}

cv::Mat asMat(const Image& image) {
  return cv::Mat(image.height, image.width, CV_8UC(image.channels),
                 const_cast<std::uint8_t*>(image.pixels.data()));
}

int largestDifference(const Image& a, const cv::Mat& b) {
  int largest = 0;
  for (int y = 0; y < a.height; ++y) {
    for (int i = 0; i < a.width * a.channels; ++i) {
      largest = std::max(largest, std::abs(a.row(y)[i] - b.ptr<std::uint8_t>(y)[i]));
    }
  }
  return largest;
}

InputSpec plain(int width, int height) {
  InputSpec spec;
  spec.width = width;
  spec.height = height;
  spec.multiple = 1;
  return spec;
}

// Levels again: the tensor of a spec with mean 0 and deviation 1, times 255.
std::vector<int> levels(const Tensor& tensor) {
  std::vector<int> values;
  for (const float v : tensor.values) {
    values.push_back(static_cast<int>(std::lrint(v * 255.0F)));
    REQUIRE(std::fabs(v * 255.0F - values.back()) < 1e-3F);
  }
  return values;
}

}  // namespace

TEST_CASE("CLAHE gives OpenCV's bytes") {
  struct Row {
    int width, height;
    Clahe options;
  };
  const Row rows[] = {{64, 48, {1.5, 8, 8}},  {400, 640, {1.5, 8, 8}}, {101, 67, {2.0, 8, 8}},
                      {64, 50, {40.0, 8, 8}}, {37, 41, {0.5, 3, 5}},   {9, 5, {1.5, 8, 8}},
                      {1, 7, {3.0, 2, 2}},    {80, 60, {4.0, 1, 1}},   {200, 130, {1.5, 64, 64}}};
  for (const Row& row : rows) {
    Image image = makePattern(row.width, row.height, 1, row.width);
    cv::Mat expected;
    cv::createCLAHE(row.options.clipLimit, {row.options.tilesX, row.options.tilesY})
        ->apply(asMat(image), expected);
    applyClahe(image, row.options);
    CAPTURE(row.width, row.height, row.options.clipLimit);
    CHECK(largestDifference(image, expected) == 0);
  }
}

TEST_CASE("resampling stays within rounding of OpenCV") {
  struct Row {
    int width, height, newWidth, newHeight;
    Interpolation mine;
    int theirs;
    int tolerance;
  };
  const Row rows[] = {
      {64, 48, 32, 24, Interpolation::linear, cv::INTER_LINEAR, 1},
      {64, 48, 91, 77, Interpolation::linear, cv::INTER_LINEAR, 1},
      {65, 47, 23, 19, Interpolation::linear, cv::INTER_LINEAR, 1},
      {64, 48, 32, 24, Interpolation::area, cv::INTER_AREA, 1},
      {65, 47, 23, 19, Interpolation::area, cv::INTER_AREA, 1},
      {64, 48, 64, 16, Interpolation::area, cv::INTER_AREA, 1},
      {64, 48, 100, 90, Interpolation::cubic, cv::INTER_CUBIC, 2},
      {65, 47, 23, 19, Interpolation::cubic, cv::INTER_CUBIC, 2},
      {63, 45, 21, 15, Interpolation::nearest, cv::INTER_NEAREST_EXACT, 0},
      {65, 47, 24, 90, Interpolation::nearest, cv::INTER_NEAREST_EXACT, 0},
      {5, 3, 1, 1, Interpolation::area, cv::INTER_AREA, 1},
      {1, 1, 9, 4, Interpolation::cubic, cv::INTER_CUBIC, 0},
  };
  for (const Row& row : rows) {
    for (const int channels : {1, 3}) {
      const Image source = makePattern(row.width, row.height, channels);
      cv::Mat expected;
      cv::resize(asMat(source), expected, {row.newWidth, row.newHeight}, 0, 0, row.theirs);
      const Image mine = resample(source.view(), row.newWidth, row.newHeight, row.mine);
      CAPTURE(row.width, row.newWidth, row.theirs, channels);
      CHECK(mine.width == row.newWidth);
      CHECK(mine.height == row.newHeight);
      CHECK(largestDifference(mine, expected) <= row.tolerance);
    }
  }
}

TEST_CASE("resampling keeps a constant image constant") {
  for (const int level : {0, 1, 127, 254, 255}) {
    const Image flat(37, 23, 1, static_cast<std::uint8_t>(level));
    for (const Interpolation how : {Interpolation::nearest, Interpolation::linear,
                                    Interpolation::area, Interpolation::cubic}) {
      for (const int size : {1, 11, 37, 80}) {
        const Image out = resample(flat.view(), size, size + 3, how);
        CHECK(std::all_of(out.pixels.begin(), out.pixels.end(),
                          [level](std::uint8_t v) { return v == level; }));
      }
    }
  }
}

TEST_CASE("the weights of resampling are those it is done with") {
  Image row(23, 1, 1);
  for (int x = 0; x < 23; ++x) row.pixels[x] = static_cast<std::uint8_t>(11 * x);
  for (const auto how :
       {Interpolation::nearest, Interpolation::linear, Interpolation::area, Interpolation::cubic}) {
    for (const int size : {7, 23, 40}) {
      const std::vector<int> weights = resampleWeights(23, size, how);
      const Image out = resample(row.view(), size, 1, how);
      for (int x = 0; x < size; ++x) {
        int sum = 0, all = 0;
        for (int i = 0; i < 23; ++i) {
          sum += weights[x * 23 + i] * row.pixels[i];
          all += weights[x * 23 + i];
        }
        CHECK(all == 2048);
        CHECK(out.pixels[x] == std::clamp((sum + 1024) >> 11, 0, 255));
      }
    }
  }
}

TEST_CASE("the colour step") {
  Image rgba(2, 1, 4);
  rgba.pixels = {10, 20, 30, 0, 77, 77, 77, 255};
  InputSpec spec = plain(2, 1);
  CHECK(levels(preprocess(rgba.view(), spec)->tensor) == std::vector<int>{18, 77});
  spec.colour = Colour::rgb;
  CHECK(levels(preprocess(rgba.view(), spec)->tensor) == std::vector<int>{10, 77, 20, 77, 30, 77});
  spec.colour = Colour::bgr;
  CHECK(levels(preprocess(rgba.view(), spec)->tensor) == std::vector<int>{30, 77, 20, 77, 10, 77});
  Image rgb(2, 1, 3);
  rgb.pixels = {10, 20, 30, 77, 77, 77};
  CHECK(levels(preprocess(rgb.view(), spec)->tensor) == std::vector<int>{30, 77, 20, 77, 10, 77});
  Image grey(2, 1, 1);
  grey.pixels = {5, 6};
  CHECK(levels(preprocess(grey.view(), spec)->tensor) == std::vector<int>{5, 6, 5, 6, 5, 6});
}

TEST_CASE("grey of equal channels is exact") {
  Image rgb(256, 1, 3);
  for (int v = 0; v < 256; ++v) std::fill_n(rgb.row(0) + 3 * v, 3, static_cast<std::uint8_t>(v));
  const std::vector<int> grey = levels(preprocess(rgb.view(), plain(256, 1))->tensor);
  for (int v = 0; v < 256; ++v) CHECK(grey[static_cast<std::size_t>(v)] == v);
}

TEST_CASE("gamma is truncated") {
  Image ramp(256, 1, 1);
  for (int v = 0; v < 256; ++v) ramp.row(0)[v] = static_cast<std::uint8_t>(v);
  for (const double gamma : {0.8, 2.2}) {
    InputSpec spec = plain(256, 1);
    spec.gamma = gamma;
    const std::vector<int> out = levels(preprocess(ramp.view(), spec)->tensor);
    for (int v = 0; v < 256; ++v) {
      CHECK(out[static_cast<std::size_t>(v)] ==
            static_cast<int>(255.0 * std::pow(v / 255.0, gamma) + 1e-9));
    }
  }
}

TEST_CASE("normalising by constants and by the image") {
  Image image(3, 1, 1);
  image.pixels = {0, 100, 200};
  InputSpec spec = plain(3, 1);
  spec.mean = {0.467};
  spec.std = {0.271};
  Tensor out = preprocess(image.view(), spec)->tensor;
  CHECK(out.shape == Dims{1, 1, 1, 3});
  for (int i = 0; i < 3; ++i) {
    CHECK(out.values[static_cast<std::size_t>(i)] ==
          Approx((i * 100 / 255.0 - 0.467) / 0.271).epsilon(1e-6));
  }
  spec.normalise = Normalise::image;
  spec.multiple = 8;  // padding must not enter the statistics
  spec.padFill = PadFill::constant;
  spec.padValue = 100;
  out = preprocess(image.view(), spec)->tensor;
  const double deviation = std::sqrt(20000.0 / 3.0);
  CHECK(out.values[0] == Approx(-100 / deviation));
  CHECK(std::fabs(out.values[1]) < 1e-6);
  CHECK(out.values[2] == Approx(100 / deviation));
  CHECK(std::fabs(out.values[3]) < 1e-6);
  const Image flat(3, 1, 1, 50);
  spec.minDeviation = 2.0;
  out = preprocess(flat.view(), spec)->tensor;
  CHECK(out.values[0] == 0.0F);
  CHECK(out.values[7] == Approx(25.0));  // (100 - 50) / 2
}

TEST_CASE("padding fills and places") {
  Image image(3, 1, 1);
  image.pixels = {1, 2, 3};
  InputSpec spec = plain(3, 1);
  spec.multiple = 8;
  const auto row = [&](PadFill fill, PadPlace place) {
    spec.padFill = fill;
    spec.padPlace = place;
    spec.padValue = 9;
    std::vector<int> all = levels(preprocess(image.view(), spec)->tensor);
    const int y = place == PadPlace::centre ? 3 : 0;
    return std::vector<int>(all.begin() + y * 8, all.begin() + y * 8 + 8);
  };
  CHECK(row(PadFill::constant, PadPlace::end) == std::vector<int>{1, 2, 3, 9, 9, 9, 9, 9});
  CHECK(row(PadFill::replicate, PadPlace::end) == std::vector<int>{1, 2, 3, 3, 3, 3, 3, 3});
  CHECK(row(PadFill::reflect, PadPlace::end) == std::vector<int>{1, 2, 3, 2, 1, 2, 3, 2});
  CHECK(row(PadFill::constant, PadPlace::centre) == std::vector<int>{9, 9, 1, 2, 3, 9, 9, 9});
  CHECK(row(PadFill::replicate, PadPlace::centre) == std::vector<int>{1, 1, 1, 2, 3, 3, 3, 3});
  CHECK(row(PadFill::reflect, PadPlace::centre) == std::vector<int>{3, 2, 1, 2, 3, 2, 1, 2});
}

TEST_CASE("placement of fit, shrink, stretch and none") {
  InputSpec spec = plain(640, 400);
  spec.resize = ResizeRule::fit;
  spec.pad = PadRule::box;
  spec.padPlace = PadPlace::centre;
  Placement place = *placeImage(1000, 1000, spec);
  CHECK(place.inputWidth == 640);
  CHECK(place.inputHeight == 400);
  CHECK(place.scaleX == 0.4);
  CHECK(place.offsetX == 120);
  CHECK(place.offsetY == 0);
  place = *placeImage(10000, 3, spec);  // 640 x 0.2 pixels: at least one stays
  CHECK(place.scaleY == Approx(1.0 / 3.0));
  CHECK(place.offsetY == 199);
  spec.resize = ResizeRule::shrink;
  spec.pad = PadRule::multiple;
  spec.multiple = 32;
  place = *placeImage(1280, 400, spec);
  CHECK(place.scaleX == 0.5);
  CHECK(place.inputHeight == 224);
  place = *placeImage(640, 400, spec);
  CHECK(place.scaleX == 1.0);
  place = *placeImage(200, 200, spec);  // fit would enlarge it
  CHECK(place.scaleX == 1.0);
  CHECK(place.inputWidth == 224);
  place = *placeImage(200, 800, spec);
  CHECK(place.scaleX == 0.5);
  spec = plain(640, 400);
  spec.pad = PadRule::box;
  spec.padPlace = PadPlace::centre;
  spec.resize = ResizeRule::stretch;
  place = *placeImage(320, 100, spec);
  CHECK(place.scaleX == 2.0);
  CHECK(place.scaleY == 4.0);
  spec = plain(640, 400);
  spec.multiple = 32;
  place = *placeImage(333, 65, spec);
  CHECK(place.inputWidth == 352);
  CHECK(place.inputHeight == 96);
  CHECK(place.offsetX == 0);
}

TEST_CASE("what cannot be placed is refused with the remedy") {
  InputSpec spec = plain(64, 40);
  spec.pad = PadRule::box;
  const auto message = [&](int width, int height) {
    return placeImage(width, height, spec).error().message;
  };
  CHECK(message(65, 40) ==
        "an image of 65x40 does not fit into the input box of 64x40; shrink it, or use the resize "
        "rule \"fit\"");
  CHECK(message(0, 5) == "expected an image of 1 to 16384 pixels a side, got 0x5");
  CHECK(message(5, 60000) == "expected an image of 1 to 16384 pixels a side, got 5x60000");
  spec.pad = PadRule::multiple;
  CHECK(message(16384, 16384).find("too large") != std::string::npos);
  spec.std = {0.5, 0.5};
  CHECK(message(5, 5) == "input.normalise: expected 1 mean and std values, got 2");
  const Image two(4, 4, 2);
  CHECK(preprocess(two.view(), plain(4, 4)).error().message ==
        "expected an image of 1, 3 or 4 channels, got 2");
}

TEST_CASE("a mask goes where its image goes") {
  Image image = makePattern(50, 30, 1, 3);
  for (std::uint8_t& v : image.pixels) v &= 3;
  InputSpec spec = plain(40, 40);
  spec.resize = ResizeRule::fit;
  spec.interpolation = Interpolation::nearest;
  spec.pad = PadRule::box;
  spec.padFill = PadFill::constant;
  spec.padValue = 255;
  spec.padPlace = PadPlace::centre;
  const Mask mask = *preprocessMask(image.view(), spec, 255);
  const std::vector<int> pixels = levels(preprocess(image.view(), spec)->tensor);
  CHECK(mask.width == 40);
  CHECK(mask.height == 40);
  CHECK(std::equal(pixels.begin(), pixels.end(), mask.pixels.begin()));
  CHECK(mask.row(0)[0] == 255);
  // Back again: every source pixel finds a label no more than one input pixel away.
  const Mask back = *placeMask(mask.pixels.data(), 40, 40, *placeImage(50, 30, spec));
  CHECK(back.width == 50);
  CHECK(back.height == 30);
  CHECK(std::none_of(back.pixels.begin(), back.pixels.end(),
                     [](std::uint8_t v) { return v == 255; }));
}

TEST_CASE("placeMask inverts preprocessMask where nothing is resized") {
  Image image = makePattern(29, 19, 1, 4);
  InputSpec spec = plain(29, 19);
  spec.multiple = 8;
  spec.padPlace = PadPlace::centre;
  const Mask mask = *preprocessMask(image.view(), spec, 255);
  const Placement place = *placeImage(29, 19, spec);
  CHECK((placeMask(mask.pixels.data(), mask.height, mask.width, place)->pixels == image.pixels));
}
