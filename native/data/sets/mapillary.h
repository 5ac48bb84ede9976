// Mapillary Vistas (Neuhold et al., ICCV 2017), versions 1.2 and 2.0:
//
//   ROOT/config_v1.2.json                              names and colours
//   ROOT/{training,validation,testing}/images/<id>.jpg
//   ROOT/{training,validation}/v1.2/labels/<id>.png    palette: places in the file's list
//
// A class that the file does not evaluate takes no part.
#pragma once

#include "native/data/dataset.h"

namespace limbus {

DatasetRow mapillaryRow();

}  // namespace limbus
