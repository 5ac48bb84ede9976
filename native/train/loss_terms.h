// Which losses a recipe sums, without LibTorch: the terms of losses.h by name.
//
// "ce", "dice+focal/10", "ce*0.5+dice": term ('+' term)*, term = name ['/' number | '*' number].
// Options belong to their term. A loss of one term takes them beside its name,
//   {"name": "focal", "gamma": 2}
// or, as a sum, in an object of the term's name:
//   {"name": "tversky+focal/10", "focal": {"alpha": 0.5}, "tversky": {"alpha": 0.3}}
// Where only one term of a sum knows an option, it may stand beside the name there too. Weights may
// change over the run:
//   {"name": "ce+surface", "ramps": [{"term": "surface", "epochs": [0, 100], "weights": [0, 1]}]}
#pragma once

#include <string>
#include <vector>

#include "shared/options/options.h"
#include "shared/result.h"

namespace limbus {

struct LossRow;  // losses.h

struct LossTerm {
  Chosen<LossRow> loss;
  double weight = 1;
};

// A factor on a term that changes over the run: one weight per entry of `epochs`, straight lines
// between them, held through each epoch. Before the first and after the last it stays.
struct LossRamp {
  std::string term;
  std::vector<int> epochs;  // finished ones, ascending; an epoch that stands twice is a jump
  std::vector<double> weights;

  void describe(OptionVisitor& v);
  double at(int epoch) const;
};

struct LossTerms {
  std::vector<LossTerm> terms;
  std::vector<LossRamp> ramps;

  LossTerms();  // ce
  void describe(OptionVisitor& v);
  // With `epoch` epochs finished.
  double weightOf(const LossTerm& term, int epoch) const;
};

// Every term with its defaults.
Result<LossTerms> parseLossTerms(const std::string& text);

// A recipe's loss, `above`, over that of a recipe which it extends: what terms of both were told
// stays where `above` says nothing else, their ramps where it has none.
Json lossOver(const Json& below, const Json& above);

}  // namespace limbus
