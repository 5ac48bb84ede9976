// A table that names images and their masks:
//
//   image,mask,split,group,route
//   img/a.jpg,gt/a.png,train,person7,Tokyo
//
// `image` is needed, the others may be missing; further columns are attributes. Without such a
// first line the columns are image and mask. Paths are relative to the table's folder, or to the
// data set's.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "native/data/sets/pairs.h"
#include "shared/result.h"

namespace limbus {

// train, validation or test; empty: none of the names that people give them, in any case.
std::string splitNamed(std::string text);

struct SampleList {
  std::vector<PairFiles> pairs;  // those of the split, where there is such a column
  bool divided = false;          // there is
  bool hasMasks = false;         // a column of masks; its empty fields are images without one
};

// Files that are not there are named together.
Result<SampleList> readSampleList(const std::filesystem::path& file,
                                  const std::filesystem::path& root, const std::string& split);

}  // namespace limbus
