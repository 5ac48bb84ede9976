// Image files with their masks, and the checks that every dataset on disk makes when it is opened.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "native/data/dataset.h"
#include "native/data/label_map.h"
#include "shared/result.h"

namespace limbus {

struct PairFiles {
  std::string id;
  std::filesystem::path image;
  std::filesystem::path mask;  // empty: no label
};

struct PairRules {
  LabelMap labels;
  bool mayBeTransposed = false;  // [W,H] instead of [H,W], told by the image's size
};

// Collects offenders so that one error names up to 20 of them and how many there are.
class Offenders {
 public:
  explicit Offenders(std::string what) : what_(std::move(what)) {}
  void add(const std::string& who);
  bool any() const { return count_ > 0; }
  Error error() const;  // "2 labels are missing: in eyes/labels/: a.npy, b.npy"

 private:
  std::string what_;
  std::vector<std::string> first_;
  std::size_t count_ = 0;
};

// Sizes from the headers, then all labels, in a few threads.
Result<void> auditPairs(const std::vector<PairFiles>& pairs, const PairRules& rules);

// Reads one pair; the mask comes back upright, in classes, checked like in the audit.
Result<Sample> readPair(const PairFiles& pair, const PairRules& rules);

// A dataset over such pairs.
std::unique_ptr<Dataset> datasetOfPairs(std::vector<PairFiles> pairs, PairRules rules);

}  // namespace limbus
