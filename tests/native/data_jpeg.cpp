// JPEG: orientations, colours, damage, absurd headers.
#include <cmath>
#include <cstdlib>

#include "jpeg_bytes.h"
#include "native/data/files/jpeg.h"
#include "result_text.h"
#include "touched_memory.h"

using namespace limbus;

namespace {

// An EXIF block that holds nothing but the orientation.
std::string withOrientation(const std::string& jpeg, int orientation) {
  std::string block(
      "\xFF\xE1\x00\x22"
      "Exif\0\0"
      "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0",
      29);
  block += static_cast<char>(orientation);
  block += std::string(6, '\0');
  return jpeg.substr(0, 2) + block + jpeg.substr(2);
}

}  // namespace

TEST_CASE("JPEG: size, pixels, all eight orientations") {
  const std::string plain = jpegOf(40, 24, false);
  const Result<Image> image = decodeJpeg(plain);
  REQUIRE(image);
  REQUIRE(image->channels == 1);
  REQUIRE((image->width == 40 && image->height == 24));
  REQUIRE(image->row(12)[4] > 180);
  REQUIRE(image->row(12)[36] < 60);
  REQUIRE(decodeJpeg(jpegOf(40, 24, true))->width == 40);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    INFO("orientation " << orientation);
    const Result<Image> turned = decodeJpeg(withOrientation(plain, orientation));
    const Result<ImageSize> size = jpegSize(withOrientation(plain, orientation));
    REQUIRE(size);
    REQUIRE(turned);
    REQUIRE((size->width == turned->width && size->height == turned->height));
    REQUIRE(turned);
    const bool swapped = orientation >= 5;
    REQUIRE(turned->width == (swapped ? 24 : 40));
    // Where the bright left half of the stored image must be seen.
    const bool brightFirst =
        orientation == 1 || orientation == 4 || orientation == 5 || orientation == 6;
    const int first = swapped ? turned->row(4)[12] : turned->row(12)[4];
    REQUIRE((first > 128) == brightFirst);
  }
}

TEST_CASE("JPEG: an orientation after the frame header turns pixels and size alike") {
  const std::string plain = jpegOf(40, 24, false);
  const std::size_t scan = plain.find("\xFF\xDA");
  REQUIRE(scan != std::string::npos);
  const std::string block = withOrientation(plain, 6).substr(2, 36);
  const std::string late = plain.substr(0, scan) + block + plain.substr(scan);
  const Result<ImageSize> size = jpegSize(late);
  const Result<Image> image = decodeJpeg(late);
  REQUIRE(size);
  REQUIRE(image);
  REQUIRE((image->width == 24 && image->height == 40));
  REQUIRE((size->width == 24 && size->height == 40));
}

TEST_CASE("JPEG: a file that ends early is an error, also when a thumbnail ends inside it") {
  for (bool progressive : {false, true}) {
    const std::string whole = jpegOf(80, 64, progressive);
    for (std::size_t length = 0; length < whole.size() - 1; length += 17) {
      INFO("cut at " << length);
      REQUIRE_FALSE(decodeJpeg(whole.substr(0, length)));
    }
  }
  const std::string whole = jpegOf(80, 64, false);
  std::string thumbnail("\xFF\xE2\x00\x06\xFF\xD9\xFF\xD9", 8);
  const std::string nested = whole.substr(0, 2) + thumbnail + whole.substr(2);
  REQUIRE(decodeJpeg(nested));
  REQUIRE_FALSE(decodeJpeg(nested.substr(0, nested.size() - 20)));
}

