// Outlines of LabelMe: the program's JSON beside each image,
//
//   ROOT/{split}/a.jpg, a.json     {"imagePath": "a.jpg", "shapes": [{"label": "cat", "points":
//   ...}]}
//
// or the XML of the older page (objects of polygons, or of masks in Masks/). ROOT without folders
// of splits is undivided: every fifth image is for validation. Polygons, rectangles and circles
// become classes by their labels; what none covers is "background". Points and lines draw nothing.
#pragma once

#include "native/data/dataset.h"

namespace limbus {

DatasetRow labelmeRow();

}  // namespace limbus
