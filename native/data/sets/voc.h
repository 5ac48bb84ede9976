// Pascal VOC segmentation (Everingham et al., IJCV 2010), and its augmentation by SBD:
//
//   ROOT/JPEGImages/<id>.jpg
//   ROOT/SegmentationClass/<id>.png           palette; 255 takes no part
//   ROOT/SegmentationClassAug/<id>.png        numbers, where the list says so
//   ROOT/ImageSets/Segmentation/{train,val,test}.txt
//
// ROOT may also hold VOCdevkit/VOC2012, VOC2012, ... A list holds an id on each line, or the two
// paths of an image and its mask ("/JPEGImages/x.jpg /SegmentationClassAug/x.png"), as those of SBD
// (train_aug.txt) do. Where SBD lies there (sbd.h) its .mat files are the masks that VOC lacks, and
// train_aug needs no file: it is VOC's train and all of SBD but VOC's val. SBD alone is read too.
#pragma once

#include "native/data/dataset.h"

namespace limbus {

DatasetRow vocRow();

}  // namespace limbus
