// Our augmentations against those of other libraries, with the same draws: pixels and labels.
//
// tests/peers/make_augmentations.py drew as ours do, asked the others and kept the answers in
// tests/cases/peer_augmentations.json.
#include <algorithm>
#include <cmath>

#include "data_by_name.h"
#include "result_text.h"
#include "tests/native/core_cases.h"

using namespace limbus;

namespace {

Pair pairOf(int width, int height) {
  Pair pair{Image(width, height, 1), Mask(width, height, 1)};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      pair.image.row(y)[x] =
          static_cast<std::uint8_t>(20 + 2 * x + 8 * std::abs((x + 2 * y) % 40 - 20));
      pair.mask.row(y)[x] = static_cast<std::uint8_t>((x / 5 + 2 * (y / 4)) % 4);
    }
  }
  return pair;
}

// One text per line of pixels, two digits each.
Image imageOf(const Json& lines) {
  const auto width = lines.at(0).get<std::string>().size() / 2;
  Image image(static_cast<int>(width), static_cast<int>(lines.size()), 1);
  for (int y = 0; y < image.height; ++y) {
    const std::string line = lines.at(static_cast<std::size_t>(y));
    for (std::size_t x = 0; x < width; ++x) {
      image.row(y)[x] = static_cast<std::uint8_t>(std::stoi(line.substr(2 * x, 2), nullptr, 16));
    }
  }
  return image;
}

}  // namespace

TEST_CASE("peer augmentations: with the same draws, the pixels of other libraries") {
  const Json file = cases::read("peer_augmentations.json");
  const auto noOthers = [](Random&) -> Result<Pair> {
    return fail(ErrorCode::badData, "no other samples here");
  };
  for (const Json& row : file.at("rows")) {
    INFO(row.at("peer").get<std::string>()
         << " and ours, " << row.at("augment").dump() << ", index " << row.at("index"));
    const auto list = parseAugmentations(Json::array({row.at("augment")}).dump());
    REQUIRE(list);
    Pair pair = pairOf(row.at("width"), row.at("height"));
    Random random(file.at("seed"), 0, row.at("index"), Purpose::augment);
    REQUIRE(augment(pair, *list, random, noOthers));
    const Image image = imageOf(row.at("image"));
    const Mask mask = cases::mask(row.at("mask"));
    REQUIRE(pair.image.width == image.width);
    REQUIRE(pair.image.height == image.height);
    REQUIRE(pair.mask.pixels.size() == mask.pixels.size());
    int furthest = 0, others = 0;
    for (std::size_t i = 0; i < image.pixels.size(); ++i) {
      furthest = std::max(furthest, std::abs(pair.image.pixels[i] - image.pixels[i]));
      others += pair.mask.pixels[i] != mask.pixels[i];
    }
    const int tolerance = row.at("tolerance");
    CHECK(furthest <= tolerance);
    // Where a pixel comes from halfway between two, rounding says which.
    CHECK(others <= (tolerance == 0 ? 0 : static_cast<int>(mask.pixels.size()) / 50));
  }
}
