#include "native/data/files/bmp.h"

#ifdef LIMBUS_WITH_STB
#include <stb/stb_image.h>
#endif

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <memory>
#include <string>

#include "native/data/files/alpha.h"
#include "shared/little_endian.h"

namespace limbus {

bool isBmp(std::string_view bytes) { return bytes.substr(0, 2) == "BM" && bytes.size() >= 30; }

#ifdef LIMBUS_WITH_STB

namespace {

const stbi_uc* stbBytes(std::string_view bytes) {
  return reinterpret_cast<const stbi_uc*>(bytes.data());
}

int lengthOf(std::string_view bytes) {
  return static_cast<int>(std::min<std::size_t>(bytes.size(), std::numeric_limits<int>::max()));
}

tl::unexpected<Error> badBmp(const std::string& why) {
  return fail(ErrorCode::badData, "bad BMP: " + why);
}

std::uint64_t bitsPerPixel(std::string_view bmp) {
  const bool old = littleEndian(bmp.substr(14, 4)) == 12;  // the header of OS/2
  return littleEndian(bmp.substr(old ? 24 : 28, 2));
}

// stb_image reads zeros beyond the end of a BMP.
bool holdsAllRows(std::string_view bmp, ImageSize size) {
  const std::uint64_t row =
      (static_cast<std::uint64_t>(size.width) * bitsPerPixel(bmp) + 31) / 32 * 4;
  return littleEndian(bmp.substr(10, 4)) + row * static_cast<std::uint64_t>(size.height) <=
         bmp.size();
}

// Whether its palette, which ends where the pixels begin, holds greys alone.
bool isGrey(std::string_view bmp) {
  const std::uint64_t header = littleEndian(bmp.substr(14, 4));
  const std::uint64_t pixels = std::min<std::uint64_t>(littleEndian(bmp.substr(10, 4)), bmp.size());
  const std::uint64_t each = header == 12 ? 3 : 4;
  for (std::uint64_t at = 14 + header; at + each <= pixels; at += each) {
    if (bmp[at] != bmp[at + 1] || bmp[at] != bmp[at + 2]) return false;
  }
  return true;
}

Image oneChannel(const Image& rgb) {
  Image one(rgb.width, rgb.height, 1);
  for (std::size_t i = 0; i < one.pixels.size(); ++i) one.pixels[i] = rgb.pixels[3 * i];
  return one;
}

}  // namespace

Result<ImageSize> bmpSize(std::string_view bytes) {
  if (!isBmp(bytes)) return fail(ErrorCode::badData, "not a BMP file");
  int width = 0, height = 0, channels = 0;
  if (stbi_info_from_memory(stbBytes(bytes), lengthOf(bytes), &width, &height, &channels) == 0) {
    return badBmp("its header is damaged or not known (" + std::string(stbi_failure_reason()) +
                  ")");
  }
  // Below zero where the highest row comes first.
  return checkImageSize(static_cast<std::uint64_t>(width),
                        static_cast<std::uint64_t>(std::abs(static_cast<std::int64_t>(height))));
}

Result<Image> decodeBmp(std::string_view bytes) {
  const Result<ImageSize> size = bmpSize(bytes);
  if (!size) return fail(size.error());
  if (!holdsAllRows(bytes, *size)) return badBmp("the file ends early");
  int width = 0, height = 0, channels = 0;
  const std::unique_ptr<stbi_uc, void (*)(void*)> data(
      stbi_load_from_memory(stbBytes(bytes), lengthOf(bytes), &width, &height, &channels, 0),
      stbi_image_free);
  if (!data) return badBmp(stbi_failure_reason());
  Image image(width, height, channels);
  std::copy_n(data.get(), image.pixels.size(), image.pixels.begin());
  if (channels == 4) image = overBlack(image);
  return bitsPerPixel(bytes) <= 8 && isGrey(bytes) ? oneChannel(image) : std::move(image);
}

#else

namespace {
tl::unexpected<Error> withoutStb() {
  return fail(ErrorCode::unsupported,
              "this build has no BMP support; install stb's development files and build again");
}
}  // namespace

Result<ImageSize> bmpSize(std::string_view) { return withoutStb(); }
Result<Image> decodeBmp(std::string_view) { return withoutStb(); }

#endif

}  // namespace limbus
