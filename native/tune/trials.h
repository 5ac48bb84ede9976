// Trials of a search and what came of them; kept in a file of one line each, so that a search that
// was killed goes on.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "shared/json_reader.h"
#include "shared/result.h"

namespace limbus {

struct Trial {
  std::string name;  // its folder below the search's: "trial-0007", "rung-2/trial-0007"
  int rung = 1;      // from 1
  std::vector<std::string> set = {};  // KEY=VALUE, what it is about
  int epochs = 0;                     // 0: the recipe's
};

struct TrialResult {
  Trial trial;
  std::optional<double> best = {};  // none: it failed
  int bestEpoch = 0, epochs = 0;
  double seconds = 0;
  std::string error = {};  // of one that failed
  bool stopped = false;    // failed by nothing that its values did: it is due again

  Json toJson() const;
};

class TrialJournal {
 public:
  // Reads what is there. A last line that is not complete is taken away, and so are trials that
  // were stopped.
  static Result<TrialJournal> open(const std::filesystem::path& file);

  const TrialResult* find(const std::string& name) const;
  bool wasStopped(const std::string& name) const;  // before it was opened
  Result<void> add(const TrialResult& result);

 private:
  std::filesystem::path file_;
  std::vector<TrialResult> results_;
  std::set<std::string> stopped_;
};

// The best first; failed ones last, in order.
void sortByBest(std::vector<TrialResult>& results, bool higherIsBetter);

}  // namespace limbus
