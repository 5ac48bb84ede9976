// Pascal VOC segmentation (Everingham et al., IJCV 2010), and its augmentation by SBD:
//
//   ROOT/JPEGImages/<id>.jpg
//   ROOT/SegmentationClass/<id>.png           palette; 255 takes no part
//   ROOT/SegmentationClassAug/<id>.png        numbers, where the list says so
//   ROOT/ImageSets/Segmentation/{train,val,test}.txt
//
// ROOT may also hold VOCdevkit/VOC2012, VOC2012, ... A list holds an id on each line, or the two
// paths of an image and its mask ("/JPEGImages/x.jpg /SegmentationClassAug/x.png"), as those of SBD
// (train_aug.txt) do.
#pragma once

#include "native/data/dataset.h"

namespace limbus {

DatasetRow vocRow();

}  // namespace limbus
