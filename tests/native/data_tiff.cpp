// TIFF: grey, palette and RGB, odd files, and the satellite layout that they come in.
#include "data_trees.h"
#include "native/data/files/tiff.h"
#include "scratch_folder.h"
#include "touched_memory.h"

using namespace limbus;
namespace fs = std::filesystem;

namespace {

void append(std::string& bytes, std::uint32_t value, int size) {
  for (int i = 0; i < size; ++i) bytes += static_cast<char>(value >> 8 * i & 255);
}

// Little-endian, one strip, no compression; `kind`: 1 grey, 2 RGB, 3 palette.
std::string tiffOf(int width, int height, int kind, const Pixels& pixels, int orientation = 1) {
  struct Entry {
    std::uint32_t tag, type, count, value;
  };
  const std::uint32_t samples = kind == 2 ? 3 : 1;
  const std::uint32_t strip = 8;
  const std::uint32_t bits = strip + static_cast<std::uint32_t>(pixels.size());
  const std::uint32_t map = bits + 6;
  std::vector<Entry> entries = {{256, 3, 1, static_cast<std::uint32_t>(width)},
                                {257, 3, 1, static_cast<std::uint32_t>(height)},
                                {258, 3, samples, samples == 1 ? 8 : bits},
                                {259, 3, 1, 1},
                                {262, 3, 1, static_cast<std::uint32_t>(kind)},
                                {273, 4, 1, strip},
                                {274, 3, 1, static_cast<std::uint32_t>(orientation)},
                                {277, 3, 1, samples},
                                {278, 3, 1, static_cast<std::uint32_t>(height)},
                                {279, 4, 1, static_cast<std::uint32_t>(pixels.size())},
                                {284, 3, 1, 1}};
  entries[4].value = kind == 3 ? 3 : kind == 2 ? 2 : 1;
  if (kind == 3) entries.push_back({320, 3, 768, map});
  std::string bytes("II*\0", 4);
  append(bytes, map + (kind == 3 ? 1536 : 0), 4);
  bytes.append(pixels.begin(), pixels.end());
  for (int i = 0; i < 3; ++i) append(bytes, 8, 2);
  for (std::uint32_t i = 0; kind == 3 && i < 768; ++i) append(bytes, i % 256 * 257, 2);
  append(bytes, static_cast<std::uint32_t>(entries.size()), 2);
  for (const Entry& entry : entries) {
    append(bytes, entry.tag, 2);
    append(bytes, entry.type, 2);
    append(bytes, entry.count, 4);
    append(bytes, entry.value, 4);
  }
  append(bytes, 0, 4);
  return bytes;
}

bool withoutTiff() {
  const auto size = tiffSize(tiffOf(1, 1, 1, {0}));
  return !size && size.error().code == ErrorCode::unsupported;
}

}  // namespace

TEST_CASE("tiff: grey, palette and RGB, as images and as labels") {
  if (withoutTiff()) SKIP("a build without libtiff");
  const std::string grey = tiffOf(3, 2, 1, {0, 1, 2, 3, 4, 255});
  REQUIRE((tiffSize(grey)->width == 3 && tiffSize(grey)->height == 2));
  REQUIRE(decodeTiff(grey)->channels == 1);
  REQUIRE(decodeTiff(grey)->pixels == Pixels{0, 1, 2, 3, 4, 255});
  REQUIRE(decodeTiffLabels(grey)->pixels == Pixels{0, 1, 2, 3, 4, 255});
  const std::string colour = tiffOf(2, 1, 2, {1, 2, 3, 4, 5, 6});
  REQUIRE(decodeTiff(colour)->channels == 3);
  REQUIRE(decodeTiff(colour)->pixels == Pixels{1, 2, 3, 4, 5, 6});
  REQUIRE(decodeTiffLabels(colour)->pixels == Pixels{1, 2, 3, 4, 5, 6});
  const std::string palette = tiffOf(2, 1, 3, {7, 200});
  REQUIRE(decodeTiff(palette)->pixels == Pixels{7, 7, 7, 200, 200, 200});
  REQUIRE(decodeTiffLabels(palette)->channels == 1);
  REQUIRE(decodeTiffLabels(palette)->pixels == Pixels{7, 200});
}

