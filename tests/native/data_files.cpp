// Files: every format in its odd forms, every way in which bytes can be wrong, atomic writing.
#include <png.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "jpeg_bytes.h"
#include "native/data/files/image_files.h"
#include "native/data/files/npy.h"
#include "native/data/files/png.h"
#include "native/system/files.h"
#include "result_text.h"
#include "scratch_folder.h"

using namespace limbus;

namespace {

struct PngForm {
  int width, height, bitDepth, colourType;
  std::vector<std::vector<std::uint8_t>> rows;  // packed as PNG packs them
  std::vector<png_color> palette = {};
  std::vector<std::uint8_t> paletteAlpha = {};
  int interlace = PNG_INTERLACE_NONE;
  std::string exif = {};
};

void appendBytes(png_structp png, png_bytep data, std::size_t count) {
  static_cast<std::string*>(png_get_io_ptr(png))->append(reinterpret_cast<char*>(data), count);
}

std::string pngOf(PngForm form) {
  std::string bytes;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(png, &bytes, appendBytes, nullptr);
  png_set_IHDR(png, info, form.width, form.height, form.bitDepth, form.colourType, form.interlace,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (!form.palette.empty()) {
    png_set_PLTE(png, info, form.palette.data(), static_cast<int>(form.palette.size()));
  }
  if (!form.paletteAlpha.empty()) {
    png_set_tRNS(png, info, form.paletteAlpha.data(), static_cast<int>(form.paletteAlpha.size()),
                 nullptr);
  }
  if (!form.exif.empty()) {
    png_set_eXIf_1(png, info, static_cast<png_uint_32>(form.exif.size()),
                   reinterpret_cast<png_bytep>(form.exif.data()));
  }
  std::vector<png_bytep> rows;
  for (auto& row : form.rows) rows.push_back(row.data());
  png_set_rows(png, info, rows.data());
  png_write_png(png, info, PNG_TRANSFORM_IDENTITY, nullptr);
  png_destroy_write_struct(&png, &info);
  return bytes;
}

Image gradient(int width, int height, int channels) {
  Image image(width, height, channels);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    image.pixels[i] = static_cast<std::uint8_t>(i * 7 + i / 50);
  }
  return image;
}

std::string npyOf(const std::string& header, const std::string& data, int version = 1) {
  std::string text = header + "\n";
  std::string bytes("\x93NUMPY", 6);
  bytes += static_cast<char>(version);
  bytes += '\0';
  bytes += static_cast<char>(text.size());
  bytes += '\0';
  if (version > 1) bytes += std::string(2, '\0');
  return bytes + text + data;
}

}  // namespace

TEST_CASE("PNG: what is written comes back, grey and colour") {
  for (int channels : {1, 3}) {
    const Image image = gradient(37, 21, channels);
    const Result<std::string> bytes = encodePng(image.view());
    REQUIRE(bytes);
    const Result<Image> back = decodePng(*bytes);
    REQUIRE(back);
    REQUIRE(back->channels == channels);
    REQUIRE(back->pixels == image.pixels);
  }
}

TEST_CASE("PNG: alpha goes over black, 16 bits keep the high byte, few bits are spread") {
  const std::string alpha =
      pngOf({2, 1, 8, PNG_COLOR_TYPE_RGB_ALPHA, {{200, 100, 50, 128, 9, 9, 9, 0}}});
  const Result<Image> composited = decodePng(alpha);
  REQUIRE(composited);
  REQUIRE(composited->pixels == std::vector<std::uint8_t>{(200 * 128 + 127) / 255,
                                                          (100 * 128 + 127) / 255,
                                                          (50 * 128 + 127) / 255, 0, 0, 0});
  const std::string greyAlpha = pngOf({1, 1, 8, PNG_COLOR_TYPE_GRAY_ALPHA, {{201, 255}}});
  REQUIRE(decodePng(greyAlpha)->pixels == std::vector<std::uint8_t>{201});
  const std::string wide = pngOf({2, 1, 16, PNG_COLOR_TYPE_GRAY, {{0x12, 0xFF, 0xFE, 0x01}}});
  REQUIRE(decodePng(wide)->pixels == std::vector<std::uint8_t>{0x12, 0xFE});
  const std::string twoBits = pngOf({4, 1, 2, PNG_COLOR_TYPE_GRAY, {{0b00011011}}});
  REQUIRE(decodePng(twoBits)->pixels == std::vector<std::uint8_t>{0, 85, 170, 255});
  REQUIRE(decodePngLabels(twoBits)->pixels == std::vector<std::uint8_t>{0, 1, 2, 3});
}

