// Image and mask files by name; errors open with the file: "eyes/a.png: bad PNG: the file ends
// early". decoders.h has the formats.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "native/data/files/png.h"
#include "shared/image.h"
#include "shared/result.h"

namespace limbus {

// 8-bit grey or RGB, EXIF orientation applied. 16-bit values keep their high byte; transparent
// pixels are composited over black. Dimensions are checked before decoding.
Result<Image> readImage(const std::filesystem::path& file);

// What to tell of an image whose 16-bit values leave their high bytes, which are all that readImage
// keeps, nearly empty: cameras of 12 bits write such. `image`: its pixels. Empty: nothing, as of no
// file.
std::string faintText(const std::filesystem::path& file, ImageView image);

// What a mask stores, for a LabelMap: numbers (palettes not expanded) or colours.
Result<Image> readLabels(const std::filesystem::path& file);

// Of a mask that numbers its objects (objects.h): PNG, TIFF or npy.
Result<Mask> readObjects(const std::filesystem::path& file);

// From the header alone, as the pixels will come: EXIF orientation applied.
Result<ImageSize> readImageSize(const std::filesystem::path& file);
Result<ImageSize> readLabelsSize(const std::filesystem::path& file);

Result<void> writePng(const std::filesystem::path& file, ImageView image, bool sync = true);
Result<void> writeNpyMask(const std::filesystem::path& file, MaskView mask, bool sync = true);

// Of images, also of kinds that readImage will refuse: passed over silently, they would be missed
// only later.
const std::vector<std::string>& imageExtensions();
// By its extension, in letters of any case.
bool isImageName(const std::filesystem::path& file);

// The images of a folder by their names. At least one.
Result<std::vector<std::filesystem::path>> listImages(const std::filesystem::path& folder);

}  // namespace limbus
