// Samples side by side to look at: each image, beside it the image with its mask in colour.
#pragma once

#include <vector>

#include "native/data/dataset.h"

namespace limbus {

// Cells are `cell` pixels high and as wide as most of the images want; smaller images are not
// enlarged. Class 0 and void stay as they are. `columns` samples to a row; 0: about three wide to
// two high.
Image contactSheet(const std::vector<Sample>& samples, const std::vector<ClassSpec>& classes,
                   int columns = 0, int cell = 192);

}  // namespace limbus
