// Small data sets on disk, and what opening them says.
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "data_by_name.h"
#include "native/data/dataset.h"
#include "native/data/files/image_files.h"
#include "native/system/files.h"
#include "result_text.h"

using Pixels = std::vector<std::uint8_t>;
using Counts = std::map<int, int>;  // pixels of each label

inline std::filesystem::path dataFolder() {
  const char* folder = std::getenv("LIMBUS_DATA");
  return folder != nullptr ? folder : "../shared/data";
}

// Data sets of a few images in the formats that others publish theirs in.
inline std::filesystem::path datumaroAssets() { return dataFolder() / "fixtures/datumaro_assets"; }

// "c0", "c1", ... of colours #000000, #0a1400, #142800, ...
inline std::vector<limbus::ClassSpec> classes(int count) {
  std::vector<limbus::ClassSpec> specs;
  for (int i = 0; i < count; ++i) {
    const auto shade = static_cast<std::uint8_t>(10 * i);
    specs.push_back(
        {"c" + std::to_string(i), {shade, static_cast<std::uint8_t>(2 * shade), 0}, ""});
  }
  return specs;
}

// What the bytes of "0a1b" are.
inline std::string bytesOfHex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

inline std::unique_ptr<limbus::Dataset> opened(const std::string& dataset,
                                               const DataQuestion& question) {
  auto set = openDataset(dataset, question);
  INFO((set ? std::string() : set.error().message));
  REQUIRE(set);
  return std::move(*set);
}

inline limbus::Error refusal(const std::string& dataset, const DataQuestion& request) {
  const limbus::Result<std::unique_ptr<limbus::Dataset>> set = openDataset(dataset, request);
  REQUIRE_FALSE(set);
  REQUIRE(set.error().message.find('\n') == std::string::npos);
  return set.error();
}

inline limbus::Sample sampleOf(const limbus::Dataset& set, std::size_t index) {
  limbus::Result<limbus::Sample> sample = set.get(index, 0);
  INFO((sample ? std::string() : sample.error().message));
  REQUIRE(sample);
  return std::move(*sample);
}

// How many pixels of a mask hold each of the labels that are there.
inline Counts histogram(const limbus::Mask& mask) {
  Counts counts;
  for (const std::uint8_t label : mask.pixels) ++counts[label];
  return counts;
}

// The same of all masks of a set.
inline Counts histogram(const limbus::Dataset& set) {
  Counts counts;
  for (std::size_t i = 0; i < set.size(); ++i) {
    for (const auto& [label, count] : histogram(sampleOf(set, i).mask)) counts[label] += count;
  }
  return counts;
}

// "0: 30, 255: 2"
inline std::string countsText(const Counts& counts) {
  std::string text;
  for (const auto& [label, count] : counts) {
    text += (text.empty() ? "" : ", ") + std::to_string(label) + ": " + std::to_string(count);
  }
  return text;
}

inline std::vector<std::string> namesOf(const limbus::Dataset& set) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < set.size(); ++i) names.push_back(set.facts(i).id);
  return names;
}

// A PNG of these pixels, folders made on the way; 1 channel, or 3 where there are three times as
// many.
inline void writePixels(const std::filesystem::path& file, int width, int height, Pixels pixels) {
  REQUIRE(limbus::makeFolder(file.parent_path()));
  const int channels = static_cast<int>(pixels.size()) / (width * height);
  limbus::Image image(width, height, channels);
  REQUIRE(pixels.size() == image.pixels.size());
  image.pixels = std::move(pixels);
  REQUIRE(limbus::writePng(file, image.view(), false));
}

// Of two pixels.
inline void writeImage(const std::filesystem::path& file) { writePixels(file, 2, 1, {9, 9}); }

inline void writePair(const std::filesystem::path& image, const std::filesystem::path& mask,
                      const Pixels& labels) {
  writeImage(image);
  writePixels(mask, 2, 1, labels);
}

inline void writeText(const std::filesystem::path& file, const std::string& text) {
  REQUIRE(limbus::makeFolder(file.parent_path()));
  REQUIRE(limbus::writeBytes(file, text, false));
}
