// Where people keep images and masks.
#pragma once

#include <string>

#include "native/data/dataset.h"

namespace limbus {

struct FolderLayout {
  std::string images, masks;  // patterns of named_files.h below the root; {split} as in splitPath
};

// Whichever of these is there first, each also under its other usual names (img, labels, annot,
// ...): {split}/images and {split}/masks; images/{split} and masks/{split}; {split} and
// {split}annot; images and masks. Without a folder of masks `masks` is empty: they may lie among
// the images, whose folder may be the root itself.
FolderLayout findLayout(const DatasetRequest& request);

}  // namespace limbus