TEST_CASE("PNG: 16-bit values that leave their high bytes nearly empty are told") {
  const ScratchFolder scratch;
  const auto told = [&](int bits, std::vector<std::uint8_t> row) {
    const auto file = scratch / "a.png";
    REQUIRE(writeBytes(file, pngOf({2, 1, bits, PNG_COLOR_TYPE_GRAY, {std::move(row)}}), false));
    return faintText(file, readImage(file)->view());
  };
  REQUIRE(told(16, {0x00, 0xFF, 0x0F, 0xFF}).find("reaches only 15 of 255") != std::string::npos);
  REQUIRE(told(16, {0x00, 0xFF, 0x40, 0x00}).empty());
  REQUIRE(told(8, {3, 15}).empty());
}

TEST_CASE("PNG: a palette gives colours to an image and indices to a mask") {
  const PngForm form{
      3, 1, 8, PNG_COLOR_TYPE_PALETTE, {{2, 0, 1}}, {{10, 20, 30}, {40, 50, 60}, {70, 80, 90}}, {}};
  const std::string bytes = pngOf(form);
  REQUIRE(decodePngLabels(bytes)->pixels == std::vector<std::uint8_t>{2, 0, 1});
  REQUIRE(decodePng(bytes)->pixels ==
          std::vector<std::uint8_t>{70, 80, 90, 10, 20, 30, 40, 50, 60});
  PngForm clear = form;
  clear.paletteAlpha = {255, 0, 255};
  REQUIRE(decodePng(pngOf(clear))->pixels ==
          std::vector<std::uint8_t>{70, 80, 90, 10, 20, 30, 0, 0, 0});
}

TEST_CASE("PNG: interlaced images decode like others") {
  PngForm form{16, 16, 8, PNG_COLOR_TYPE_GRAY, {}};
  for (int y = 0; y < 16; ++y) {
    std::vector<std::uint8_t> row;
    for (int x = 0; x < 16; ++x) row.push_back(static_cast<std::uint8_t>(y * 16 + x));
    form.rows.push_back(row);
  }
  const Result<Image> plain = decodePng(pngOf(form));
  form.interlace = PNG_INTERLACE_ADAM7;
  REQUIRE(decodePng(pngOf(form))->pixels == plain->pixels);
}

TEST_CASE("PNG masks: 16-bit labels, RGB and RGBA as colours, and what is no mask") {
  REQUIRE(decodePngLabels(pngOf({2, 1, 16, PNG_COLOR_TYPE_GRAY, {{0, 3, 0, 200}}}))->pixels ==
          std::vector<std::uint8_t>{3, 200});
  REQUIRE_FALSE(decodePngLabels(pngOf({1, 1, 16, PNG_COLOR_TYPE_GRAY, {{1, 3}}})));
  REQUIRE(decodePngLabels(pngOf({2, 1, 8, PNG_COLOR_TYPE_RGB, {{3, 3, 3, 0, 9, 0}}}))->pixels ==
          std::vector<std::uint8_t>{3, 3, 3, 0, 9, 0});
  REQUIRE(decodePngLabels(pngOf({1, 1, 8, PNG_COLOR_TYPE_RGB_ALPHA, {{3, 7, 4, 9}}}))->pixels ==
          std::vector<std::uint8_t>{3, 7, 4});
  REQUIRE_FALSE(decodePngLabels(pngOf({1, 1, 8, PNG_COLOR_TYPE_GRAY_ALPHA, {{3, 255}}})));
}

