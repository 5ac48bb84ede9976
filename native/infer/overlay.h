// What people look at: the mask over the image, and its regions as a table.
#pragma once

#include <string>
#include <vector>

#include "shared/image.h"
#include "shared/manifest.h"
#include "shared/result.h"
#include "shared/vision/regions.h"

namespace limbus {

// The class with that role or, where none has it, of that name; classes.size(): there is none.
std::size_t backgroundOf(const std::vector<ClassSpec>& classes);

// Classes at 50% of their colour, outlines at full colour; the background stays as it is. RGB.
Image paintOverlay(ImageView image, MaskView mask, const Analysis& analysis,
                   const std::vector<ClassSpec>& classes);

// Of each region's pixels its place among the analysis' regions, from 1, as its line has it among
// the image's lines of the CSV; 0: of none. Two channels, the high byte first. `rule`: by which the
// mask was analysed. An error where more than 65535 want a number.
Result<Image> regionNumbers(MaskView mask, const Analysis& analysis, const RegionSpec& rule);

std::string regionsCsvHeader();
// One line per region; quoted where a name needs it. Of an image without regions one of empty
// cells: it was looked at.
std::string regionsCsvRows(const std::string& imageName, const Analysis& analysis,
                           const std::vector<ClassSpec>& classes);

}  // namespace limbus
