// Eyes rendered on the spot: nothing on disk, the same images for the same options anywhere.
//
//   {"dataset": "rendered", "preset": "openeds2019", "count": 4000, "fresh": true}
//
// `presets` is a list instead of one preset: sample i is of the (i mod length)-th. `fresh` makes
// every training epoch new images. Splits draw from seeds of their own, so none sees another's
// images. `width` and `height` (32 to 4096 pixels) render the same scenes at another size.
#pragma once

#include "native/data/dataset.h"

namespace limbus {

DatasetRow renderedRow();

}  // namespace limbus
