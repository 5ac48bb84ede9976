// BMP, PGM and PPM: as images and as labels, cut files, headers that lie.
#include "data_trees.h"
#include "native/data/files/bmp.h"
#include "native/data/files/pnm.h"
#include "scratch_folder.h"

using namespace limbus;

namespace {

std::string little(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 255);
  return text;
}

std::string bytesOf(const Pixels& values) { return std::string(values.begin(), values.end()); }

// `rest`: palette and rows, the lowest first, each of a multiple of four bytes; a negative height
// says that the highest comes first.
std::string bmp(int width, int height, int bits, std::uint32_t colours, const Pixels& rest) {
  const std::uint32_t offset = 54 + 4 * colours;
  return "BM" + little(54 + static_cast<std::uint32_t>(rest.size()), 4) + little(0, 4) +
         little(offset, 4) + little(40, 4) + little(static_cast<std::uint32_t>(width), 4) +
         little(static_cast<std::uint32_t>(height), 4) + little(1, 2) +
         little(static_cast<std::uint32_t>(bits), 2) + little(0, 4) + little(0, 4) + little(0, 8) +
         little(colours, 4) + little(0, 4) + bytesOf(rest);
}

const Pixels kFour = {255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 8, 7};  // 2x2, RGB
// Blue first, padded to eight bytes a row.
const Pixels kLower = {255, 0, 0, 7, 8, 9, 0, 0}, kUpper = {0, 0, 255, 0, 255, 0, 0, 0};

Pixels joined(Pixels a, const Pixels& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

bool withoutStb() {
  const auto size = bmpSize("BM");
  return !size && size.error().code == ErrorCode::unsupported;
}

}  // namespace

TEST_CASE("bmp: colours, either order of rows, palettes of greys and of colours") {
  if (withoutStb()) SKIP("a build without stb");
  const ScratchFolder scratch;
  writeText(scratch / "four.png", bmp(2, 2, 24, 0, joined(kLower, kUpper)));  // told by content
  const Result<ImageSize> size = readImageSize(scratch / "four.png");
  REQUIRE((size && size->width == 2 && size->height == 2));
  REQUIRE(readImage(scratch / "four.png")->pixels == kFour);
  REQUIRE(readLabels(scratch / "four.png")->pixels == kFour);
  REQUIRE(decodeBmp(bmp(2, -2, 24, 0, joined(kUpper, kLower)))->pixels == kFour);

  const Pixels indices = {1, 0, 0, 0, 0, 1, 0, 0};  // lower row, upper row
  const Result<Image> greys = decodeBmp(bmp(2, 2, 8, 2, joined({0, 0, 0, 0, 2, 2, 2, 0}, indices)));
  REQUIRE((greys && greys->channels == 1));
  REQUIRE(greys->pixels == Pixels{0, 2, 2, 0});
  const Result<Image> colours =
      decodeBmp(bmp(2, 2, 8, 2, joined({0, 0, 0, 0, 50, 100, 200, 0}, indices)));
  REQUIRE((colours && colours->channels == 3));
  REQUIRE(colours->pixels == Pixels{0, 0, 0, 200, 100, 50, 200, 100, 50, 0, 0, 0});
  // Its palette tells, and not which of its colours an image shows.
  const Result<Image> black =
      decodeBmp(bmp(2, 2, 8, 2, joined({0, 0, 0, 0, 50, 100, 200, 0}, Pixels(8, 0))));
  REQUIRE((black && black->channels == 3));
}

TEST_CASE("pnm: grey and colour, comments, 16 bits, greatest values") {
  REQUIRE(decodePnm("P5\n# 9 9 9\n2 1\n255\nab")->pixels == Pixels{'a', 'b'});
  const Result<Image> colour = decodePnm("P6 1 1 255\nabc");
  REQUIRE((colour && colour->channels == 3));
  REQUIRE(colour->pixels == Pixels{'a', 'b', 'c'});
  REQUIRE(decodePnm("P5 2 1 65535\nabcd")->pixels == Pixels{'a', 'c'});
  REQUIRE(contains(decodePnmLabels("P5 2 1 65535\nabcd").error().message, "16 bits"));
  REQUIRE(contains(decodePnm("P5 2 1 3\n\1\2").error().message, "greatest value is 3"));
  REQUIRE(decodePnmLabels(std::string_view("P5 2 1 3\n\1\2"))->pixels == Pixels{1, 2});
}

TEST_CASE(
    "bmp, pnm: cut anywhere it is an error, never a partial image; so is a header that lies") {
  if (withoutStb()) SKIP("a build without stb");
  const std::string whole = bmp(2, 2, 24, 0, joined(kLower, kUpper));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    REQUIRE_FALSE(decodeBmp(std::string_view(whole).substr(0, length)));
  }
  const std::string_view pgm = "P5 2 2 255\nabcd";
  for (std::size_t length = 0; length < pgm.size(); ++length) {
    CAPTURE(length);
    REQUIRE_FALSE(decodePnm(pgm.substr(0, length)));
  }
  REQUIRE_FALSE(decodeBmp(bmp(60000, 60000, 24, 0, kLower)));
  REQUIRE_FALSE(decodeBmp(bmp(20, 20, 24, 0, kLower)));
  REQUIRE_FALSE(decodePnm("P5 99999 99999 255\nabcd"));
  for (int i = 0; i < 1000; ++i) {  // before memory is taken
    REQUIRE(contains(decodePnm("P6 16384 16384 255\nabcd").error().message, "ends early"));
  }
}

TEST_CASE("folder: images may be BMP, masks PGM") {
  if (withoutStb()) SKIP("a build without stb");
  const ScratchFolder scratch;
  writeText(scratch / "images/a.bmp", bmp(2, 2, 24, 0, joined(kLower, kUpper)));
  writeText(scratch / "masks/a.pgm", std::string("P5 2 2 1\n") + '\0' + '\1' + '\1' + '\0');
  const auto set = opened("folder", {scratch.path(), "train", classes(2), "{}"});
  const Sample sample = sampleOf(*set, 0);
  REQUIRE(sample.image.pixels == kFour);
  REQUIRE(sample.mask.pixels == Pixels{0, 1, 1, 0});
}