TEST_CASE("tiff: 16-bit values keep their high byte, in grey and in colour") {
  if (withoutTiff()) SKIP("a build without libtiff");
  const Pixels stored = {0xff, 0x00, 0xf0, 0x12, 0x00, 0xff};  // little-endian
  std::string grey = tiffOf(3, 1, 1, stored), colour = tiffOf(1, 1, 2, stored);
  grey[grey.find(std::string("\x02\x01\x03\0\x01\0\0\0", 8)) + 8] = 16;
  for (int sample = 0; sample < 3; ++sample) colour[8 + stored.size() + 2 * sample] = 16;
  for (const std::string& file : {grey, colour}) {
    const Result<Image> image = decodeTiff(file);
    REQUIRE(image);
    REQUIRE(image->pixels == Pixels{0x00, 0x12, 0xff});
  }
}

TEST_CASE("tiff: an image of signed values is refused, objects may be numbered by them") {
  if (withoutTiff()) SKIP("a build without libtiff");
  for (const int bits : {8, 16}) {
    std::string file = tiffOf(3, 1, 1, {0, 0, 0, 0, 1, 0});
    file[file.find(std::string("\x02\x01\x03\0\x01\0\0\0", 8)) + 8] = static_cast<char>(bits);
    // The last entry, PlanarConfiguration, becomes SampleFormat: signed.
    const std::size_t last = file.find(std::string("\x1c\x01\x03\0\x01\0\0\0", 8));
    file[last] = 0x53;
    file[last + 8] = 2;
    REQUIRE(contains(decodeTiff(file).error().message, "signed " + std::to_string(bits) + "-bit"));
    REQUIRE(decodeTiffObjects(file));
  }
}

TEST_CASE("tiff: what is damaged or unusual is said and never half read") {
  if (withoutTiff()) SKIP("a build without libtiff");
  const std::string whole = tiffOf(3, 2, 2, Pixels(18, 9));
  for (std::size_t length = 0; length + 4 < whole.size(); ++length) {
    CAPTURE(length);
    REQUIRE_FALSE(decodeTiff(std::string_view(whole).substr(0, length)));
  }
  REQUIRE_FALSE(tiffSize(tiffOf(0, 2, 1, {})));
  REQUIRE(contains(decodeTiff(tiffOf(3, 2, 1, Pixels(6, 9), 6)).error().message, "on its side"));
  REQUIRE((tiffSize(tiffOf(3, 2, 1, Pixels(6, 9), 6))->width == 2));
  for (int i = 0; i < 100; ++i) {  // before memory is touched
    REQUIRE_FALSE(decodeTiff(tiffOf(16384, 16384, 2, Pixels(6, 9))));
  }
  for (const int kind : {1, 2, 3}) {
    const std::string lies = tiffOf(16384, 16384, kind, Pixels(6, 9));
    REQUIRE_FALSE(decodeTiffLabels(lies));
    REQUIRE(touchedMb([&] { (void)decodeTiffLabels(lies); }) < 64);
  }
}

TEST_CASE("tiff: a mask that numbers its objects") {
  if (withoutTiff()) SKIP("a build without libtiff");
  REQUIRE(decodeTiffObjects(tiffOf(4, 1, 1, {7, 7, 9, 9}))->pixels == Pixels{1, 1, 0, 1});
  REQUIRE_FALSE(decodeTiffObjects(tiffOf(2, 1, 2, Pixels(6, 9))));
  std::string wide = tiffOf(4, 1, 1, {7, 0, 0, 1, 0, 0, 9, 1});  // 7, 256, 0, 265
  for (std::size_t at = wide.size() - 4 - 11 * 12; at < wide.size(); at += 12) {
    if (wide[at] == 2 && wide[at + 1] == 1) wide[at + 8] = 16;  // bits a value
  }
  REQUIRE(decodeTiffObjects(wide)->pixels == Pixels{1, 0, 0, 1});
}

