// OUT/rounds.json: what was asked for, and what came of each round.
//
//   {"request": {"recipe": {..}, "models": [..], ..}, "metric": "mIoU", "classes": ["skin", ..],
//    "rounds": [{"round": 1, "labels": {"images": 900, "kept": 750, ..}, "epochs": 40,
//                "bestEpoch": 31, "best": 0.91}, ..]}
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "native/commands/pseudo_label/files.h"
#include "shared/json_reader.h"
#include "shared/result.h"

namespace limbus {

struct PseudoRound {
  int round = 0;  // 0: on the labels alone, or the given model as it came
  std::optional<PseudoLabelCounts> labels = {};  // none: of round 0
  int epochs = 0, bestEpoch = 0;                 // from 1; 0: of a given model
  double best = 0;                               // of the recipe's bestMetric
};

struct PseudoLabelRecord {
  Json request = {};
  std::string metric = {};
  std::vector<std::string> classes = {};
  std::vector<PseudoRound> rounds = {};  // in order

  const PseudoRound* find(int round) const;
  Json json() const;
  std::string table() const;  // for a terminal
};

Result<void> writeRecord(const std::filesystem::path& file, const PseudoLabelRecord& record);
// Of the same request; another's is refused.
Result<PseudoLabelRecord> readRecord(const std::filesystem::path& file,
                                     const PseudoLabelRecord& expected);

}  // namespace limbus
