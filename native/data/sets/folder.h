// Images and masks as people keep them.
//
//   {"dataset": "folder"}                                      finds the usual places
//   {"dataset": "folder", "images": "{split}/*_rgb.jpg", "masks": "{split}/*_gt.png", "void": 11}
//   {"dataset": "folder", "list": "{split}.csv", "classes": "classes.json"}
//
// `images` and `masks` are folders or patterns below ROOT (named_files.h); {split} stands for
// train, validation (or val, valid) or test. Left out, they are found (folder_layout.h). A mask has
// its image's name, or that with one of `suffixes` behind it. `masks` "" reads images only. `list`
// is a CSV file instead (sample_list.h). Where nothing divides the images, training keeps every
// fifth for validation.
//
// Masks hold class numbers (grey or palette PNG, npy), the classes' colours (RGB PNG), or 0 and 255
// where there are two classes; `labels` says which instead of looking at them. `classes` is a file
// of names, colours and ids (class_table.h), classes.json or dataset_meta.json where there is one:
// the recipe's classes are then found by name. `void` is a number and `voidColour` a colour
// ("#000000") that take no part.
#pragma once

#include "native/data/dataset.h"

namespace limbus {

DatasetRow folderRow();

}  // namespace limbus