TEST_CASE("tiff: of several pages nobody says which is meant, and previews are none") {
  if (withoutTiff()) SKIP("a build without libtiff");
  const std::string one = tiffOf(3, 2, 1, {0, 1, 2, 3, 4, 255});
  std::uint32_t at = 0;
  for (int i = 3; i >= 0; --i) at = at << 8 | static_cast<std::uint8_t>(one[4 + i]);
  const auto withPage = [&](std::uint32_t width, std::uint32_t behind = 0) {
    std::string page = one.substr(at);
    page[2 + 8] = static_cast<char>(width);  // the value of the first entry
    std::string two = one.substr(0, one.size() - 4);
    append(two, static_cast<std::uint32_t>(one.size()) + behind, 4);
    return two + std::string(behind, '\0') + page;
  };
  for (const auto decode : {decodeTiff, decodeTiffLabels}) {
    const Result<Image> both = decode(withPage(3));
    REQUIRE_FALSE(both);
    REQUIRE(contains(both.error().message, "a TIFF of 2 pages; save the one that is meant"));
    REQUIRE_FALSE(tiffSize(withPage(3)));  // before any pixel is read
    REQUIRE(decode(withPage(1))->pixels == decode(one)->pixels);
  }
  // Behind all that a first look reads, as in ImageJ's stacks.
  const ScratchFolder scratch;
  const fs::path file = scratch / "stack.tif";
  writeText(file, withPage(3, 300000));
  for (const auto size : {readImageSize, readLabelsSize}) {
    const Result<ImageSize> both = size(file);
    REQUIRE_FALSE(both);
    REQUIRE(contains(both.error().message, "a TIFF of 2 pages; save the one that is meant"));
  }
  writeText(file, withPage(1, 300000));
  REQUIRE(readImageSize(file)->width == 3);
  writeText(file, withPage(3, 300000).substr(0, 200000));  // a first page that is whole
  REQUIRE(readImageSize(file)->width == 3);
}

TEST_CASE("satellite: TIFF beside numbers or colours of nine classes, whatever they are called") {
  if (withoutTiff()) SKIP("a build without libtiff");
  const ScratchFolder scratch;
  writeText(scratch / "valid/img/421.tif", tiffOf(2, 1, 2, {9, 8, 7, 6, 5, 4}));
  writePixels(scratch / "valid/img/421_gt.png", 2, 1, {0, 0});  // lies there too
  writePixels(scratch / "valid/lbl/421_gt.png", 2, 1, {0, 128, 0, 128, 128, 128});
  const auto set = opened("satellite", {scratch.path(), "validation", classes(9), "{}"});
  REQUIRE(namesOf(*set) == std::vector<std::string>{"421"});
  REQUIRE(sampleOf(*set, 0).image.pixels == Pixels{9, 8, 7, 6, 5, 4});
  REQUIRE(sampleOf(*set, 0).mask.pixels == Pixels{3, 8});
  writePixels(scratch / "valid/lbl/421_gt.png", 2, 1, {5, 9});
  REQUIRE(contains(refusal("satellite", {scratch.path(), "validation", classes(9), "{}"}).message,
                   "421_gt.png: label 9"));
  fs::remove(scratch / "valid/lbl/421_gt.png");
  writePixels(scratch / "valid/lbl/420_gt.png", 2, 1, {5, 5});
  REQUIRE(contains(refusal("satellite", {scratch.path(), "validation", classes(9), "{}"}).message,
                   "1 image has no mask like"));
}
