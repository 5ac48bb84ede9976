#include "native/train/losses.h"

#include "native/train/losses/rows.h"

namespace limbus {

const std::vector<LossRow>& losses() {
  static const std::vector<LossRow> kRows = {crossEntropyRow(), diceRow(), focalRow(),
                                             focalLegacyRow()};
  return kRows;
}

MaskMapNeeds Loss::needs() const {
  MaskMapNeeds needs;
  for (const LossTerm& term : sum.terms) {
    needs.distances = needs.distances || term.loss.row->needs.distances;
    needs.edges = needs.edges || term.loss.row->needs.edges;
  }
  return needs;
}

torch::Tensor Loss::operator()(LossInput input) const {
  const auto sumAt = [&](std::size_t head) {
    input.head = head;
    torch::Tensor total;
    for (const LossTerm& term : sum.terms) {
      const torch::Tensor value = term.weight * term.loss.row->compute(input, term.loss.options);
      total = total.defined() ? total + value : value;
    }
    return total;
  };
  torch::Tensor whole = sumAt(0);
  for (std::size_t head = 1; head < input.heads.size(); ++head) {
    whole = whole + auxiliaryWeight * sumAt(head);
  }
  return whole;
}

}  // namespace limbus
