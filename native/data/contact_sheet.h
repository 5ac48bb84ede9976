// Samples side by side to look at: each image, beside it the image with its mask in colour.
#pragma once

#include <vector>

#include "native/data/dataset.h"

namespace limbus {

constexpr int kSheetCell = 192;

// Cells are `cell` pixels high and as wide as most of the images want; smaller images are not
// enlarged. Class 0 and void stay as they are. `columns` samples to a row; 0: about three wide to
// two high. What sheetSample() leaves of samples is enough.
Image contactSheet(const std::vector<Sample>& samples, const std::vector<ClassSpec>& classes,
                   int columns = 0, int cell = kSheetCell);

// No higher than such a cell: of many large images no more is held in memory.
Sample sheetSample(Sample sample, int cell = kSheetCell);

}  // namespace limbus
