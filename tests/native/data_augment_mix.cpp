// Augmentations that take a second sample.
#include <algorithm>
#include <set>

#include "augment_pairs.h"
#include "native/data/augment/augment.h"
#include "result_text.h"

using namespace limbus;

namespace {

Result<Pair> noOthers(Random&) { return fail(ErrorCode::badData, "no other samples here"); }

}  // namespace

TEST_CASE("augment: a row may take another sample, and what goes wrong names the row") {
  const AugmentationRow paste{
      .name = "paste",
      .summary = "the left half of another sample",
      .options = {},
      .apply = nullptr,
      .combine = [](Pair& pair, Random& random, const SampleSource& others,
                    const Options&) -> Result<void> {
        Result<Pair> other = others(random);
        if (!other) return fail(other.error());
        for (int y = 0; y < pair.image.height; ++y) {
          std::copy_n(other->image.row(y), pair.image.width / 2, pair.image.row(y));
          std::copy_n(other->mask.row(y), pair.mask.width / 2, pair.mask.row(y));
        }
        return {};
      }};
  const std::vector<Augmentation> list = {{.choice = {&paste, {}}, .probability = 1}};
  const auto numbered = [](Random& random) -> Result<Pair> {
    const auto value = static_cast<std::uint8_t>(random.integer(1, 200));
    return Pair{Image(120, 90, 1, value), Mask(120, 90, 1, 3)};
  };
  std::set<int> seen;
  for (std::uint32_t index = 0; index < 10; ++index) {
    Pair once = discPair(), twice = discPair();
    for (Pair* pair : {&once, &twice}) {
      Random random(7, 0, index, Purpose::augment);
      REQUIRE(augment(*pair, list, random, numbered));
    }
    REQUIRE(once.image.pixels == twice.image.pixels);
    REQUIRE(once.mask.row(0)[0] == 3);
    REQUIRE(once.mask.row(0)[119] == 0);
    seen.insert(once.image.row(0)[0]);
  }
  REQUIRE(seen.size() > 5);
  Random random(7, 0, 0, Purpose::augment);
  Pair pair = discPair();
  const Result<void> refused = augment(pair, list, random, noOthers);
  REQUIRE_FALSE(refused);
  REQUIRE(refused.error().message == "paste: no other samples here");
}

TEST_CASE("augment: another sample comes in by area, by class, by sum") {
  Pair pair{Image(40, 40, 1, 10), Mask(40, 40, 1, 0)};
  Pair other{Image(80, 80, 1, 210), Mask(80, 80, 1, 1)};
  for (int y = 0; y < 80; ++y) std::fill_n(other.mask.row(y), 40, std::uint8_t{2});
  const auto mixed = [&](const char* json, std::uint32_t index) {
    Pair one = pair;
    Random random(7, 0, index, Purpose::augment);
    REQUIRE(augment(one, listOf(json), random, [&](Random&) -> Result<Pair> { return other; }));
    return one;
  };
  for (std::uint32_t index = 0; index < 10; ++index) {
    const Pair cut = mixed(R"([{"name": "cutMix", "p": 1, "share": [0.25, 0.25]}])", index);
    REQUIRE(std::count(cut.image.pixels.begin(), cut.image.pixels.end(), 210) == 400);
    const Pair classes = mixed(R"([{"name": "classMix", "p": 1}])", index);  // one of the two
    REQUIRE(std::count(classes.image.pixels.begin(), classes.image.pixels.end(), 210) == 800);
    for (const Pair* one : {&cut, &classes}) {
      for (std::size_t i = 0; i < one->mask.pixels.size(); ++i) {
        REQUIRE((one->mask.pixels[i] == 0) == (one->image.pixels[i] == 10));
      }
    }
    const Pair sum = mixed(R"([{"name": "mixUp", "p": 1, "share": [0.25, 0.25]}])", index);
    REQUIRE(sum.image.pixels[0] == 60);
    REQUIRE(sum.mask.pixels[0] == kVoidLabel);  // they disagree everywhere
  }
}

TEST_CASE("augment: another sample comes in the channels of this one") {
  const auto mixed = [&](const char* name, int channels, const Image& other) {
    Pair pair{Image(20, 20, channels, 10), Mask(20, 20, 1, 0)};
    Random random(7, 0, 0, Purpose::augment);
    REQUIRE(augment(pair, listOf("[{\"name\": \"" + std::string(name) + "\", \"p\": 1}]"), random,
                    [&](Random&) -> Result<Pair> {
                      return Pair{other, Mask(other.width, other.height, 1, 1)};
                    }));
    REQUIRE(pair.image.channels == channels);
    REQUIRE(pair.image.pixels.size() == static_cast<std::size_t>(20 * 20 * channels));
    return pair;
  };
  Image red(40, 40, 3, 0);
  for (std::size_t i = 0; i < red.pixels.size(); i += 3) red.pixels[i] = 255;
  for (const char* name : {"cutMix", "classMix"}) {
    INFO(name);
    const Pair grey = mixed(name, 1, red), colour = mixed(name, 3, Image(40, 40, 1, 90));
    for (std::size_t i = 0; i < grey.mask.pixels.size(); ++i) {
      REQUIRE(grey.image.pixels[i] == (grey.mask.pixels[i] == 1 ? 76 : 10));  // 0.299 of 255
      for (std::size_t c = 0; c < 3; ++c) {
        REQUIRE(colour.image.pixels[3 * i + c] == (colour.mask.pixels[i] == 1 ? 90 : 10));
      }
    }
  }
  mixed("mixUp", 1, red);
  mixed("mixUp", 3, Image(40, 40, 1, 90));
}
