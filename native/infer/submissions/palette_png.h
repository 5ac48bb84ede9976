// A mask as a PNG of class indices that shows in the classes' colours.
#pragma once

#include <filesystem>
#include <vector>

#include "shared/image.h"
#include "shared/manifest.h"
#include "shared/result.h"

namespace limbus {

// Folders on the way are made.
Result<void> writePalettePng(const std::filesystem::path& file, MaskView mask,
                             const std::vector<ClassSpec>& classes);

}  // namespace limbus
