#include "native/train/losses.h"

#include "native/train/losses/rows.h"

namespace limbus {

const std::vector<LossRow>& losses() {
  static const std::vector<LossRow> kRows = {crossEntropyRow(), diceRow(), focalRow(),
                                             focalLegacyRow()};
  return kRows;
}

torch::Tensor lossOf(const LossTerms& loss, const torch::Tensor& logits,
                     const torch::Tensor& target) {
  torch::Tensor sum;
  for (const LossTerm& term : loss.terms) {
    const torch::Tensor value =
        term.weight * term.loss.row->compute(logits, target, term.loss.options);
    sum = sum.defined() ? sum + value : value;
  }
  return sum;
}

}  // namespace limbus
