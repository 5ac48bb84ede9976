// "CVAT for images 1.1", an export of CVAT:
//
//   ROOT/annotations.xml (or {split}.xml)   <image name="a.jpg"> with polygons, boxes and masks
//   ROOT/images/a.jpg                       or beside the file
//
// Labels become classes in the file's order, what none covers is "background"; z_order says what
// lies over what. The subset of an image, where the file gives one, is its split; else every fifth
// image is for validation. Lines, points and skeletons draw nothing.
#pragma once

#include "native/data/dataset.h"

namespace limbus {

DatasetRow cvatRow();

}  // namespace limbus
