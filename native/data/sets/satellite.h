// Satellite images of GF-2 and GF-3 as the projector of yassouali's networks keeps them:
//
//   ROOT/{train,valid}/img/<n>.tif          512x512
//   ROOT/{train,valid}/lbl/<n>_gt.png       palette or colours of 9 classes, which have no names
#pragma once

#include "native/data/dataset.h"

namespace limbus {

DatasetRow satelliteRow();

}  // namespace limbus
