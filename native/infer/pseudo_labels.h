// Predictions that are sure enough to be taken for labels.
//
//   Confidences all(classes);  // where rules.share is below 1
//   for (const Planes& probabilities : answers) all.add(probabilities);
//   const std::vector<double> least = leastConfidences(rules, classes, &all);
//   PseudoLabel label = pseudoLabelOf(answers[0], least);
#pragma once

#include <cstdint>
#include <vector>

#include "native/infer/planes.h"
#include "native/train/recipe/pseudo_label_rules.h"
#include "shared/image.h"

namespace limbus {

// How many pixels of each class have which confidence, in steps of 1/65536.
class Confidences {
 public:
  explicit Confidences(int classes);
  void add(const Planes& probabilities);
  // What the most confident `share` of the class's pixels reach; pixels of equal confidence are
  // taken together, so that it may be more of them. A class without pixels: 0.
  double reachedBy(std::size_t classIndex, double share) const;

 private:
  std::vector<std::vector<std::int64_t>> counts_;  // by class and step
};

// The confidence that a pixel of each class needs. `all` is not looked at when rules.share is 1.
std::vector<double> leastConfidences(const PseudoLabelRules& rules, int classes,
                                     const Confidences* all);

struct PseudoLabel {
  Mask mask;                         // kVoidLabel where the network is not sure enough
  std::vector<std::int64_t> pixels;  // by class: predicted
  std::vector<std::int64_t> kept;    // by class: of those not void
  double meanConfidence = 0;         // over all pixels

  double keptShare() const;
};

// `probabilities` sum to 1 in each pixel; of equal ones the lower class wins, as everywhere.
PseudoLabel pseudoLabelOf(const Planes& probabilities, const std::vector<double>& least);

// Whether the image stays.
bool isKept(const PseudoLabel& label, const PseudoLabelRules& rules);

}  // namespace limbus
