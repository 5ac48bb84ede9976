#include "native/data/files/jpeg.h"

#include <csetjmp>
#include <cstdio>
#include <optional>
#include <string>
#ifdef LIMBUS_WITH_JPEG
#include <jpeglib.h>
// After it.
#include <jerror.h>
#endif

#include "native/data/files/exif.h"

namespace limbus {
namespace {

struct Walk {
  std::optional<ImageSize> size;
  bool complete = false;  // an end marker follows a scan
  int orientation = 1;
};

int byteAt(std::string_view bytes, std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); }

bool isFrameHeader(int marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

// Position of the next marker's second byte at or after `at`; entropy-coded data is passed over.
std::size_t nextMarker(std::string_view bytes, std::size_t at) {
  for (; at + 1 < bytes.size(); ++at) {
    if (byteAt(bytes, at) != 0xFF) continue;
    const int marker = byteAt(bytes, at + 1);
    const bool restart = marker >= 0xD0 && marker <= 0xD7;
    if (marker != 0 && marker != 0xFF && !restart) return at + 1;
  }
  return bytes.size();
}

constexpr std::string_view kExif("Exif\0\0", 6);

// `headerOnly`: up to the first scan, where the entropy-coded data begins.
Result<Walk> walkMarkers(std::string_view bytes, bool headerOnly) {
  constexpr int kMostScans = 500;  // each may go over all pixels; encoders write a dozen
  Walk walk;
  int scans = 0;
  std::size_t at = nextMarker(bytes, 2);
  while (at < bytes.size()) {
    const int marker = byteAt(bytes, at++);
    if (marker == 0xD9) {
      walk.complete = scans > 0;
      break;
    }
    if (marker == 0x01) {
      at = nextMarker(bytes, at);
      continue;
    }
    if (at + 2 > bytes.size()) break;
    const std::size_t length = byteAt(bytes, at) << 8 | byteAt(bytes, at + 1);
    if (length < 2 || at + length > bytes.size()) break;
    if (isFrameHeader(marker) && length >= 8) {
      Result<ImageSize> size = checkImageSize(byteAt(bytes, at + 5) << 8 | byteAt(bytes, at + 6),
                                              byteAt(bytes, at + 3) << 8 | byteAt(bytes, at + 4));
      if (!size) return fail(size.error());
      walk.size = *size;
    }
    if (marker == 0xDA && headerOnly) break;
    const std::string_view segment = bytes.substr(at + 2, length - 2);
    if (marker == 0xE1 && walk.orientation == 1 && scans == 0 && segment.starts_with(kExif)) {
      walk.orientation = exifOrientation(segment.substr(kExif.size()));
    }
    if (marker == 0xDA && ++scans > kMostScans) {
      return fail(ErrorCode::badData,
                  "bad JPEG: it has more than " + std::to_string(kMostScans) + " scans");
    }
    at = nextMarker(bytes, at + length);
  }
  return walk;
}

}  // namespace

bool isJpeg(std::string_view bytes) { return bytes.substr(0, 3) == "\xFF\xD8\xFF"; }

Result<ImageSize> jpegSize(std::string_view bytes) {
  if (!isJpeg(bytes)) return fail(ErrorCode::badData, "not a JPEG file");
  const Result<Walk> walk = walkMarkers(bytes, true);
  if (!walk) return fail(walk.error());
  if (!walk->size) return fail(ErrorCode::badData, "the JPEG ends inside its header");
  return upright(*walk->size, walk->orientation);
}

#ifdef LIMBUS_WITH_JPEG

namespace {

// libjpeg reports errors through a function that must not return: it jumps. What must survive the
// jump lives here, in the frame of the caller, never in the function that calls setjmp.
struct JpegDecoder {
  jpeg_error_mgr errors = {};  // first: libjpeg hands back its address
  std::jmp_buf jump = {};
  jpeg_decompress_struct jpeg = {};
  std::string_view bytes;
  Image image = {};
  std::string error = {};

