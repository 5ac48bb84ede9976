// What augmentation tests change, and one that changes it.
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "data_by_name.h"
#include "native/data/augment/augment.h"

// Grey fields with a mask that can be told from the image: label = 1 where the image is bright.
inline limbus::Pair discPair(int width = 120, int height = 90, int channels = 1) {
  limbus::Pair pair{limbus::Image(width, height, channels, 60), limbus::Mask(width, height, 1)};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      if (std::hypot(x - width * 0.4, y - height * 0.5) > height * 0.3) continue;
      for (int c = 0; c < channels; ++c) pair.image.row(y)[x * channels + c] = 200;
      pair.mask.row(y)[x] = 1;
    }
  }
  return pair;
}

inline std::vector<limbus::Augmentation> listOf(const std::string& json) {
  const limbus::Result<std::vector<limbus::Augmentation>> list = parseAugmentations(json);
  REQUIRE(list);
  return *list;
}

inline limbus::Pair applied(const std::string& json, limbus::Pair pair, std::uint32_t index = 0) {
  limbus::Random random(7, 0, index, limbus::Purpose::augment);
  const auto others = [like = pair](limbus::Random& draw) -> limbus::Result<limbus::Pair> {
    const auto value = static_cast<std::uint8_t>(draw.integer(0, 255));
    return limbus::Pair{
        limbus::Image(like.image.width, like.image.height, like.image.channels, value),
        limbus::Mask(like.image.width, like.image.height, 1, 1)};
  };
  REQUIRE(limbus::augment(pair, listOf(json), random, others));
  return pair;
}
