// Cityscapes (Cordts et al., CVPR 2016), fine or coarse:
//
//   ROOT/leftImg8bit/{split}/<city>/<city>_000001_000019_leftImg8bit.png
//   ROOT/gtFine/{split}/<city>/..._gtFine_labelIds.png          (or _labelTrainIds.png)
//   ROOT/gtCoarse/{split}/<city>/..._gtCoarse_labelIds.png
//
// as the archives unpack, also below leftImg8bit_trainvaltest/ and gtFine_trainvaltest/. The 19
// classes that are scored; all other label numbers take no part. The city is the group.
#pragma once

#include "native/data/dataset.h"

namespace limbus {

DatasetRow cityscapesRow();

}  // namespace limbus
