// COCO-Stuff (Caesar et al., CVPR 2018), the pixel maps of the 164k:
//
//   ROOT/images/{train2017,val2017}/000000000009.jpg
//   ROOT/annotations/{train2017,val2017}/000000000009.png     0 to 181: category less one; 255
//
// also stuffthingmaps/ instead of annotations/, and train2017/ beside it instead of in images/.
// COCO-Stuff 10k, told by its lists; "test" is validation too:
//
//   ROOT/imageLists/{train,test}.txt                  an id on each line
//   ROOT/images/COCO_train2014_000000000077.jpg
//   ROOT/annotations/COCO_train2014_000000000077.mat  S: 0 takes no part, 1 to 182
#pragma once

#include "native/data/dataset.h"

namespace limbus {

DatasetRow cocoStuffRow();

}  // namespace limbus
