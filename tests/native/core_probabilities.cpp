#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "result_text.h"
#include "shared/random.h"
#include "shared/vision/probabilities.h"
#include "shared/vision/upsample_argmax.h"
#include "tests/native/core_cases.h"

using namespace limbus;

namespace {

InputSpec plain(int width, int height, int multiple) {
  InputSpec spec;
  spec.width = width;
  spec.height = height;
  spec.multiple = multiple;
  return spec;
}

// The most probable class of a pixel, the lower one of equals, against the mask.
int different(const std::vector<float>& values, int channels, const Mask& mask) {
  const std::size_t plane = mask.pixels.size();
  int count = 0;
  for (std::size_t i = 0; i < plane; ++i) {
    int best = 0;
    for (int c = 1; c < channels; ++c) {
      if (values[c * plane + i] > values[best * plane + i]) best = c;
    }
    count += best != mask.pixels[i] ? 1 : 0;
  }
  return count;
}

void checkShares(const std::vector<float>& values, int channels) {
  const std::size_t plane = values.size() / static_cast<std::size_t>(channels);
  double worst = 0;
  for (std::size_t i = 0; i < plane; ++i) {
    double sum = 0;
    for (int c = 0; c < channels; ++c) {
      const float value = values[c * plane + i];
      REQUIRE((value >= 0 && value <= 1));
      sum += value;
    }
    worst = std::max(worst, std::abs(sum - 1));
  }
  CHECK(worst < 1e-5);
}

}  // namespace

TEST_CASE("the most probable class of every pixel is the mask's") {
  Random random(31, 0, 0, Purpose::test);
  for (int round = 0; round < 80; ++round) {
    const int channels = round == 0 ? 255 : random.integer(1, 9);
    const int width = random.integer(1, 20), height = random.integer(1, 20);
    InputSpec spec = plain(random.integer(1, 90), random.integer(1, 90), random.integer(1, 16));
    spec.resize = round % 3 == 0 ? ResizeRule::fit : ResizeRule::none;
    const Placement place = *placeImage(random.integer(1, 90), random.integer(1, 90), spec);
    // From wide apart to leads that vanish beside 1, where probabilities round to equals.
    const double size = std::pow(10.0, random.uniform(-12, 3));
    std::vector<float> logits(static_cast<std::size_t>(channels) * width * height);
    for (float& v : logits) v = static_cast<float>(size * random.integer(-20, 20) / 4);
    const std::size_t odd =
        static_cast<std::size_t>(random.integer(0, static_cast<int>(logits.size()) - 1));
    if (round % 8 == 1) logits[odd] = std::nanf("");
    if (round % 8 == 2) logits[odd] = std::numeric_limits<float>::infinity();
    if (round % 8 == 3) logits[odd] = -std::numeric_limits<float>::infinity();
    OutputSpec output;
    output.alignCorners = random.chance(0.5);
    const Result<Mask> mask = upsampleArgmax(logits.data(), channels, height, width, output, place);
    const Result<std::vector<float>> values = probabilities(logits.data(), channels, height, width,
                                                            output, place, {0, place.sourceHeight});
    REQUIRE(mask);
    REQUIRE(values);
    CAPTURE(round, channels, width, height, size);
    CHECK(different(*values, channels, *mask) == 0);
    checkShares(*values, channels);
  }
}

