// ADE20K (Zhou et al., CVPR 2017) as ADEChallengeData2016, the scene parsing benchmark:
//
//   ROOT/images/{training,validation}/ADE_train_00000001.jpg
//   ROOT/annotations/{training,validation}/ADE_train_00000001.png    0 takes no part, 1 to 150
#pragma once

#include "native/data/dataset.h"

namespace limbus {

DatasetRow ade20kRow();

}  // namespace limbus
