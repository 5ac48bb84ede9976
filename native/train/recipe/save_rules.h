// When a run saves besides the end of an epoch, and which epochs' weights it keeps.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "native/train/best_metric.h"

namespace limbus {

struct SaveRules {
  double minutes = 10;     // the last checkpoint is at most so old; 0: by epochs alone
  std::int64_t steps = 0;  // and it is renewed every so many steps; 0: not by steps
  int everyEpochs = 0;     // epoch-N.safetensors of every such epoch stays; 0: of none
  int best = 1;            // so many best epochs stay; 1: best.safetensors alone
};

// Asked after every step of a run.
class SaveClock {
 public:
  explicit SaveClock(SaveRules rules = {}) : rules_(rules) {}

  bool due();    // counts the step
  void saved();  // begins anew

 private:
  using Clock = std::chrono::steady_clock;
  SaveRules rules_;
  std::int64_t steps_ = 0;
  Clock::time_point saved_ = Clock::now();
};

// The best `count` epochs of a history, from 1, the best first; of equal ones the earlier.
std::vector<int> bestEpochs(const History& history, const BestMetricRow& metric, int count);

// Has the last epoch of `history` a file of its own?
bool keepsEpoch(const SaveRules& rules, const History& history, const BestMetricRow& metric);

// The epoch that is not among the best any more since the last one came; 0: none.
int droppedEpoch(const SaveRules& rules, const History& history, const BestMetricRow& metric);

}  // namespace limbus
