// Which losses a recipe sums, without LibTorch: the terms of losses.h by name.
//
// "ce", "dice+focal/10", "ce*0.5+dice": term ('+' term)*, term = name ['/' number | '*' number].
// Options belong to their term. A loss of one term takes them beside its name,
//   {"name": "focal", "gamma": 2}
// a sum in an object of the term's name:
//   {"name": "tversky+focal/10", "focal": {"alpha": 0.5}, "tversky": {"alpha": 0.3}}
// Where only one term of a sum knows an option, it may stand beside the name there too.
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

struct LossTerms {
  std::vector<LossTerm> terms;

  LossTerms();  // ce
  void describe(OptionVisitor& v);
};

// Every term with its defaults.
Result<LossTerms> parseLossTerms(const std::string& text);

}  // namespace limbus
