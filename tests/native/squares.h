// A data set of ten small images: squares, of two subjects.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "native/data/files/image_files.h"
#include "native/system/files.h"
#include "native_catch.h"

inline void writeGrey(const std::filesystem::path& file, int width,
                      std::vector<std::uint8_t> pixels) {
  REQUIRE(limbus::makeFolder(file.parent_path()));
  limbus::Image image(width, static_cast<int>(pixels.size()) / width, 1);
  image.pixels = std::move(pixels);
  REQUIRE(limbus::writePng(file, image.view(), false));
}

// Ten images of 32x32: a bright square on dark, each elsewhere, by two subjects.
inline void writeSquares(const std::filesystem::path& root) {
  for (int i = 0; i < 10; ++i) {
    std::vector<std::uint8_t> image(32 * 32), mask(32 * 32);
    for (int p = 0; p < 32 * 32; ++p) {
      const int x = p % 32 - 2 * i, y = p / 32 - 3 * (i % 5);
      mask[p] = x >= 0 && x < 10 && y >= 0 && y < 10 ? 1 : 0;
      image[p] = static_cast<std::uint8_t>(20 + 150 * mask[p] + (p * 7 + i * 11) % 30);
    }
    const std::string name = (i % 2 == 0 ? "anna_" : "berta_") + std::to_string(i) + ".png";
    writeGrey(root / "images" / name, 32, image);
    writeGrey(root / "masks" / name, 32, mask);
  }
}

// Two parts, one subject each, kept in this file.
inline void writeHalves(const std::filesystem::path& file, const std::filesystem::path& folds) {
  const nlohmann::json recipe = {
      {"name", "squares"},
      {"net", {{"name", "dabnet"}, {"width", 4}}},
      {"input", {{"width", 32}, {"height", 32}}},
      {"classes", {{{"name", "rest"}}, {{"name", "square"}}}},
      {"data",
       {{"dataset", "folder"},
        {"split",
         {{"folds", 2}, {"grouped", true}, {"groupBy", "^(.*)_"}, {"file", folds.string()}}}}},
      {"epochs", 1},
      {"batch", 2}};
  REQUIRE(limbus::writeBytes(file, recipe.dump(), false));
}
