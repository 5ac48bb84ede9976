// OpenEDS 2020 sparse segmentation: sequences of frames, of which one in twenty is labelled.
//
//   ROOT/S_<i>/<n>.png           8-bit, 640 wide, 400 high
//   ROOT/S_<i>/label_<n>.npy     classes 0 to 3
//
// ROOT may also hold openEDS2020-SparseSegmentation/participant or participant. A sequence is a
// group. Nothing divides them: every fifth sequence is for validation unless data.split says
// otherwise ({"folds": 10, "grouped": true}). Split "test" gives the frames without a label, of
// which whole sequences can be predicted.
#pragma once

#include "native/data/dataset.h"

namespace limbus {

DatasetRow openEds2020Row();

}  // namespace limbus