TEST_CASE("JPEG: colour and CMYK become RGB; bytes that go wrong in the middle are an error") {
  const Result<Image> rgb = decodeJpeg(jpegOf(40, 24, false, JCS_RGB));
  REQUIRE(rgb);
  REQUIRE(rgb->channels == 3);
  REQUIRE(std::abs(rgb->row(12)[3 * 4] - 200) < 4);
  const Result<Image> cmyk = decodeJpeg(jpegOf(40, 24, false, JCS_CMYK));  // Adobe: inverted inks
  REQUIRE(cmyk);
  REQUIRE(cmyk->channels == 3);
  REQUIRE(std::abs(cmyk->row(12)[3 * 4] - 200 * 200 / 255) < 6);
  std::string broken = jpegOf(160, 120, false);
  const std::size_t middle = broken.size() / 2;
  broken = broken.substr(0, middle) + broken.substr(middle + 40);
  REQUIRE_FALSE(decodeJpeg(broken));
}

TEST_CASE("JPEG: what libjpeg only remarks upon is read all the same") {
  const auto pixelsOf = [](const std::string& bytes) {
    return decodeJpeg(bytes).value_or(Image()).pixels;
  };
  const std::string plain = jpegOf(40, 24, false);
  std::string version = plain;
  const std::size_t jfif = version.find(std::string("JFIF\0", 5));
  REQUIRE(jfif != std::string::npos);
  version[jfif + 5] = 2;
  REQUIRE(pixelsOf(version) == pixelsOf(plain));
  std::string scan = plain;  // its last coefficient, which is of no account here
  scan[scan.find("\xFF\xDA") + 8] = 0;
  REQUIRE(pixelsOf(scan) == pixelsOf(plain));
  for (bool progressive : {false, true}) {
    const std::string whole = jpegOf(40, 24, progressive);
    std::string padded = whole;
    padded.insert(padded.size() - 2, std::string(20, '\0'));
    REQUIRE(pixelsOf(padded) == pixelsOf(whole));
  }
  // Other bytes there, and any before another marker, are of what was stored.
  std::string other = plain;
  other.insert(other.size() - 2, "of pixels that an error before them left over");
  REQUIRE(contains(decodeJpeg(other).error().message, "extraneous bytes before marker 0xd9"));
  std::string inside = jpegOf(40, 24, true);
  inside.insert(inside.rfind("\xFF\xDA"), std::string(20, '\1'));
  REQUIRE(contains(decodeJpeg(inside).error().message, "extraneous bytes before marker 0xda"));
}

TEST_CASE("JPEG: more scans than any encoder writes are refused") {
  std::string bytes = jpegOf(16, 16, false);
  const std::size_t scan = bytes.find("\xFF\xDA");
  REQUIRE(scan != std::string::npos);
  const std::string one = bytes.substr(scan, bytes.size() - 2 - scan);
  for (int i = 0; i < 500; ++i) bytes.insert(bytes.size() - 2, one);
  REQUIRE(decodeJpeg(bytes).error().message == "bad JPEG: it has more than 500 scans");
}

TEST_CASE("JPEG: a header that promises more than the file holds takes no memory") {
  for (const bool progressive : {false, true}) {
    std::string bytes = jpegOf(16, 16, progressive);
    const std::size_t frame = bytes.find(progressive ? "\xFF\xC2" : "\xFF\xC0");
    REQUIRE(frame != std::string::npos);
    for (const std::size_t side : {5, 7}) {
      bytes[frame + side] = '\x3E';  // 15888 px, 252 million in all
      bytes[frame + side + 1] = '\x10';
    }
    REQUIRE(jpegSize(bytes)->height == 15888);
    REQUIRE_FALSE(decodeJpeg(bytes));
    REQUIRE(touchedMb([&] { (void)decodeJpeg(bytes); }) < 64);
  }
}

TEST_CASE("JPEG: a huge size in the header is refused") {
  std::string bytes = jpegOf(16, 16, false);
  const std::size_t frame = bytes.find("\xFF\xC0");
  REQUIRE(frame != std::string::npos);
  for (int i = 5; i < 9; ++i) bytes[frame + i] = '\xFF';
  const Result<Image> image = decodeJpeg(bytes);
  REQUIRE_FALSE(image);
  REQUIRE(image.error().message.find("65535x65535") != std::string::npos);
}
