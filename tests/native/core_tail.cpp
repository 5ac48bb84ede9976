// Logits to mask: rows of PyTorch's, and an independent scalar reference.
#include <cmath>
#include <limits>

#include "result_text.h"
#include "shared/random.h"
#include "shared/vision/decided.h"
#include "shared/vision/preprocess.h"
#include "shared/vision/upsample_argmax.h"
#include "spec_text.h"
#include "tests/native/core_cases.h"

using namespace limbus;

namespace {

InputSpec sized(int width, int height) {
  InputSpec spec;
  spec.width = width;
  spec.height = height;
  spec.multiple = 1;
  return spec;
}

// One pixel at a time in the order of operations that the header promises.
Mask scalarTail(const std::vector<float>& logits, int channels, int height, int width,
                bool alignCorners, const Placement& place) {
  const auto locate = [&](int i, double scale, int offset, int input, int size) {
    const double at = (i + 0.5) * scale - 0.5 + offset;
    const double wanted = alignCorners
                              ? (input > 1 ? at * (static_cast<double>(size - 1) / (input - 1)) : 0)
                              : (at + 0.5) * (static_cast<double>(size) / input) - 0.5;
    return std::min(std::max(wanted, 0.0), static_cast<double>(size - 1));
  };
  Mask mask(place.sourceWidth, place.sourceHeight, 1);
  for (int y = 0; y < mask.height; ++y) {
    const double ly = locate(y, place.scaleY, place.offsetY, place.inputHeight, height);
    const int y0 = static_cast<int>(ly);
    const int y1 = std::min(y0 + 1, height - 1);
    for (int x = 0; x < mask.width; ++x) {
      const double lx = locate(x, place.scaleX, place.offsetX, place.inputWidth, width);
      const int x0 = static_cast<int>(lx);
      const int x1 = std::min(x0 + 1, width - 1);
      float best = 0;
      for (int c = 0; c < channels; ++c) {
        const float* plane = logits.data() + static_cast<std::size_t>(c) * height * width;
        const auto across = [&](int row) {
          const float a = plane[row * width + x0];
          return a + (plane[row * width + x1] - a) * static_cast<float>(lx - x0);
        };
        const float top = across(y0);
        const float value = top + (across(y1) - top) * static_cast<float>(ly - y0);
        if (c == 0 || value > best) {
          best = value;
          mask.row(y)[x] = static_cast<std::uint8_t>(c);
        }
      }
    }
  }
  return mask;
}

}  // namespace

TEST_CASE("the tail equals PyTorch's upsampling and argmax") {
  for (const Json& row : cases::read("tail.json")) {
    DYNAMIC_SECTION(row["name"].get<std::string>()) {
      const InputSpec spec = *parseInputSpec(row["input"].dump(), "input");
      const Placement place = *placeImage(row["source"]["width"], row["source"]["height"], spec);
      const Json& logits = row["logits"];
      const std::vector<float> values = logits["values"].get<std::vector<float>>();
      OutputSpec output;
      output.alignCorners = row["alignCorners"];
      const Result<Mask> mask = upsampleArgmax(values.data(), logits["channels"], logits["height"],
                                               logits["width"], output, place);
      REQUIRE(mask);
      CHECK((mask->pixels == cases::mask(row["mask"]).pixels));
    }
  }
}

TEST_CASE("the SIMD tail equals a scalar one, bit for bit") {
  Random random(11, 0, 0, Purpose::test);
  for (int round = 0; round < 60; ++round) {
    const int channels = round == 0 ? 255 : random.integer(1, 12);
    const int width = random.integer(1, 20);
    const int height = random.integer(1, 20);
    InputSpec spec = sized(random.integer(1, 90), random.integer(1, 90));
    spec.resize = round % 3 == 0 ? ResizeRule::fit : ResizeRule::none;
    spec.multiple = random.integer(1, 16);
    spec.padPlace = random.chance(0.5) ? PadPlace::centre : PadPlace::end;
    const Placement place = *placeImage(random.integer(1, 100), random.integer(1, 100), spec);
    std::vector<float> logits(static_cast<std::size_t>(channels) * width * height);
    for (float& v : logits) v = static_cast<float>(random.integer(-20, 20)) / 4;  // with ties
    OutputSpec output;
    output.alignCorners = random.chance(0.5);
    const Result<Mask> mask = upsampleArgmax(logits.data(), channels, height, width, output, place);
    REQUIRE(mask);
    CAPTURE(round, channels, width, height, place.sourceWidth, place.inputWidth);
    CHECK((mask->pixels ==
           scalarTail(logits, channels, height, width, output.alignCorners, place).pixels));
  }
}

TEST_CASE("what neighbouring logits decide, blending would have found") {
  Random random(12, 0, 0, Purpose::test);
  for (int round = 0; round < 120; ++round) {
    const int channels = random.integer(1, 6), width = random.integer(2, 30),
              height = random.integer(2, 30);
    const Placement place =
        *placeImage(random.integer(1, 150), random.integer(1, 150), sized(150, 150));
    // Two halves, each with a leader; from clear leads to some that rounding can turn over.
    const double lead = std::pow(10.0, random.uniform(-9, 2));
    const double size = std::pow(10.0, random.uniform(-40, 30));
    std::vector<float> logits(static_cast<std::size_t>(channels) * width * height);
    for (std::size_t i = 0; i < logits.size(); ++i) {
      const int column = static_cast<int>(i) % width;
      const int c = static_cast<int>(i) / (width * height);
      const bool leads = c == (2 * column < width ? channels - 1 : 0);
      logits[i] =
          static_cast<float>(size * (1 + (leads ? lead : 0) + 1e-7 * random.uniform(-1, 1)));
    }
    const std::size_t odd =
        static_cast<std::size_t>(random.integer(0, static_cast<int>(logits.size()) - 1));
    if (round % 5 == 1) logits[odd] = std::nanf("");
    if (round % 5 == 2) logits[odd] = -std::numeric_limits<float>::infinity();
    const Result<Mask> mask = upsampleArgmax(logits.data(), channels, height, width, {}, place);
    REQUIRE(mask);
    CAPTURE(round, channels, width, height, lead, size);
    CHECK((mask->pixels == scalarTail(logits, channels, height, width, false, place).pixels));
  }
}

TEST_CASE("positions are decided by clear leads only") {
  const float nan = std::nanf("");
  const std::vector<float> logits = {5, 5, 5,        5, nan, 0, 9, 1,  // class 0
                                     1, 5, 5.00001F, 9, 1,   0, 0, nan};
  CHECK(decidedClasses(logits.data(), 2, 8) ==
        std::vector<std::uint8_t>{0, kUndecided, kUndecided, 1, kUndecided, kUndecided, 0, 0});
  const float huge[4] = {1e38F, 1e38F, 1e38F, 1e38F};
  CHECK(decidedClasses(huge, 1, 4) == std::vector<std::uint8_t>(4, kUndecided));
}

TEST_CASE("a tail without logits or placement is refused") {
  const float logits[4] = {};
  const Placement place = *placeImage(4, 4, sized(4, 4));
  CHECK(upsampleArgmax(logits, 256, 1, 1, {}, place).error().message ==
        "expected logits of 1 to 255 classes, got 256");
  CHECK_FALSE(upsampleArgmax(logits, 4, 0, 1, {}, place));
  CHECK_FALSE(upsampleArgmax(logits, 4, 1, 1, {}, Placement{}));
  const std::uint8_t classes[1] = {0};
  CHECK_FALSE(placeMask(classes, 1, 0, place));
}
