// A dataset is size() and get(i); small datasets wrap others. One file and one row each
// (datasets.cpp).
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "shared/image.h"
#include "shared/manifest.h"
#include "shared/options/options.h"
#include "shared/result.h"

namespace limbus {

struct Sample {
  std::string id;  // file name without extension, or what names it best
  Image image;     // 1 or 3 channels
  Mask mask;       // same size, classes and kVoidLabel; empty when the split has no labels
};

class Dataset {
 public:
  virtual ~Dataset() = default;
  virtual std::size_t size() const = 0;
  // Safe to call from several threads. `epoch` lets procedural datasets be new in every epoch;
  // those on disk ignore it. Errors name the file.
  virtual Result<Sample> get(std::size_t index, std::uint32_t epoch) const = 0;
};

struct DatasetRequest {
  std::filesystem::path root;      // --data DIR; unused by procedural datasets
  std::string split;               // train | validation | test
  std::vector<ClassSpec> classes;  // empty: labels of any number, taken as they are
  // Asked of images that lie in one folder for all splits: train gets four fifths, validation every
  // fifth. Without it they are all of every split.
  bool divide = false;
  bool splitNamed = false;  // by somebody: such images are an error then
};

struct DatasetRow {
  const char* name;
  const char* summary;  // layout and labels in one line
  Options options;
  bool needsRoot;
  Result<std::unique_ptr<Dataset>> (*open)(const DatasetRequest& request, const Options& options);
};

// Where a split lies: `pattern` with every {split} replaced, below the root. Many data sets call
// their validation folder val: taken where there is no validation.
std::filesystem::path splitPath(const DatasetRequest& request, const std::string& pattern);

const std::vector<DatasetRow>& datasets();
Result<std::unique_ptr<Dataset>> openDataset(const Chosen<DatasetRow>& data,
                                             const DatasetRequest& request);

}  // namespace limbus
