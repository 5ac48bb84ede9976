// Further data sets whose training images stand behind a recipe's own:
//
//   "data": {"dataset": "openeds2019", "also": [{"dataset": "folder", "root": "more/eyes"}]}
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "native/data/dataset.h"
#include "shared/manifest.h"
#include "shared/options/options.h"
#include "shared/result.h"

namespace limbus {

struct MoreData {
  Chosen<DatasetRow> data;
  std::string root;             // where it lies; empty: where the recipe's own does
  std::string split = "train";  // whole where nothing divides the images
};

// The list under `key`.
void describeMoreData(OptionVisitor& v, const char* key, const char* help,
                      std::vector<MoreData>& list);

// `root`: of those that have none. `where` opens errors: "data.also". `unlabelled` as in
// DatasetRequest.
Result<std::vector<std::unique_ptr<Dataset>>> openMoreData(const std::vector<MoreData>& list,
                                                           const std::filesystem::path& root,
                                                           const std::vector<ClassSpec>& classes,
                                                           const std::string& where,
                                                           bool unlabelled = false);

}  // namespace limbus
