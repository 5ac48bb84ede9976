#include "native/infer/pseudo_labels.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace limbus {
namespace {

constexpr int kSteps = 65536;

struct Guess {
  std::size_t classIndex = 0;
  double confidence = 0;
};

Guess guessAt(const Planes& planes, std::size_t pixel) {
  Guess guess{0, planes.values[pixel]};
  for (std::size_t k = 1; k < static_cast<std::size_t>(planes.classes); ++k) {
    const double value = planes.values[k * planes.pixels() + pixel];
    if (value > guess.confidence) guess = {k, value};
  }
  return guess;
}

int stepOf(double confidence) {
  return std::clamp(static_cast<int>(confidence * kSteps), 0, kSteps);
}

}  // namespace

Confidences::Confidences(int classes)
    : counts_(static_cast<std::size_t>(classes), std::vector<std::int64_t>(kSteps + 1)) {}

void Confidences::add(const Planes& probabilities) {
  for (std::size_t i = 0; i < probabilities.pixels(); ++i) {
    const Guess guess = guessAt(probabilities, i);
    ++counts_[guess.classIndex][static_cast<std::size_t>(stepOf(guess.confidence))];
  }
}

double Confidences::reachedBy(std::size_t classIndex, double share) const {
  const std::vector<std::int64_t>& counts = counts_[classIndex];
  const std::int64_t all = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  const auto wanted = static_cast<std::int64_t>(std::ceil(share * static_cast<double>(all)));
  std::int64_t taken = 0;
  for (int step = kSteps; step >= 0; --step) {
    taken += counts[static_cast<std::size_t>(step)];
    if (taken >= wanted && taken > 0) return static_cast<double>(step) / kSteps;
  }
  return 0;
}

std::vector<double> leastConfidences(const PseudoLabelRules& rules, int classes,
                                     const Confidences* all) {
  std::vector<double> least;
  for (std::size_t k = 0; k < static_cast<std::size_t>(classes); ++k) {
    least.push_back(rules.threshold(k));
    if (rules.share < 1) least[k] = std::max(least[k], all->reachedBy(k, rules.share));
  }
  return least;
}

double PseudoLabel::keptShare() const {
  const auto sum = [](const std::vector<std::int64_t>& counts) {
    return static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}));
  };
  return sum(kept) / std::max(1.0, sum(pixels));
}

PseudoLabel pseudoLabelOf(const Planes& probabilities, const std::vector<double>& least) {
  const auto classes = static_cast<std::size_t>(probabilities.classes);
  PseudoLabel label{.mask = Mask(probabilities.width, probabilities.height, 1),
                    .pixels = std::vector<std::int64_t>(classes),
                    .kept = std::vector<std::int64_t>(classes)};
  double sum = 0;
  for (std::size_t i = 0; i < probabilities.pixels(); ++i) {
    const Guess guess = guessAt(probabilities, i);
    const bool sure = guess.confidence >= least[guess.classIndex];
    label.mask.pixels[i] =
        sure ? static_cast<std::uint8_t>(guess.classIndex) : static_cast<std::uint8_t>(kVoidLabel);
    ++label.pixels[guess.classIndex];
    label.kept[guess.classIndex] += sure ? 1 : 0;
    sum += guess.confidence;
  }
  label.meanConfidence =
      sum / static_cast<double>(std::max<std::size_t>(1, probabilities.pixels()));
  return label;
}

bool isKept(const PseudoLabel& label, const PseudoLabelRules& rules) {
  return label.keptShare() >= rules.leastKept && label.meanConfidence >= rules.leastConfidence;
}

}  // namespace limbus
