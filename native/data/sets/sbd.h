// SBD, the Semantic Boundaries Dataset (Hariharan et al., ICCV 2011): masks for 11,355 images of
// Pascal VOC, most of which have none there.
//
//   benchmark_RELEASE/dataset/img/<id>.jpg
//   benchmark_RELEASE/dataset/cls/<id>.mat      GTcls.Segmentation: 0 to 20, as VOC
//   benchmark_RELEASE/dataset/{train,val}.txt   an id on each line
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "shared/result.h"

namespace limbus {

// The folder that holds cls: below `named` (relative to the first root), or where it usually lies
// below one of the roots. Empty: none.
std::filesystem::path sbdFolder(const std::vector<std::filesystem::path>& roots,
                                const std::string& named);

// "train_aug", in order: the train.txt of VOC's `lists` and SBD's train and val without VOC's val.
// 10,582 ids of the published files.
Result<std::vector<std::string>> augmentedIds(const std::filesystem::path& lists,
                                              const std::filesystem::path& sbd);

}  // namespace limbus
