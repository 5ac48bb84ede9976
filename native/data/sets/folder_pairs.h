// Images beside their masks in folders, or in a list of both.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "native/data/sets/pairs.h"

namespace limbus {

// What a mask's name may have behind its image's: _mask, _gt, _L, ...
const std::vector<std::string>& usualSuffixes();

// What to do about a part that has no folder where another one has.
inline constexpr const char* kAddOrDivide =
    "; add it, or let the others be divided: --set 'data.split={\"folds\": 5}'";

struct FolderPlaces {
  std::string images = {}, masks = {};  // patterns (named_files.h); empty: findLayout's
  bool hasMasks = true;
  std::vector<std::string> suffixes = usualSuffixes();
};

struct FoundPairs {
  std::vector<PairFiles> pairs;
  bool divided = false;  // into splits, by their place or the list
};

// All images of the split, or of all where they are not divided: an error when a split was named.
// Images without a mask are named together; few of them stay in where `request` is unchecked.
Result<FoundPairs> folderPairs(const DatasetRequest& request, const FolderPlaces& places);

// `name`: a CSV file (sample_list.h), {split} as in splitPath.
Result<FoundPairs> listedPairs(const DatasetRequest& request, const std::string& name);

// The first of `names` that is not `taken` yet, which takes it: of a.jpg and a.png the second is
// "a.png". Where all are, the last.
std::string ownName(std::set<std::string>& taken, const std::vector<std::string>& names);

// Every fifth is for validation, the others for training.
std::vector<PairFiles> fifthOf(const std::string& split, const std::vector<PairFiles>& pairs);

}  // namespace limbus
