#include "native/data/files/png.h"

#ifdef LIMBUS_WITH_PNG
#include <png.h>
#endif

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <vector>

#include "native/data/files/alpha.h"
#include "native/data/files/exif.h"
#include "native/data/files/objects.h"

namespace limbus {
namespace {

constexpr std::string_view kSignature("\x89PNG\r\n\x1a\n", 8);

std::uint32_t bigEndian32(const char* bytes) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
  return value;
}

// What stands before the pixels.
struct Header {
  ImageSize stored;
  int orientation = 1;
};

Result<Header> readHeader(std::string_view bytes) {
  if (!isPng(bytes)) return fail(ErrorCode::badData, "not a PNG file");
  Header header;
  constexpr std::size_t kAround = 12;  // a chunk's length and name before its data, its sum behind
  for (std::size_t at = kSignature.size(); bytes.size() - at >= kAround;) {
    const std::size_t length = bigEndian32(bytes.data() + at);
    const std::string_view name = bytes.substr(at + 4, 4);
    if (name == "IDAT" && header.stored.width > 0) return header;
    if (length > bytes.size() - at - kAround) break;
    const std::string_view data = bytes.substr(at + 8, length);
    if (name == "IHDR" && length >= 8) {
      const Result<ImageSize> size =
          checkImageSize(bigEndian32(data.data()), bigEndian32(data.data() + 4));
      if (!size) return fail(size.error());
      header.stored = *size;
    } else if (name == "eXIf") {
      header.orientation = exifOrientation(data);
    }
    at += kAround + length;
  }
  return fail(ErrorCode::badData, "the PNG ends inside its header");
}

}  // namespace

Result<ImageSize> checkImageSize(std::uint64_t width, std::uint64_t height) {
  if (width == 0 || height == 0) {
    return fail(ErrorCode::badData, "the header says " + std::to_string(width) + "x" +
                                        std::to_string(height) + " pixels");
  }
  if (width > 1u << 28 || height > 1u << 28 ||
      width * height > static_cast<std::uint64_t>(kMaxImagePixels)) {
    return fail(ErrorCode::badData, "the header says " + std::to_string(width) + "x" +
                                        std::to_string(height) + " pixels, at most " +
                                        std::to_string(kMaxImagePixels / 1000000) +
                                        " megapixels are read; make the image smaller");
  }
  return ImageSize{static_cast<int>(width), static_cast<int>(height)};
}

bool isPngOf16Bits(std::string_view bytes) {
  constexpr std::size_t kBitDepth = 24;  // of the header, which comes first
  return bytes.size() > kBitDepth && bytes[kBitDepth] == 16;
}

bool isPng(std::string_view bytes) { return bytes.substr(0, 8) == kSignature; }

Result<ImageSize> pngSize(std::string_view bytes) {
  const Result<Header> header = readHeader(bytes);
  if (!header) return fail(header.error());
  return upright(header->stored, header->orientation);
}

#ifdef LIMBUS_WITH_PNG

namespace {

// libpng reports errors by longjmp. Everything that must survive the jump lives in these objects,
// in the frame of the caller, never in the function that calls setjmp.
struct PngDecoder {
  std::string_view bytes;
  std::size_t at = 0;
  png_structp png = nullptr;
  png_infop info = nullptr;
  Image image = {};
  std::vector<png_bytep> rows = {};
  int bitDepth = 0;
  int orientation = 1;
  std::string error = {};

  ~PngDecoder() { png_destroy_read_struct(&png, &info, nullptr); }
};

struct PngEncoder {
  ImageView image;
  std::vector<png_color> palette = {};  // empty: none
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::string bytes = {};
  std::string error = {};

