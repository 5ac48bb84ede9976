// OpenEDS 2019 semantic segmentation, and everything stored in its layout (`limbus synth` writes
// it):
//
//   ROOT/{train,validation,test}/images/<id>.png   8-bit, 400 wide, 640 high
//   ROOT/{train,validation,test}/labels/<id>.npy   integers [H,W] (mirrors: [W,H]), classes 0 to 3
//   OpenEDS_{train,validation,test}_userID_mapping_to_images.json   the person is the group
//
// The mappings lie in ROOT or beside the data set, or are left out.
// A test split may come without labels. ROOT may also be the folder that holds
// Semantic_Segmentation_Dataset. Every label is read once when the dataset is opened.
#pragma once

#include "native/data/dataset.h"

namespace limbus {

DatasetRow openEds2019Row();

}  // namespace limbus
