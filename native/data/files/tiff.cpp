#include "native/data/files/tiff.h"

#ifdef LIMBUS_WITH_TIFF
#include <tiffio.h>
#endif

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "native/data/files/objects.h"

namespace limbus {

bool isTiff(std::string_view bytes) {
  const std::string_view start = bytes.substr(0, 4);
  return start == std::string_view("II*\0", 4) || start == std::string_view("MM\0*", 4);
}

#ifdef LIMBUS_WITH_TIFF

namespace {

// libtiff reads it like a file and reports errors to it.
struct Source {
  std::string_view bytes;
  std::uint64_t at = 0;
  std::string error = {};
};

Source& sourceOf(thandle_t handle) { return *static_cast<Source*>(handle); }

tmsize_t readSome(thandle_t handle, void* out, tmsize_t count) {
  Source& source = sourceOf(handle);
  if (source.at >= source.bytes.size()) return 0;
  const std::size_t size =
      std::min<std::size_t>(static_cast<std::size_t>(count), source.bytes.size() - source.at);
  std::memcpy(out, source.bytes.data() + source.at, size);
  source.at += size;
  return static_cast<tmsize_t>(size);
}

tmsize_t writeNone(thandle_t, void*, tmsize_t) { return 0; }

toff_t seek(thandle_t handle, toff_t offset, int whence) {
  Source& source = sourceOf(handle);
  if (whence == SEEK_SET) source.at = offset;
  if (whence == SEEK_CUR) source.at += offset;
  if (whence == SEEK_END) source.at = source.bytes.size() + offset;
  return source.at;
}

int closeNone(thandle_t) { return 0; }
toff_t sizeOf(thandle_t handle) { return sourceOf(handle).bytes.size(); }

void keepError(thandle_t handle, const char*, const char* format, va_list arguments) {
  if (handle == nullptr || !sourceOf(handle).error.empty()) return;
  char text[256];
  std::vsnprintf(text, sizeof text, format, arguments);
  sourceOf(handle).error = text;
}

using TiffHandle = std::unique_ptr<TIFF, decltype(&TIFFClose)>;

TiffHandle opened(Source& source) {
  [[maybe_unused]] static const bool quiet = [] {  // it would print to stderr
    TIFFSetErrorHandler(nullptr);
    TIFFSetWarningHandler(nullptr);
    TIFFSetErrorHandlerExt(keepError);
    return true;
  }();
  return {TIFFClientOpen("image", "rm", &source, readSome, writeNone, seek, closeNone, sizeOf,
                         nullptr, nullptr),
          &TIFFClose};
}

tl::unexpected<Error> bad(const std::string& why) {
  return fail(ErrorCode::badData, "bad TIFF: " + (why.empty() ? "it cannot be decoded" : why));
}

std::uint16_t field(TIFF* tiff, ttag_t tag) {
  std::uint16_t value = 0;
  TIFFGetFieldDefaulted(tiff, tag, &value);
  return value;
}

bool isTurned(TIFF* tiff) { return field(tiff, TIFFTAG_ORIENTATION) > ORIENTATION_BOTLEFT; }

Result<ImageSize> storedSize(TIFF* tiff, const Source& source) {
  std::uint32_t width = 0, height = 0;
  if (tiff == nullptr || TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width) != 1 ||
      TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height) != 1) {
    return bad(source.error);
  }
  return checkImageSize(width, height);
}

constexpr int kMostPages = 1000;  // looked at

// Of the size of the first one, which is neither a preview nor a mask of it.
int pagesOf(TIFF* tiff, ImageSize size, Source& source) {
  int pages = 1;
  for (int i = 1; i < kMostPages && TIFFReadDirectory(tiff) == 1; ++i) {
    const Result<ImageSize> other = storedSize(tiff, source);
    std::uint32_t use = 0;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SUBFILETYPE, &use);
    if ((use & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK)) != 0) continue;
    pages += other && other->width == size.width && other->height == size.height;
  }
  TIFFSetDirectory(tiff, 0);
  source.error.clear();
  return pages;
}