  ~PngEncoder() { png_destroy_write_struct(&png, &info); }
};

template <class Coder>
void onError(png_structp png, png_const_charp message) {
  static_cast<Coder*>(png_get_error_ptr(png))->error = message;
  png_longjmp(png, 1);
}

void ignoreWarning(png_structp, png_const_charp) {}

void readMore(png_structp png, png_bytep out, std::size_t count) {
  PngDecoder& decoder = *static_cast<PngDecoder*>(png_get_io_ptr(png));
  if (count > decoder.bytes.size() - decoder.at) png_error(png, "the file ends early");
  std::memcpy(out, decoder.bytes.data() + decoder.at, count);
  decoder.at += count;
}

void writeMore(png_structp png, png_bytep data, std::size_t count) {
  static_cast<PngEncoder*>(png_get_io_ptr(png))->bytes.append(reinterpret_cast<char*>(data), count);
}

// Deflate shrinks by at most 1032: a header that promises more is lying, and nothing is allocated.
bool canHold(std::size_t fileBytes, std::uint64_t rawBytes) { return rawBytes / 1032 <= fileBytes; }

void askForPixels(PngDecoder& decoder) {
  png_set_strip_16(decoder.png);
  png_set_palette_to_rgb(decoder.png);
  png_set_expand_gray_1_2_4_to_8(decoder.png);
  if (png_get_valid(decoder.png, decoder.info, PNG_INFO_tRNS)) {
    png_set_tRNS_to_alpha(decoder.png);
  }
}

bool decodeInto(PngDecoder& decoder, bool labels) {
  if (setjmp(png_jmpbuf(decoder.png)) != 0) return false;
  png_set_read_fn(decoder.png, &decoder, readMore);
  png_set_user_limits(decoder.png, 1 << 28, 1 << 28);
  png_read_info(decoder.png, decoder.info);
  decoder.bitDepth = png_get_bit_depth(decoder.png, decoder.info);
  const png_uint_32 height = png_get_image_height(decoder.png, decoder.info);
  if (!canHold(decoder.bytes.size(),
               std::uint64_t{png_get_rowbytes(decoder.png, decoder.info)} * height)) {
    png_error(decoder.png, "the file is too short for the size in its header");
  }
  if (labels) {
    png_set_packing(decoder.png);
  } else {
    askForPixels(decoder);
  }
  png_set_interlace_handling(decoder.png);
  png_read_update_info(decoder.png, decoder.info);
  const png_uint_32 width = png_get_image_width(decoder.png, decoder.info);
  const int samples = png_get_channels(decoder.png, decoder.info) *
                      (png_get_bit_depth(decoder.png, decoder.info) == 16 ? 2 : 1);
  decoder.image = Image(static_cast<int>(width), static_cast<int>(height), samples);
  decoder.rows.resize(height);
  for (png_uint_32 y = 0; y < height; ++y) {
    decoder.rows[y] = decoder.image.row(static_cast<int>(y));
  }
  png_read_image(decoder.png, decoder.rows.data());
  png_read_end(decoder.png, nullptr);
  return true;
}

Result<void> decode(PngDecoder& decoder, bool labels) {
  const Result<Header> header = readHeader(decoder.bytes);
  if (!header) return fail(header.error());
  decoder.orientation = header->orientation;
  decoder.png =
      png_create_read_struct(PNG_LIBPNG_VER_STRING, &decoder, onError<PngDecoder>, ignoreWarning);
  decoder.info = png_create_info_struct(decoder.png);
  if (!decodeInto(decoder, labels)) return fail(ErrorCode::badData, "bad PNG: " + decoder.error);
  return {};
}

// 16-bit samples (big-endian pairs) are labels too as long as they are small.
Result<Image> narrow(const Image& wide) {
  Image mask(wide.width, wide.height, wide.channels / 2);
  for (std::size_t i = 0; i < mask.pixels.size(); ++i) {
    if (wide.pixels[2 * i] != 0) {
      return fail(
          ErrorCode::badData,
          "a mask with label " + std::to_string(wide.pixels[2 * i] * 256 + wide.pixels[2 * i + 1]) +
              ", at most 255 is possible; where numbers tell objects apart, say labels=instances");
    }
    mask.pixels[i] = wide.pixels[2 * i + 1];
  }
  return mask;
}

Image withoutAlpha(const Image& rgba) {
  Image rgb(rgba.width, rgba.height, 3);
  for (std::size_t i = 0; i < rgb.pixels.size() / 3; ++i) {
    std::copy_n(&rgba.pixels[i * 4], 3, &rgb.pixels[i * 3]);
  }
  return rgb;
}

bool encodeInto(PngEncoder& encoder) {
  if (setjmp(png_jmpbuf(encoder.png)) != 0) return false;
  const ImageView& image = encoder.image;
  png_set_write_fn(encoder.png, &encoder, writeMore, nullptr);
  const int type = !encoder.palette.empty() ? PNG_COLOR_TYPE_PALETTE
                   : image.channels <= 2    ? PNG_COLOR_TYPE_GRAY
                   : image.channels == 3    ? PNG_COLOR_TYPE_RGB
                                            : PNG_COLOR_TYPE_RGB_ALPHA;
  const int bits = image.channels == 2 ? 16 : 8;
  png_set_IHDR(encoder.png, encoder.info, image.width, image.height, bits, type, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (!encoder.palette.empty()) {
    png_set_PLTE(encoder.png, encoder.info, encoder.palette.data(),
                 static_cast<int>(encoder.palette.size()));
  }
  png_set_compression_level(encoder.png, 4);
  png_write_info(encoder.png, encoder.info);
  for (int y = 0; y < image.height; ++y) png_write_row(encoder.png, image.row(y));
  png_write_end(encoder.png, nullptr);
  return true;
}

Result<std::string> encode(PngEncoder encoder) {
  encoder.png =
      png_create_write_struct(PNG_LIBPNG_VER_STRING, &encoder, onError<PngEncoder>, ignoreWarning);
  encoder.info = png_create_info_struct(encoder.png);
  if (!encodeInto(encoder)) return fail(ErrorCode::badData, "PNG not written: " + encoder.error);
  return std::move(encoder.bytes);
}

}  // namespace

Result<Image> decodePng(std::string_view bytes) {
  PngDecoder decoder{.bytes = bytes};
  if (Result<void> decoded = decode(decoder, false); !decoded) return fail(decoded.error());
  if (decoder.image.channels % 2 == 0) decoder.image = overBlack(decoder.image);
  return upright(std::move(decoder.image), decoder.orientation);
}

Result<Image> decodePngLabels(std::string_view bytes) {
  PngDecoder decoder{.bytes = bytes};
  if (Result<void> decoded = decode(decoder, true); !decoded) return fail(decoded.error());
  if (decoder.bitDepth == 16) {
    Result<Image> narrowed = narrow(decoder.image);
    if (!narrowed) return narrowed;
    decoder.image = std::move(*narrowed);
  }
  if (decoder.image.channels == 2) {
    return fail(ErrorCode::badData, "a mask holds labels, this one has transparency");
  }
  if (decoder.image.channels == 4) decoder.image = withoutAlpha(decoder.image);
  return upright(std::move(decoder.image), decoder.orientation);
}

Result<Mask> decodePngObjects(std::string_view bytes) {
  PngDecoder decoder{.bytes = bytes};
  if (Result<void> decoded = decode(decoder, true); !decoded) return fail(decoded.error());
  const Image& stored = decoder.image;
  const int bytesEach = decoder.bitDepth == 16 ? 2 : 1;
  if (stored.channels != bytesEach) {
    return fail(ErrorCode::badData, "a mask that numbers objects is grey, this one has colours");
  }
  std::vector<std::uint32_t> numbers(static_cast<std::size_t>(stored.width) * stored.height);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] =
        bytesEach == 1 ? stored.pixels[i] : stored.pixels[2 * i] * 256U + stored.pixels[2 * i + 1];
  }
  return upright(partsOf(numbers, stored.width, stored.height), decoder.orientation);
}