TEST_CASE("probabilities by hand") {
  const Placement place = *placeImage(1, 1, plain(1, 1, 1));
  const auto of = [&](const std::vector<float>& scores, const OutputSpec& output = {}) {
    const int channels = static_cast<int>(scores.size());
    return *probabilities(scores.data(), channels, 1, 1, output, place, {0, 1});
  };
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<float> three = of({0.0F, std::log(2.0F), std::log(5.0F)});
  CHECK(std::abs(three[0] - 0.125F) < 1e-6F);
  CHECK(std::abs(three[1] - 0.25F) < 1e-6F);
  CHECK(std::abs(three[2] - 0.625F) < 1e-6F);
  CHECK(of({3.0F}) == std::vector<float>{1.0F});
  CHECK(of({2.0F, 2.0F}) == std::vector<float>{0.5F, 0.5F});
  CHECK(of({0.0F, 1e-30F}) == std::vector<float>{0.5F, std::nextafter(0.5F, 1.0F)});
  CHECK(of({-1e30F, 1e30F}) == std::vector<float>{0.0F, 1.0F});
  CHECK(of({1.0F, inf}) == std::vector<float>{1.0F, 0.0F});  // between infinities lies nothing
  CHECK(of({-inf, -inf}) == std::vector<float>{1.0F, 0.0F});
  const float nan = std::nanf("");
  CHECK(of({1.0F, nan}) == std::vector<float>{1.0F, 0.0F});
  OutputSpec shares;
  shares.kind = OutputKind::probabilities;
  for (const std::optional<double> threshold : {std::optional<double>(), std::optional(0.5)}) {
    shares.threshold = threshold;
    CHECK(of({nan, 0.75F}, shares) == std::vector<float>{1.0F, 0.0F});  // class 0, as in the mask
    CHECK(of({0.75F, nan}, shares) == std::vector<float>{1.0F, 0.0F});
  }
}

TEST_CASE("bands of rows are the rows of the whole") {
  const int channels = 3;
  const Placement place = *placeImage(17, 13, plain(17, 13, 8));
  Random random(32, 0, 0, Purpose::test);
  std::vector<float> logits(static_cast<std::size_t>(channels) * 2 * 3);
  for (float& v : logits) v = static_cast<float>(random.uniform(-3, 3));
  const auto of = [&](RowRange rows) {
    return probabilities(logits.data(), channels, 2, 3, {}, place, rows);
  };
  const std::vector<float> whole = *of({0, 13});
  const std::vector<float> band = *of({4, 5});
  REQUIRE(band.size() == std::size_t{3} * 5 * 17);
  for (int c = 0; c < channels; ++c) {
    CHECK(std::equal(band.begin() + c * 5 * 17, band.begin() + (c + 1) * 5 * 17,
                     whole.begin() + (c * 13 + 4) * 17));
  }
  CHECK(of({0, 0})->empty());
  CHECK(of({9, 5}).error().message == "expected rows inside 0 to 13, got 5 from row 9");
  CHECK_FALSE(of({-1, 2}));
  CHECK_FALSE(of({0, -1}));
  CHECK_FALSE(of({std::numeric_limits<int>::max(), 13}));
  CHECK_FALSE(probabilities(logits.data(), 256, 1, 1, {}, place, {0, 1}));
  CHECK_FALSE(probabilities(logits.data(), channels, 2, 3, {}, Placement{}, {0, 1}));
}

TEST_CASE("blended logits are those whose softmax the probabilities are, however large") {
  // Two logits of two classes side by side, the image four times as wide.
  InputSpec spec = plain(8, 4, 4);
  const Placement place = *placeImage(8, 4, spec);
  const std::vector<float> logits = {0, 0, -40, 60};
  const auto blended = blendedLogits(logits.data(), 2, 1, 2, {}, place, {.first = 1, .count = 2});
  const auto shares = probabilities(logits.data(), 2, 1, 2, {}, place, {.first = 1, .count = 2});
  REQUIRE(blended);
  REQUIRE(shares);
  REQUIRE(blended->size() == 2 * 2 * 8);
  for (int x = 0; x < 8; ++x) {
    // (x + 0.5) / 4 - 0.5, kept between the two.
    const double wanted = -40 + 100 * std::clamp((x + 0.5) / 4 - 0.5, 0.0, 1.0);
    const double logit = (*blended)[16 + x];
    CHECK(std::abs(logit - wanted) < 1e-4);
    CHECK(std::abs((*shares)[16 + x] - 1 / (1 + std::exp(-logit))) < 1e-6);
  }
  OutputSpec output;
  output.kind = OutputKind::probabilities;
  const std::vector<float> half = {0.5F, 0.5F, 0.5F, 0.25F};
  const auto logarithms =
      blendedLogits(half.data(), 2, 1, 2, output, place, {.first = 0, .count = 4});
  CHECK(std::abs(logarithms->back() - std::log(0.25)) < 1e-6);
  output.threshold = 0.5;
  const auto odds = blendedLogits(half.data(), 2, 1, 2, output, place, {.first = 0, .count = 4});
  CHECK(std::abs(odds->back() - std::log(0.25 / 0.75)) < 1e-6);
}