// That it is alone, and of a kind that has 8 bits to give.
Result<void> checkReadable(TIFF* tiff, ImageSize size, Source& source) {
  const std::uint16_t bits = field(tiff, TIFFTAG_BITSPERSAMPLE);
  const std::uint16_t format = field(tiff, TIFFTAG_SAMPLEFORMAT);
  if (bits > 16 || format == SAMPLEFORMAT_IEEEFP || format == SAMPLEFORMAT_COMPLEXINT ||
      format == SAMPLEFORMAT_COMPLEXIEEEFP) {
    return fail(ErrorCode::unsupported, "a TIFF of " + std::to_string(bits) +
                                            "-bit values that are not 8 or 16 bits of whole "
                                            "numbers; save it as such");
  }
  if (const int pages = pagesOf(tiff, size, source); pages > 1) {
    return fail(ErrorCode::unsupported, "a TIFF of " + std::to_string(pages) +
                                            " pages; save the one that is meant by itself");
  }
  return {};
}

// Of an image that can be read, as it is stored.
Result<ImageSize> readableSize(TIFF* tiff, Source& source) {
  const Result<ImageSize> size = storedSize(tiff, source);
  if (!size) return size;
  if (auto readable = checkReadable(tiff, *size, source); !readable) return fail(readable.error());
  return size;
}

// Whether its rows are values of one kind, one beside the other.
bool isPlain(TIFF* tiff) {
  return field(tiff, TIFFTAG_SAMPLESPERPIXEL) == 1 && TIFFIsTiled(tiff) == 0 &&
         field(tiff, TIFFTAG_ORIENTATION) == ORIENTATION_TOPLEFT;
}

// 1 or 3 channels of what libtiff composes.
Result<Image> composed(TIFF* tiff, const Source& source, ImageSize size, int channels) {
  // Not set to anything: of a header that lies, no more memory is touched than the file has pixels.
  const std::size_t count = static_cast<std::size_t>(size.width) * size.height;
  const auto pixels = std::make_unique_for_overwrite<std::uint32_t[]>(count);
  TIFFRGBAImage form{};
  char why[1024] = "";
  if (TIFFRGBAImageOK(tiff, why) != 1 || TIFFRGBAImageBegin(&form, tiff, 1, why) != 1) {
    return bad(source.error.empty() ? why : source.error);
  }
  form.req_orientation = ORIENTATION_TOPLEFT;
  // Grey keeps its high byte anyway, the rest would be rounded.
  if (form.Bitdepth16To8 != nullptr) {
    for (int value = 0; value < 1 << 16; ++value) {
      form.Bitdepth16To8[value] = static_cast<std::uint8_t>(value >> 8);
    }
  }
  const bool done = TIFFRGBAImageGet(&form, pixels.get(), static_cast<std::uint32_t>(size.width),
                                     static_cast<std::uint32_t>(size.height)) == 1;
  TIFFRGBAImageEnd(&form);
  if (!done || !source.error.empty()) return bad(source.error);  // what it goes on after, too
  Image image(size.width, size.height, channels);
  std::uint8_t* out = image.pixels.data();
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t pixel = pixels[i];
    *out++ = static_cast<std::uint8_t>(TIFFGetR(pixel));
    if (channels == 1) continue;
    *out++ = static_cast<std::uint8_t>(TIFFGetG(pixel));
    *out++ = static_cast<std::uint8_t>(TIFFGetB(pixel));
  }
  return image;
}

}  // namespace

Result<ImageSize> tiffSize(std::string_view bytes) {
  Source source{.bytes = bytes};
  const TiffHandle tiff = opened(source);
  Result<ImageSize> size = readableSize(tiff.get(), source);
  if (size && isTurned(tiff.get())) std::swap(size->width, size->height);
  return size;
}

bool tiffGoesOn(std::string_view beginning) {
  Source source{.bytes = beginning};
  const TiffHandle tiff = opened(source);
  if (tiff == nullptr) return true;
  for (int i = 1; i < kMostPages && TIFFLastDirectory(tiff.get()) == 0; ++i) {
    if (TIFFReadDirectory(tiff.get()) != 1) return true;
  }
  return false;
}

Result<Image> decodeTiff(std::string_view bytes) {
  Source source{.bytes = bytes};
  const TiffHandle tiff = opened(source);
  const Result<ImageSize> size = readableSize(tiff.get(), source);
  if (!size) return fail(size.error());
  if (isTurned(tiff.get())) {
    return fail(ErrorCode::unsupported, "a TIFF that lies on its side; save it upright");
  }
  // Taken as unsigned, what is below zero would lie above all else.
  if (field(tiff.get(), TIFFTAG_SAMPLEFORMAT) == SAMPLEFORMAT_INT) {
    return fail(ErrorCode::unsupported,
                "a TIFF of signed " + std::to_string(field(tiff.get(), TIFFTAG_BITSPERSAMPLE)) +
                    "-bit values; save it with unsigned ones");
  }
  const std::uint16_t kind = field(tiff.get(), TIFFTAG_PHOTOMETRIC);
  const bool grey = kind == PHOTOMETRIC_MINISBLACK || kind == PHOTOMETRIC_MINISWHITE;
  return composed(tiff.get(), source, *size, grey ? 1 : 3);
}