Result<std::string> encodePng(ImageView image) {
  if (image.channels < 1 || image.channels > 4) {
    return fail(ErrorCode::badArgument,
                "a PNG has 1 to 4 channels, not " + std::to_string(image.channels));
  }
  return encode({.image = image});
}

Result<std::string> encodePalettePng(MaskView mask,
                                     const std::vector<std::array<std::uint8_t, 3>>& palette) {
  const std::uint8_t* const end = mask.pixels + mask.sizeBytes();
  const int most = mask.sizeBytes() == 0 ? 0 : *std::max_element(mask.pixels, end);
  if (mask.channels != 1 || palette.empty() || palette.size() > 256 ||
      most >= static_cast<int>(palette.size())) {
    return fail(ErrorCode::badArgument,
                "expected a mask of one channel whose indices have colours; "
                "got index " +
                    std::to_string(most) + " and " + std::to_string(palette.size()) + " colours");
  }
  PngEncoder encoder{.image = mask};
  for (const auto& [red, green, blue] : palette) encoder.palette.push_back({red, green, blue});
  return encode(encoder);
}

#else

namespace {
tl::unexpected<Error> withoutPng() {
  return fail(ErrorCode::unsupported,
              "this build has no PNG support; install libpng's development files and build again");
}
}  // namespace

Result<Image> decodePng(std::string_view) { return withoutPng(); }
Result<Image> decodePngLabels(std::string_view) { return withoutPng(); }
Result<Mask> decodePngObjects(std::string_view) { return withoutPng(); }
Result<std::string> encodePng(ImageView) { return withoutPng(); }
Result<std::string> encodePalettePng(MaskView, const std::vector<std::array<std::uint8_t, 3>>&) {
  return withoutPng();
}

#endif

}  // namespace limbus
