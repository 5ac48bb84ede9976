// Signate's AI Edge contest, segmentation (1936x1216, Japanese roads):
//
//   ROOT/seg_train_images/train_0000.jpg
//   ROOT/seg_train_annotations/train_0000.png      colours of 20 classes
//   ROOT/seg_train_annotations/train_0000.json     {"attributes": {"route": ..., "timeofday": ...}}
//   ROOT/seg_test_images/*.jpg                     without labels
//
// Nothing divides the training images: every fifth is for validation unless data.split says
// otherwise, such as {"folds": 7, "stratify": "route-timeofday"}.
#pragma once

#include "native/data/dataset.h"

namespace limbus {

DatasetRow signateRow();

}  // namespace limbus
