// Training and validation apart, where the data set does not say or says it otherwise: k parts, of
// which one is held out.
//
//   "data": {"dataset": "folder", "split": {"folds": 5, "fold": 2, "grouped": true,
//                                           "stratify": "route", "file": "folds.json"}}
//
// Groups (subjects, sequences) stay whole. Each group, the largest first and otherwise in an order
// drawn from the seed, goes to the part that holds fewest images of its attribute's value, and of
// those to the smallest. `file` keeps the parts: written when it is not there, read when it is.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "native/data/dataset.h"

namespace limbus {

struct SplitRules {
  int folds = 0;         // 0: as the data set divides itself
  int fold = 0;          // the part held out for validation, 0 .. folds-1
  bool grouped = false;  // by SampleFacts::group, or by `groupBy`
  std::string groupBy;   // a regular expression: what its first group matches in an id
  std::string stratify;  // an attribute
  std::uint64_t seed = 42;
  std::string file;

  void describe(OptionVisitor& v);
};

// The part of each sample. Without a group or an attribute that the rules ask for, an error that
// names samples.
Result<std::vector<int>> foldsOf(const std::vector<SampleFacts>& samples, const SplitRules& rules);

// The training or validation part of what the data set gives as training (all of it, where it is
// not divided); the test split as it is. The training part checks the files of both.
Result<std::unique_ptr<Dataset>> openDivided(const Chosen<DatasetRow>& data,
                                             const DatasetRequest& request,
                                             const SplitRules& rules);

// For what only looks: the same parts, and no `file` of them that is not there yet.
SplitRules withoutWriting(SplitRules rules);

}  // namespace limbus
