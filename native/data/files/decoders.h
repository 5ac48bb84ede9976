// The file formats that images and masks come in, told by their first bytes, never by their names.
//
// A row reads whole files; one that cannot hold an image, or whose pixels are not exact enough for
// labels, leaves that function out. Errors name no file: the caller knows it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "native/data/files/png.h"
#include "shared/image.h"
#include "shared/result.h"

namespace limbus {

struct Decoder {
  const char* name;
  bool (*matches)(std::string_view bytes);
  Result<ImageSize> (*size)(std::string_view beginning);      // as the pixels will come
  Result<Image> (*image)(std::string_view bytes);             // 1 channel (grey) or 3 (RGB)
  Result<Image> (*labels)(std::string_view bytes);            // 1 channel (numbers) or 3 (colours)
  Result<Mask> (*objects)(std::string_view bytes) = nullptr;  // of a mask that numbers them
  bool (*has16Bits)(std::string_view bytes) = nullptr;  // a value, of which the high byte counts
  // Whether more of what `size` looks at lies behind this beginning of a file.
  bool (*goesOn)(std::string_view beginning) = nullptr;
};

// Image, labels or objects.
using Decode = Result<Image> (*Decoder::*)(std::string_view);

const std::vector<Decoder>& decoders();

// The row for an image or mask of these first bytes. An error lists what was possible: "neither PNG
// nor JPEG by its first bytes; convert it to PNG". No label is read from a JPEG.
Result<const Decoder*> imageDecoder(std::string_view bytes);
Result<const Decoder*> labelDecoder(std::string_view bytes);
Result<const Decoder*> objectDecoder(std::string_view bytes);

}  // namespace limbus
