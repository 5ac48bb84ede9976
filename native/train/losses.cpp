#include "native/train/losses.h"

#include <algorithm>
#include <stdexcept>

namespace limbus {

// Of the files of losses/.
LossRow crossEntropyRow();
LossRow balancedCrossEntropyRow();
LossRow onlineHardRow();
LossRow boundaryCrossEntropyRow();
LossRow separationCrossEntropyRow();
LossRow binaryCrossEntropyRow();
LossRow focalRow();
LossRow focalLegacyRow();
LossRow diceRow();
LossRow foregroundDiceRow();
LossRow generalisedDiceRow();
LossRow jaccardRow();
LossRow logJaccardRow();
LossRow tverskyRow();
LossRow lovaszSoftmaxRow();
LossRow lovaszHingeRow();
LossRow correlationRow();
LossRow surfaceRow();
LossRow distillRow();
LossRow attentionRow();

const std::vector<LossRow>& losses() {
  static const std::vector<LossRow> kRows = {crossEntropyRow(),
                                             balancedCrossEntropyRow(),
                                             onlineHardRow(),
                                             boundaryCrossEntropyRow(),
                                             separationCrossEntropyRow(),
                                             binaryCrossEntropyRow(),
                                             focalRow(),
                                             focalLegacyRow(),
                                             diceRow(),
                                             foregroundDiceRow(),
                                             generalisedDiceRow(),
                                             jaccardRow(),
                                             logJaccardRow(),
                                             tverskyRow(),
                                             lovaszSoftmaxRow(),
                                             lovaszHingeRow(),
                                             correlationRow(),
                                             surfaceRow(),
                                             distillRow(),
                                             attentionRow()};
  return kRows;
}

MaskMapNeeds Loss::needs() const {
  MaskMapNeeds needs;
  for (const LossTerm& term : sum.terms) {
    needs.distances = needs.distances || term.loss.row->needs.distances;
    needs.edges = needs.edges || term.loss.row->needs.edges;
    needs.gaps = needs.gaps || term.loss.row->needs.gaps;
  }
  needs.gaps = needs.gaps || borders;
  return needs;
}

bool Loss::needsShares() const {
  return std::any_of(sum.terms.begin(), sum.terms.end(),
                     [](const LossTerm& term) { return term.loss.row->needsShares; });
}

bool Loss::needsTeacher() const {
  return std::any_of(sum.terms.begin(), sum.terms.end(),
                     [](const LossTerm& term) { return term.loss.row->needsTeacher; });
}

bool Loss::needsFeatures() const {
  return std::any_of(sum.terms.begin(), sum.terms.end(),
                     [](const LossTerm& term) { return term.loss.row->needsFeatures; });
}

namespace {

torch::Tensor borderLoss(const BorderRules& rules, const torch::Tensor& logits,
                         const LossInput& input) {
  static const Loss kLoss{.sum = *parseLossTerms(BorderRules::kLoss)};
  const std::int64_t border = logits.size(1) - 1;
  return rules.weight *
         kLoss({.heads = {logits},
                .target = input.target.masked_fill(input.gaps <= rules.gapPx, border)});
}

}  // namespace

torch::Tensor Loss::operator()(LossInput input) const {
  if (shares.defined()) input.shares = shares;
  const auto sumAt = [&](std::size_t head) {
    input.head = head;
    torch::Tensor total;
    for (const LossTerm& term : sum.terms) {
      const torch::Tensor value =
          sum.weightOf(term, input.epoch) * term.loss.row->compute(input, term.loss.options);
      total = total.defined() ? total + value : value;
    }
    return total;
  };
  torch::Tensor ofBorders;
  if (borders && input.heads.size() > 1) {  // in training
    ofBorders = borderLoss(*borders, input.heads.back(), input);
    input.heads.pop_back();
  }
  torch::Tensor whole = sumAt(0);
  for (std::size_t head = 1; head < input.heads.size(); ++head) {
    whole = whole + auxiliaryWeight * sumAt(head);
  }
  return ofBorders.defined() ? whole + ofBorders : whole;
}

Result<void> checkLoss(const LossTerms& terms, int classes) {
  constexpr int kSide = 2;
  const Loss loss{.sum = terms, .shares = torch::full({2, classes}, 1.0 / classes)};
  LossInput input{.heads = {torch::zeros({1, classes, kSide, kSide})},
                  .target = torch::zeros({1, kSide, kSide}, torch::kInt64),
                  .distances = torch::zeros({1, classes, kSide, kSide}),
                  .edges = torch::zeros({1, kSide, kSide}, torch::kBool),
                  .gaps = torch::zeros({1, kSide, kSide}),
                  .teacher = torch::zeros({1, classes, kSide, kSide}),
                  .features = {torch::zeros({1, 1, kSide, kSide})},
                  .attention = {torch::zeros({1, kSide, kSide})}};
  try {
    loss(std::move(input));
  } catch (const std::invalid_argument& error) {
    return fail(ErrorCode::badArgument, error.what());
  }
  return {};
}

}  // namespace limbus
