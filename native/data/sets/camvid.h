// CamVid (Brostow et al., 2009), either as published with SegNet or in its own colours:
//
//   ROOT/{train,val,test} beside {train,val,test}annot           numbers 0 to 10, 11 takes no part
//   ROOT/{train,val,test} beside {train,val,test}_labels         <name>_L.png, 32 colours
//   ROOT/images beside labels                                    undivided
//
// The 32 classes in colour are the 11 of SegNet, as its authors group them. The sequence (the name
// before its number) is the group.
#pragma once

#include "native/data/dataset.h"

namespace limbus {

DatasetRow camvidRow();

}  // namespace limbus
