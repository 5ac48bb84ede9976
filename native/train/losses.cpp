#include "native/train/losses.h"

#include <cstdlib>

#include "native/train/losses/rows.h"

namespace limbus {
namespace {

// "focal/10" -> {"focal", 0.1}. Names may hold '-', so only '/' and '*' split.
Result<std::pair<std::string, double>> splitTerm(const std::string& term) {
  const std::size_t mark = term.find_first_of("/*");
  if (mark == std::string::npos) return std::pair(term, 1.0);
  const std::string number = term.substr(mark + 1);
  char* end = nullptr;
  const double value = std::strtod(number.c_str(), &end);
  if (number.empty() || *end != '\0' || !(value > 0) || value > 1e6) {
    return fail(ErrorCode::badArgument, "loss term '" + term + "' needs a number above 0 after '" +
                                            term[mark] + "', got '" + number + "'");
  }
  return std::pair(term.substr(0, mark), term[mark] == '/' ? 1.0 / value : value);
}

std::vector<std::string> splitSum(const std::string& text) {
  std::vector<std::string> terms(1);
  for (char c : text) {
    if (c == '+') {
      terms.emplace_back();
    } else if (c != ' ') {
      terms.back() += c;
    }
  }
  return terms;
}

// Options that at least one term knows are spread over the terms; the others are errors.
Result<void> spreadOptions(Loss& loss, const NamedOptions& named) {
  std::vector<OptionRow> known;
  for (const LossTerm& term : loss.terms) {
    for (const OptionRow& option : term.row->options) {
      if (findRow(known, option.name) == nullptr) known.push_back(option);
    }
  }
  const Result<OptionValues> checked = completeOptions("loss " + named.name, known, named.options);
  if (!checked) return fail(checked.error());
  for (LossTerm& term : loss.terms) {
    for (const OptionRow& option : term.row->options) {
      const auto given = named.options.find(option.name);
      term.options[option.name] =
          given == named.options.end() ? option.defaultValue : given->second;
    }
  }
  return {};
}

}  // namespace

const std::vector<LossRow>& losses() {
  static const std::vector<LossRow> kRows = {crossEntropyRow(), diceRow(), focalRow(),
                                             focalLegacyRow()};
  return kRows;
}

Result<Loss> makeLoss(const NamedOptions& named) {
  Loss loss;
  for (const std::string& text : splitSum(named.name)) {
    const Result<std::pair<std::string, double>> term = splitTerm(text);
    if (!term) return fail(term.error());
    const LossRow* row = findRow(losses(), term->first);
    if (row == nullptr) {
      return fail(ErrorCode::badArgument, unknownName("loss", term->first, namesOf(losses())) +
                                              "; sums are written like dice+focal/10");
    }
    loss.terms.push_back({row, term->second, {}});
  }
  const Result<void> spread = spreadOptions(loss, named);
  if (!spread) return fail(spread.error());
  return loss;
}

torch::Tensor Loss::operator()(const torch::Tensor& logits, const torch::Tensor& target) const {
  torch::Tensor sum;
  for (const LossTerm& term : terms) {
    const torch::Tensor value = term.weight * term.row->compute(logits, target, term.options);
    sum = sum.defined() ? sum + value : value;
  }
  return sum;
}

}  // namespace limbus
