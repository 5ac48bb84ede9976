// All of ADE20K (Zhou et al., IJCV 2019), as its release of 2020 lies on disk: some 3,000 kinds of
// objects instead of the 150 of the benchmark (ade20k.h).
//
//   ROOT/{training,validation}/<scenes>/<id>.jpg
//   ROOT/{training,validation}/<scenes>/<id>_seg.png   red / 10 * 256 + green: the object; 0: none
//   ROOT/{training,validation}/<scenes>/<id>.json      annotation.object[]: name_ndx and name
//
// ROOT may also hold images/ADE or ADE20K_2021_17_01/images/ADE. A class of the recipe takes the
// objects of its name, or of its name as their first synonym ("car" is "car, auto, automobile,
// machine, motorcar"). Without a recipe the classes are the 255 names that most images show. The
// attribute "scene" divides well ("outdoor/urban/street").
#pragma once

#include "native/data/dataset.h"

namespace limbus {

DatasetRow ade20kFullRow();

}  // namespace limbus