  ~JpegDecoder() { jpeg_destroy_decompress(&jpeg); }
};

[[noreturn]] void onDecodeError(j_common_ptr jpeg) {
  JpegDecoder& decoder = *reinterpret_cast<JpegDecoder*>(jpeg->err);
  char message[JMSG_LENGTH_MAX];
  jpeg->err->format_message(jpeg, message);
  decoder.error = message;
  std::longjmp(decoder.jump, 1);
}

// Whether what libjpeg passed over before a marker is one value over and over, with which some
// encoders fill files up. Data of pixels that went wrong before are not.
bool isPadding(const JpegDecoder& decoder) {
  const std::string_view read =
      decoder.bytes.substr(0, decoder.bytes.size() - decoder.jpeg.src->bytes_in_buffer);
  const auto count = static_cast<std::size_t>(decoder.errors.msg_parm.i[0]);
  if (count == 0 || count > read.size()) return false;
  const std::string_view left = read.substr(read.size() - count);
  return left.find_first_not_of(left.front()) == std::string_view::npos;
}

// Of a header's fields that change no pixel, and of bytes between the last scan and the end of the
// image.
bool isHarmless(const JpegDecoder& decoder) {
  constexpr int kEndOfImage = 0xD9;
  switch (decoder.errors.msg_code) {
    case JWRN_NOT_SEQUENTIAL:
    case JWRN_JFIF_MAJOR:
    case JWRN_ADOBE_XFORM:
      return true;
    case JWRN_EXTRANEOUS_DATA:
      return decoder.errors.msg_parm.i[1] == kEndOfImage && isPadding(decoder);
    default:
      return false;
  }
}

void onMessage(j_common_ptr jpeg, int level) {
  const JpegDecoder& decoder = *reinterpret_cast<JpegDecoder*>(jpeg->err);
  // Of most warnings some pixels are not what was stored.
  if (level < 0 && !isHarmless(decoder)) onDecodeError(jpeg);
}

bool decodeInto(JpegDecoder& decoder) {
  jpeg_decompress_struct& jpeg = decoder.jpeg;
  jpeg.err = jpeg_std_error(&decoder.errors);
  decoder.errors.error_exit = onDecodeError;
  decoder.errors.emit_message = onMessage;
  if (setjmp(decoder.jump) != 0) return false;
  jpeg_create_decompress(&jpeg);
  jpeg_mem_src(&jpeg, reinterpret_cast<const unsigned char*>(decoder.bytes.data()),
               static_cast<unsigned long>(decoder.bytes.size()));
  jpeg_read_header(&jpeg, TRUE);
  const bool fourColours = jpeg.jpeg_color_space == JCS_CMYK || jpeg.jpeg_color_space == JCS_YCCK;
  const bool grey = jpeg.jpeg_color_space == JCS_GRAYSCALE;
  jpeg.out_color_space = fourColours ? JCS_CMYK : grey ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_start_decompress(&jpeg);
  Image& image = decoder.image;
  image.width = static_cast<int>(jpeg.output_width);
  image.height = static_cast<int>(jpeg.output_height);
  image.channels = jpeg.output_components;
  const std::size_t rowBytes = std::size_t{jpeg.output_width} * jpeg.output_components;
  // Row by row: of a header that lies, no more memory is touched than the file has pixels.
  image.pixels.reserve(rowBytes * jpeg.output_height);
  while (jpeg.output_scanline < jpeg.output_height) {
    image.pixels.resize(image.pixels.size() + rowBytes);
    JSAMPROW row = image.row(static_cast<int>(jpeg.output_scanline));
    jpeg_read_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_decompress(&jpeg);
  return true;
}

// CMYK as cameras' and printers' programs write it: inverted when Adobe's marker is there.
Image rgbOfCmyk(const Image& source, bool inverted) {
  Image out(source.width, source.height, 3);
  for (std::size_t i = 0; i * 3 < out.pixels.size(); ++i) {
    const std::uint8_t* from = &source.pixels[i * 4];
    const int black = inverted ? from[3] : 255 - from[3];
    for (int c = 0; c < 3; ++c) {
      const int ink = inverted ? from[c] : 255 - from[c];
      out.pixels[i * 3 + c] = static_cast<std::uint8_t>((ink * black + 127) / 255);
    }
  }
  return out;
}

}  // namespace

Result<Image> decodeJpeg(std::string_view bytes) {
  if (!isJpeg(bytes)) return fail(ErrorCode::badData, "not a JPEG file");
  Result<Walk> walk = walkMarkers(bytes, false);
  if (!walk) return fail(walk.error());
  if (!walk->size) return fail(ErrorCode::badData, "the JPEG ends inside its header");
  if (!walk->complete) return fail(ErrorCode::badData, "bad JPEG: the file ends early");
  JpegDecoder decoder;
  decoder.bytes = bytes;
  if (!decodeInto(decoder)) return fail(ErrorCode::badData, "bad JPEG: " + decoder.error);
  if (decoder.image.channels == 4) {
    decoder.image = rgbOfCmyk(decoder.image, decoder.jpeg.saw_Adobe_marker != 0);
  }
  return upright(std::move(decoder.image), walk->orientation);
}

#else

Result<Image> decodeJpeg(std::string_view) {
  return fail(
      ErrorCode::unsupported,
      "this build has no JPEG support; install libjpeg's development files and build again");
}

#endif

}  // namespace limbus
