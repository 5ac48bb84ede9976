#include "native/data/image_files.h"

#include "native/data/jpeg.h"
#include "native/data/npy.h"
#include "native/system/files.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHeaderBytes = 1 << 18;  // a JPEG's size may stand behind a large EXIF block

tl::unexpected<Error> failAt(const fs::path& file, const Error& error) {
  return fail(error.code, file.string() + ": " + error.message);
}

Error neitherPngNorJpeg(std::string_view bytes) {
  return {ErrorCode::badData,
          bytes.empty() ? "the file is empty" : "neither PNG nor JPEG by its first bytes"};
}

}  // namespace

Result<Image> readImage(const fs::path& file) {
  Result<std::string> bytes = readBytes(file);
  if (!bytes) return fail(bytes.error());
  Result<Image> image = isPng(*bytes)    ? decodePng(*bytes)
                        : isJpeg(*bytes) ? decodeJpeg(*bytes)
                                         : Result<Image>(fail(neitherPngNorJpeg(*bytes)));
  if (!image) return failAt(file, image.error());
  return image;
}

Result<Mask> readMaskPng(const fs::path& file) {
  Result<std::string> bytes = readBytes(file);
  if (!bytes) return fail(bytes.error());
  Result<Mask> mask = decodePngIndices(*bytes);
  if (!mask) return failAt(file, mask.error());
  return mask;
}

Result<Mask> readNpyMask(const fs::path& file) {
  Result<std::string> bytes = readBytes(file);
  if (!bytes) return fail(bytes.error());
  Result<Mask> mask = decodeNpyMask(*bytes);
  if (!mask) return failAt(file, mask.error());
  return mask;
}

Result<Mask> readMask(const fs::path& file) {
  return lowerExtension(file) == ".npy" ? readNpyMask(file) : readMaskPng(file);
}

Result<ImageSize> readImageSize(const fs::path& file) {
  Result<std::string> bytes = readBeginning(file, kHeaderBytes);
  if (!bytes) return fail(bytes.error());
  Result<ImageSize> size = isPng(*bytes)    ? pngSize(*bytes)
                           : isJpeg(*bytes) ? jpegSize(*bytes)
                                            : Result<ImageSize>(fail(neitherPngNorJpeg(*bytes)));
  if (!size) return failAt(file, size.error());
  return size;
}

Result<ImageSize> readMaskSize(const fs::path& file) {
  if (lowerExtension(file) != ".npy") return readImageSize(file);
  Result<std::string> bytes = readBeginning(file, kHeaderBytes);
  if (!bytes) return fail(bytes.error());
  Result<ImageSize> size = npySize(*bytes);
  if (!size) return failAt(file, size.error());
  return size;
}

Result<void> writePng(const fs::path& file, ImageView image, bool sync) {
  Result<std::string> bytes = encodePng(image);
  if (!bytes) return failAt(file, bytes.error());
  return writeBytes(file, *bytes, sync);
}

Result<void> writeNpyMask(const fs::path& file, MaskView mask, bool sync) {
  return writeBytes(file, encodeNpyMask(mask), sync);
}

Result<std::vector<fs::path>> listImages(const fs::path& folder) {
  Result<std::vector<fs::path>> files = listFiles(
      folder, {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".gif", ".pgm"});
  if (files && files->empty()) {
    return fail(ErrorCode::notFound, folder.string() + ": no .png or .jpg files in it");
  }
  return files;
}

}  // namespace limbus
