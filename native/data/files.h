// Reading and writing files: images, masks, .npy; every write is temporary name, sync, rename.
//
// The bytes of each format are read in png.h, jpeg.h and npy.h; here they get names, and errors
// that open with the file: "eyes/a.png: bad PNG: the file ends early".
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "native/data/png.h"
#include "shared/image.h"
#include "shared/result.h"

namespace limbus {

// PNG or JPEG to 8-bit grey or RGB, EXIF orientation applied. 16-bit values keep their high byte;
// transparent pixels are composited over black. Dimensions are checked before decoding.
Result<Image> readImage(const std::filesystem::path& file);
Result<Mask> readMaskPng(
    const std::filesystem::path& file);  // index values as stored, palettes not expanded
Result<Mask> readNpyMask(const std::filesystem::path& file);  // integers [H,W], C or Fortran order
Result<Mask> readMask(const std::filesystem::path& file);     // either of the two, by extension

// From the header alone. A JPEG's is its stored size, before EXIF orientation.
Result<ImageSize> readImageSize(const std::filesystem::path& file);
Result<ImageSize> readMaskSize(const std::filesystem::path& file);

Result<std::string> readBytes(const std::filesystem::path& file);

// `sync` false leaves the moment of writing to the system: for many small files, followed by one
// syncFolder(). Parent folders must exist.
Result<void> writeBytes(const std::filesystem::path& file, std::string_view bytes,
                        bool sync = true);
Result<void> writePng(const std::filesystem::path& file, ImageView image, bool sync = true);
Result<void> writeNpyMask(const std::filesystem::path& file, MaskView mask, bool sync = true);
void syncFolder(const std::filesystem::path& folder);  // its whole file system

Result<void> makeFolder(const std::filesystem::path& folder);  // parents included

// Regular files with one of these extensions (".png", any case), sorted by name.
Result<std::vector<std::filesystem::path>> listFiles(const std::filesystem::path& folder,
                                                     const std::vector<std::string>& extensions);

// The images of a folder by their names, also of kinds that readImage will refuse: passed over
// silently, they would be missed only later. At least one.
Result<std::vector<std::filesystem::path>> listImages(const std::filesystem::path& folder);

// --out checks: an existing file or non-empty folder is refused unless `force`.
Result<void> checkOutput(const std::filesystem::path& path, bool force);

}  // namespace limbus