TEST_CASE("masks that number objects: those that touch are kept apart, in any number of bits") {
  // 1 and 300 touch by a side, 300 and 301 by a corner; 2 stands alone.
  const std::vector<std::uint8_t> parts = {1, 0, 1, 0,         //
                                           1, 0, 1, 0,         //
                                           0, 0, 0, 0,         //
                                           1, 0, 0, 1};        // row by row
  const std::vector<std::uint16_t> numbers = {1, 300, 300, 0,  //
                                              1, 300, 300, 0,  //
                                              0, 0,   0,   301, 2, 0, 0, 301};
  std::vector<std::vector<std::uint8_t>> rows(4);
  std::string little;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto high = static_cast<std::uint8_t>(numbers[i] >> 8);
    const auto low = static_cast<std::uint8_t>(numbers[i]);
    rows[i / 4].insert(rows[i / 4].end(), {high, low});
    little += static_cast<char>(low);
    little += static_cast<char>(high);
  }
  REQUIRE(decodePngObjects(pngOf({4, 4, 16, PNG_COLOR_TYPE_GRAY, rows}))->pixels == parts);
  const std::string npy =
      npyOf("{'descr': '<u2', 'fortran_order': False, 'shape': (4, 4), }", little);
  REQUIRE(decodeNpyObjects(npy)->pixels == parts);
  REQUIRE_FALSE(decodeNpyMask(npy));
  REQUIRE_FALSE(decodeNpyObjects(
      npyOf("{'descr': '<i2', 'fortran_order': False, 'shape': (1, 1), }", "\xFF\xFF")));
  REQUIRE(decodePngObjects(pngOf({2, 1, 8, PNG_COLOR_TYPE_GRAY, {{255, 0}}}))->pixels ==
          std::vector<std::uint8_t>{1, 0});
  REQUIRE_FALSE(decodePngObjects(pngOf({1, 1, 8, PNG_COLOR_TYPE_RGB, {{1, 2, 3}}})));
}

TEST_CASE("PNG: cut anywhere or with a flipped byte it is an error, never a partial image") {
  const std::string whole = *encodePng(gradient(60, 40, 1).view());
  for (std::size_t length = 0; length < whole.size(); length += 13) {
    INFO("cut at " << length);
    REQUIRE_FALSE(decodePng(whole.substr(0, length)));
  }
  REQUIRE_FALSE(decodePng(whole.substr(0, whole.size() - 4)));
  std::string flipped = whole;
  flipped[whole.size() / 2] ^= 0x40;
  REQUIRE_FALSE(decodePng(flipped));
}

TEST_CASE("PNG: an EXIF orientation before the pixels turns images, masks and sizes") {
  PngForm form{3, 2, 8, PNG_COLOR_TYPE_GRAY, {{1, 2, 3}, {4, 5, 6}}};
  const std::string plain = pngOf(form);
  form.exif =
      std::string("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06", 20) + std::string(6, '\0');
  const std::string turned = pngOf(form);
  const std::vector<std::uint8_t> clockwise = {4, 1, 5, 2, 6, 3};
  REQUIRE(decodePng(turned)->pixels == clockwise);
  REQUIRE(decodePngLabels(turned)->pixels == clockwise);
  const Result<ImageSize> size = pngSize(turned);
  REQUIRE((size->width == 2 && size->height == 3));
  // A beginning that may leave it out says nothing.
  const std::size_t at = turned.find("eXIf") - 4, length = 12 + form.exif.size();
  REQUIRE_FALSE(pngSize(turned.substr(0, at + 20)));
  // Behind the pixels nobody looks for it.
  const std::size_t end = plain.size() - 12;
  const std::string late = plain.substr(0, end) + turned.substr(at, length) + plain.substr(end);
  REQUIRE(decodePng(late)->width == 3);
  REQUIRE(pngSize(late)->width == 3);
}

