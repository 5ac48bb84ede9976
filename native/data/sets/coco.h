// COCO's object annotations (Lin et al., ECCV 2014), as many tools export them:
//
//   ROOT/annotations/instances_{split}2017.json   (or instances_{split}, stuff_{split}, ...)
//   ROOT/{split}2017/*.jpg                        (or images/{split}, images, ...)
//
// Outlines and runs, compressed or not, become classes by the names of their categories; what none
// covers is "background". Smaller objects lie over larger ones. An annotation without outlines (a
// box alone) draws nothing.
#pragma once

#include "native/data/dataset.h"

namespace limbus {

DatasetRow cocoRow();

}  // namespace limbus
