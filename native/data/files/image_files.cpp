#include "native/data/files/image_files.h"

#include <algorithm>
#include <limits>

#include "native/data/files/decoders.h"
#include "native/data/files/npy.h"
#include "native/system/files.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

// Enough for a header; a JPEG's size may stand behind a large EXIF block, a TIFF's anywhere.
constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
constexpr std::size_t kHeaderBytes[] = {1 << 12, 1 << 18, kAll};

tl::unexpected<Error> failAt(const fs::path& file, const Error& error) {
  return fail(error.code, file.string() + ": " + error.message);
}

using Find = Result<const Decoder*> (*)(std::string_view);

Result<Image> read(const fs::path& file, Find find, Decode decode) {
  Result<std::string> bytes = readBytes(file);
  if (!bytes) return fail(bytes.error());
  Result<const Decoder*> decoder = find(*bytes);
  if (!decoder) return failAt(file, decoder.error());
  Result<Image> image = ((*decoder)->*decode)(*bytes);
  if (!image) return failAt(file, image.error());
  return image;
}

struct FileHeader {
  const Decoder* decoder = nullptr;
  std::string bytes;  // of the file's beginning, as far as the header goes
  ImageSize size;
};

Result<FileHeader> readFileHeader(const fs::path& file, Find find) {
  Error error;
  for (const std::size_t limit : kHeaderBytes) {
    Result<std::string> bytes = limit == kAll ? readBytes(file) : readBeginning(file, limit);
    if (!bytes) return fail(bytes.error());
    const Result<const Decoder*> decoder = find(*bytes);
    if (!decoder) return failAt(file, decoder.error());
    const Result<ImageSize> size = (*decoder)->size(*bytes);
    const bool whole = bytes->size() < limit;
    if (size) {
      const bool goesOn = !whole && (*decoder)->goesOn != nullptr && (*decoder)->goesOn(*bytes);
      if (!goesOn) return FileHeader{*decoder, std::move(*bytes), *size};
      continue;
    }
    error = size.error();
    if (whole) break;
  }
  return failAt(file, error);
}

Result<ImageSize> readSize(const fs::path& file, Find find) {
  return readFileHeader(file, find).map([](const FileHeader& header) { return header.size; });
}

}  // namespace

Result<Image> readImage(const fs::path& file) { return read(file, imageDecoder, &Decoder::image); }

std::string faintText(const fs::path& file, ImageView image) {
  constexpr int kFaint = 64;  // 14 of 16 bits
  const int largest = image.sizeBytes() == 0
                          ? 0
                          : *std::max_element(image.pixels, image.pixels + image.sizeBytes());
  if (largest >= kFaint) return "";
  const Result<FileHeader> header = readFileHeader(file, imageDecoder);
  if (!header || header->decoder->has16Bits == nullptr) return "";
  if (!header->decoder->has16Bits(header->bytes)) return "";
  return file.string() + ": of its 16-bit values the high byte is seen, which reaches only " +
         std::to_string(largest) + " of 255; spread them over all 16 bits";
}

Result<Image> readLabels(const fs::path& file) {
  return read(file, labelDecoder, &Decoder::labels);
}

Result<Mask> readObjects(const fs::path& file) {
  return read(file, objectDecoder, &Decoder::objects);
}

Result<ImageSize> readImageSize(const fs::path& file) { return readSize(file, imageDecoder); }

Result<ImageSize> readLabelsSize(const fs::path& file) { return readSize(file, labelDecoder); }

Result<void> writePng(const fs::path& file, ImageView image, bool sync) {
  Result<std::string> bytes = encodePng(image);
  if (!bytes) return failAt(file, bytes.error());
  return writeBytes(file, *bytes, sync);
}

Result<void> writeNpyMask(const fs::path& file, MaskView mask, bool sync) {
  return writeBytes(file, encodeNpyMask(mask), sync);
}

// Formats without a decoder are named, too: an error about such a file tells more than none found.
const std::vector<std::string>& imageExtensions() {
  static const std::vector<std::string> extensions = {".png",  ".jpg", ".jpeg", ".tif", ".tiff",
                                                      ".webp", ".bmp", ".pgm",  ".ppm", ".gif"};
  return extensions;
}

bool isImageName(const fs::path& file) {
  const std::vector<std::string>& known = imageExtensions();
  return std::find(known.begin(), known.end(), lowerExtension(file)) != known.end();
}

Result<std::vector<fs::path>> listImages(const fs::path& folder) {
  Result<std::vector<fs::path>> files = listFiles(folder, imageExtensions());
  if (files && files->empty()) {
    return fail(ErrorCode::notFound,
                folder.string() + ": no images in it, such as .png, .jpg or .tif files");
  }
  return files;
}

}  // namespace limbus