TEST_CASE("PNG: absurd headers are refused before any memory is taken") {
  std::string bytes = *encodePng(gradient(4, 4, 1).view());
  const auto setSize = [&](std::uint32_t width, std::uint32_t height) {
    for (int i = 0; i < 4; ++i) {
      bytes[16 + i] = static_cast<char>(width >> (24 - 8 * i));
      bytes[20 + i] = static_cast<char>(height >> (24 - 8 * i));
    }
  };
  setSize(60000, 60000);
  const Result<Image> huge = decodePng(bytes);
  REQUIRE_FALSE(huge);
  REQUIRE(contains(huge.error().message, "60000x60000 pixels, at most 268 megapixels are read"));
  setSize(0xFFFFFFFF, 0xFFFFFFFF);
  REQUIRE_FALSE(decodePng(bytes));
  setSize(0, 4);
  REQUIRE_FALSE(decodePng(bytes));
  setSize(16000, 16000);  // allowed, but not in so few bytes (the checksum is wrong as well)
  REQUIRE_FALSE(decodePng(bytes));
}

TEST_CASE("npy: versions, types, orders") {
  struct Row {
    const char* type;
    std::string data;  // of [[0, 1, 2], [3, 4, 5]], C order
  };
  std::string int64, bigInt16;
  for (char v = 0; v < 6; ++v) {
    int64 += std::string(1, v) + std::string(7, '\0');
    bigInt16 += std::string(1, '\0') + v;
  }
  const std::vector<Row> rows = {{"|u1", std::string("\0\1\2\3\4\5", 6)},
                                 {"|i1", std::string("\0\1\2\3\4\5", 6)},
                                 {"<i8", int64},
                                 {">u2", bigInt16}};
  for (const Row& row : rows) {
    for (int version : {1, 2}) {
      INFO(row.type << " version " << version);
      const Result<Mask> mask = decodeNpyMask(npyOf(
          std::string("{'descr': '") + row.type + "', 'fortran_order': False, 'shape': (2, 3), }",
          row.data, version));
      REQUIRE(mask);
      REQUIRE((mask->width == 3 && mask->height == 2));
      REQUIRE(mask->pixels == std::vector<std::uint8_t>{0, 1, 2, 3, 4, 5});
    }
  }
  const Result<Mask> fortran =
      decodeNpyMask(npyOf("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }",
                          std::string("\0\3\1\4\2\5", 6)));
  REQUIRE(fortran->pixels == std::vector<std::uint8_t>{0, 1, 2, 3, 4, 5});
  const Mask mask = gradient(13, 7, 1);
  const std::string bytes = encodeNpyMask(mask.view());
  REQUIRE((bytes.size() - mask.pixels.size()) % 64 == 0);
  REQUIRE(decodeNpyMask(bytes)->pixels == mask.pixels);
}

TEST_CASE("npy: what is not a mask is refused with a reason") {
  const std::string six(6, '\0');
  const auto refused = [](const std::string& bytes, const char* why) {
    INFO(why);
    const Result<Mask> mask = decodeNpyMask(bytes);
    REQUIRE_FALSE(mask);
    INFO(mask.error().message);
    REQUIRE(mask.error().message.find(why) != std::string::npos);
  };
  const std::string good = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }";
  refused("", "not a .npy");
  refused("PK", "not a .npy");
  refused(npyOf(good, six).substr(0, 9), "ends inside its header");
  refused(npyOf(good, six).substr(0, 30), "ends inside its header");
  refused(npyOf(good, std::string(5, '\0')), "6 bytes of labels expected, got 5");
  refused(npyOf("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", six), "'<f4'");
  refused(npyOf("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3, 4), }", six), "got 3");
  refused(npyOf("{'descr': '|u1', 'fortran_order': False, 'shape': (99999999, 99999999), }", six),
          "99999999x99999999");
  refused(npyOf("{'descr': '|u1', 'fortran_order': False, 'shape': (0, 3), }", six), "3x0");
  refused(npyOf("{'descr': '|i1', 'fortran_order': False, 'shape': (1, 1), }", "\xFF"), "negative");
  refused(npyOf("{'descr': '<u2', 'fortran_order': False, 'shape': (1, 1), }", "\xFF\x01"), "255");
  refused(npyOf("{'descr': '|u" + std::string(1, '\0') +
                    "', 'fortran_order': False, 'shape': (1, 1), }",
                six),
          "integer type");
  refused(npyOf("{'fortran_order': False}", six), "integer type");
  refused(npyOf("", six), "integer type");
}

