// Outlines as YOLO's segmentation networks are trained with (Ultralytics):
//
//   ROOT/data.yaml                    names: of the classes
//   ROOT/images/{split}/a.jpg         or {split}/images
//   ROOT/labels/{split}/a.txt         on each line a class and x y x y ..., of 1 the image's sides
//
// What no outline covers is "background"; an image without a file of labels holds nothing else.
#pragma once

#include "native/data/dataset.h"

namespace limbus {

DatasetRow yoloRow();

}  // namespace limbus
