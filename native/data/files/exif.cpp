#include "native/data/files/exif.h"

#include <cstdint>

namespace limbus {
namespace {

// The TIFF structure inside EXIF: numbers in either byte order, nothing trusted.
struct ExifBlock {
  std::string_view bytes;
  bool big = false;

  std::uint32_t number(std::size_t at, int count) const {
    if (at > bytes.size() || bytes.size() - at < static_cast<std::size_t>(count)) return 0;
    std::uint32_t value = 0;
    for (int i = 0; i < count; ++i) {
      const std::size_t place = at + static_cast<std::size_t>(big ? i : count - 1 - i);
      value = value << 8 | static_cast<std::uint8_t>(bytes[place]);
    }
    return value;
  }
};

constexpr int kFirstTurned = 5;  // orientations from this one exchange width and height

}  // namespace

int exifOrientation(std::string_view block) {
  constexpr std::uint32_t kOrientationTag = 0x0112;
  ExifBlock tiff{block};
  const std::string_view order = tiff.bytes.substr(0, 2);
  if (order != "II" && order != "MM") return 1;
  tiff.big = order == "MM";
  const std::size_t directory = tiff.number(4, 4);
  const std::uint32_t entries = tiff.number(directory, 2);
  for (std::uint32_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + std::size_t{12} * i;
    if (entry + 12 > tiff.bytes.size()) break;
    if (tiff.number(entry, 2) != kOrientationTag) continue;
    const std::uint32_t orientation = tiff.number(entry + 8, 2);
    return orientation >= 1 && orientation <= 8 ? static_cast<int>(orientation) : 1;
  }
  return 1;
}

ImageSize upright(ImageSize stored, int orientation) {
  if (orientation < kFirstTurned) return stored;
  return {stored.height, stored.width};
}

Image upright(Image image, int orientation) {
  if (orientation <= 1 || orientation > 8) return image;
  const ImageSize size = upright(ImageSize{image.width, image.height}, orientation);
  const bool swapped = orientation >= kFirstTurned;
  Image out(size.width, size.height, image.channels);
  // Which way the stored rows and columns run when seen upright.
  const bool fromRight =
      orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool fromBottom =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  for (int y = 0; y < out.height; ++y) {
    std::uint8_t* to = out.row(y);
    for (int x = 0; x < out.width; ++x) {
      int column = swapped ? y : x, row = swapped ? x : y;
      if (fromRight) column = image.width - 1 - column;
      if (fromBottom) row = image.height - 1 - row;
      const std::uint8_t* from = image.row(row) + static_cast<std::size_t>(column) * image.channels;
      for (int c = 0; c < image.channels; ++c) *to++ = from[c];
    }
  }
  return out;
}

}  // namespace limbus