TEST_CASE("files: errors open with the file's name; folders and empty files are no images") {
  const ScratchFolder scratch;
  for (const char* name : {"missing.png", "folder.png", "empty.png", "text.png"}) {
    const std::filesystem::path file = scratch / name;
    if (std::string(name) == "folder.png") std::filesystem::create_directory(file);
    if (std::string(name) == "empty.png") std::ofstream(file).flush();
    if (std::string(name) == "text.png") std::ofstream(file) << "hello";
    const Result<Image> image = readImage(file);
    REQUIRE_FALSE(image);
    REQUIRE(image.error().message.rfind(file.string(), 0) == 0);
    REQUIRE_FALSE(readImageSize(file));
  }
}

TEST_CASE("files: formats are told by content, whatever the name says") {
  const ScratchFolder scratch;
  const std::string png = *encodePng(gradient(5, 4, 1).view());
  const std::string npy = encodeNpyMask(gradient(5, 4, 1).view());
  REQUIRE(writeBytes(scratch / "png.npy", png));
  REQUIRE(writeBytes(scratch / "npy.png", npy));
  REQUIRE(writeBytes(scratch / "jpeg.png", jpegOf(40, 24, false)));
  for (const char* name : {"png.npy", "npy.png"}) {
    REQUIRE(readLabels(scratch / name)->pixels == gradient(5, 4, 1).pixels);
    REQUIRE(readLabelsSize(scratch / name)->width == 5);
  }
  REQUIRE(readImage(scratch / "jpeg.png")->width == 40);
  REQUIRE(readImage(scratch / "npy.png").error().message.find("neither PNG nor JPEG") !=
          std::string::npos);
  REQUIRE(readLabels(scratch / "jpeg.png").error().message.find("a JPEG") != std::string::npos);
}

TEST_CASE("files: a write replaces, and a failing write leaves the old file and nothing else") {
  const ScratchFolder scratch;
  const std::filesystem::path file = scratch / "a.bin";
  REQUIRE(writeBytes(file, "old"));
  REQUIRE(writeBytes(file, "new"));
  REQUIRE(*readBytes(file) == "new");
  REQUIRE_FALSE(writeBytes(scratch / "nowhere/b.bin", "x"));

  std::signal(SIGXFSZ, SIG_IGN);  // a limit on file size fails like a full disk
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 4096;
  setrlimit(RLIMIT_FSIZE, &small);
  const Result<void> written = writeBytes(file, std::string(100000, 'x'));
  setrlimit(RLIMIT_FSIZE, &before);
  REQUIRE_FALSE(written);
  REQUIRE(written.error().code == ErrorCode::io);
  REQUIRE(written.error().message.find("a.bin: not written") != std::string::npos);
  REQUIRE(*readBytes(file) == "new");
  REQUIRE(scratch.entries() == 1);
}

TEST_CASE("files: outputs that exist are refused without force") {
  const ScratchFolder scratch;
  REQUIRE(checkOutput(scratch / "new", false));
  std::filesystem::create_directory(scratch / "folder");
  REQUIRE(checkOutput(scratch / "folder", false));
  REQUIRE(writeBytes(scratch / "folder/a", "x"));
  const Result<void> refused = checkOutput(scratch / "folder", false);
  REQUIRE_FALSE(refused);
  REQUIRE(refused.error().message.find("--force") != std::string::npos);
  REQUIRE(checkOutput(scratch / "folder", true));
  REQUIRE_FALSE(checkOutput(scratch / "folder/a", false));
}
