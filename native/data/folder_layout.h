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
// {split}annot; images and masks. Without a folder of masks, `masks` is the first place that was
// looked at; when nothing is there, both are those of the first layout.
FolderLayout findLayout(const DatasetRequest& request);

}  // namespace limbus