bool isTiffOf16Bits(std::string_view bytes) {
  Source source{.bytes = bytes};
  const TiffHandle tiff = opened(source);
  return tiff != nullptr && field(tiff.get(), TIFFTAG_BITSPERSAMPLE) == 16;
}

Result<Mask> decodeTiffObjects(std::string_view bytes) {
  Source source{.bytes = bytes};
  const TiffHandle tiff = opened(source);
  const Result<ImageSize> size = readableSize(tiff.get(), source);
  if (!size) return fail(size.error());
  const std::uint16_t bits = field(tiff.get(), TIFFTAG_BITSPERSAMPLE);
  const auto bytesEach = static_cast<std::size_t>(bits / 8);
  const std::size_t width = static_cast<std::size_t>(size->width);
  if (field(tiff.get(), TIFFTAG_PHOTOMETRIC) != PHOTOMETRIC_MINISBLACK || bits % 8 != 0 ||
      !isPlain(tiff.get()) ||
      static_cast<std::size_t>(TIFFScanlineSize(tiff.get())) != width * bytesEach) {
    return fail(
        ErrorCode::unsupported,
        "a TIFF mask that numbers objects is read with 8 or 16 bits of grey in strips; save "
        "it as PNG");
  }
  std::vector<std::uint32_t> numbers;
  std::vector<std::uint16_t> row(width);  // aligned for either
  for (int y = 0; y < size->height; ++y) {
    if (TIFFReadScanline(tiff.get(), row.data(), static_cast<std::uint32_t>(y)) != 1) {
      return bad(source.error);
    }
    const auto* narrow = reinterpret_cast<const std::uint8_t*>(row.data());
    for (std::size_t x = 0; x < width; ++x) {
      numbers.push_back(bytesEach == 1 ? narrow[x] : row[x]);
    }
  }
  return partsOf(numbers, size->width, size->height);
}

Result<Image> decodeTiffLabels(std::string_view bytes) {
  Source source{.bytes = bytes};
  const TiffHandle tiff = opened(source);
  const Result<ImageSize> size = readableSize(tiff.get(), source);
  if (!size) return fail(size.error());
  const std::uint16_t kind = field(tiff.get(), TIFFTAG_PHOTOMETRIC);
  if (kind == PHOTOMETRIC_RGB) return composed(tiff.get(), source, *size, 3);
  const bool plain = (kind == PHOTOMETRIC_MINISBLACK || kind == PHOTOMETRIC_PALETTE) &&
                     field(tiff.get(), TIFFTAG_BITSPERSAMPLE) == 8 && isPlain(tiff.get());
  if (!plain) {
    return fail(ErrorCode::unsupported,
                "a TIFF mask is read with 8 bits of grey or palette in strips, or as RGB; save it "
                "as PNG");
  }
  if (TIFFScanlineSize(tiff.get()) != size->width) return bad(source.error);
  Mask mask(size->width, 0, 1);
  mask.pixels.reserve(static_cast<std::size_t>(size->width) * size->height);
  while (mask.height < size->height) {  // no more memory is touched than the file has rows
    const int y = mask.height++;
    mask.pixels.resize(mask.view().sizeBytes());
    if (TIFFReadScanline(tiff.get(), mask.row(y), static_cast<std::uint32_t>(y)) != 1) {
      return bad(source.error);
    }
  }
  return mask;
}

#else

namespace {
tl::unexpected<Error> withoutTiff() {
  return fail(
      ErrorCode::unsupported,
      "this build has no TIFF support; install libtiff's development files and build again");
}
}  // namespace

Result<ImageSize> tiffSize(std::string_view) { return withoutTiff(); }
bool tiffGoesOn(std::string_view) { return false; }
bool isTiffOf16Bits(std::string_view) { return false; }
Result<Image> decodeTiff(std::string_view) { return withoutTiff(); }
Result<Mask> decodeTiffObjects(std::string_view) { return withoutTiff(); }
Result<Image> decodeTiffLabels(std::string_view) { return withoutTiff(); }

#endif

}  // namespace limbus
