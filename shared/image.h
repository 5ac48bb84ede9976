// 8-bit images and masks as plain values.
//
// Rows are packed without gaps, channels interleaved: pixels[(y * width + x) * channels + c].
// Three channels are R, G, B and four are R, G, B, A, on both targets. Integer coordinates are
// pixel centres of the source image. A Mask is an Image of one channel whose values are class
// indices.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace limbus {

// Borrowed pixels: valid only as long as their owner.
struct ImageView {
  const std::uint8_t* pixels = nullptr;
  int width = 0;
  int height = 0;
  int channels = 0;

  const std::uint8_t* row(int y) const {
    return pixels + static_cast<std::size_t>(y) * width * channels;
  }
  std::size_t sizeBytes() const { return static_cast<std::size_t>(width) * height * channels; }
};

struct Image {
  int width = 0;
  int height = 0;
  int channels = 0;
  std::vector<std::uint8_t> pixels;

  Image() = default;
  Image(int width_, int height_, int channels_, std::uint8_t value = 0)
      : width(width_),
        height(height_),
        channels(channels_),
        pixels(static_cast<std::size_t>(width_) * height_ * channels_, value) {}

  std::uint8_t* row(int y) {
    return pixels.data() + static_cast<std::size_t>(y) * width * channels;
  }
  const std::uint8_t* row(int y) const { return view().row(y); }
  ImageView view() const { return {pixels.data(), width, height, channels}; }
};

using Mask = Image;
using MaskView = ImageView;

constexpr int kVoidLabel = 255;  // in a mask: takes no part in training, scores and regions
constexpr int kMostClasses = kVoidLabel;  // that a mask tells apart

}  // namespace limbus
