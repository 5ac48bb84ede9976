// Any two folders of images and masks with equal names.
//
//   {"dataset": "folder", "images": "{split}/images", "masks": "{split}/masks", "void": 11}
//
// `images` and `masks` lie under ROOT; {split} stands for train, validation (or val) or test. By
// default {split}/images and {split}/masks when ROOT has the split's folder, else images and masks;
// where no split is named, training keeps every fifth image for validation. `masks` "" reads images
// only. Masks hold class numbers (grey or palette PNG, npy) or the classes' colours (RGB PNG);
// `labels` "colours" reads palettes by their colours too. `void` is a number and `voidColour` a
// colour ("#000000") that take no part.
#pragma once

#include "native/data/dataset.h"

namespace limbus {

DatasetRow folderRow();

}  // namespace limbus
