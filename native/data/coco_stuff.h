// COCO-Stuff 164k (Caesar et al., CVPR 2018), its pixel maps:
//
//   ROOT/images/{train2017,val2017}/000000000009.jpg
//   ROOT/annotations/{train2017,val2017}/000000000009.png     0 to 181: category less one; 255
//
// also stuffthingmaps/ instead of annotations/, and train2017/ beside it instead of in images/.
#pragma once

#include "native/data/dataset.h"

namespace limbus {

DatasetRow cocoStuffRow();

}  // namespace limbus
