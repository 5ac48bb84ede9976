// Which predictions on unlabelled images are taken for labels.
#pragma once

#include <cstddef>
#include <vector>

#include "shared/options/options.h"

namespace limbus {

// A pixel's confidence is the probability of its most probable class. A pixel that is not kept is
// void. The share per class, so that easy classes do not crowd out the others: Zou et al.,
// "Unsupervised domain adaptation for semantic segmentation via class-balanced self-training",
// 2018.
struct PseudoLabelRules {
  std::vector<double> thresholds = {0.9};
  double share = 1;
  double leastKept = 0.5;
  double leastConfidence = 0;

  double threshold(std::size_t classIndex) const {
    return thresholds.size() == 1 ? thresholds[0] : thresholds[classIndex];
  }
  void describe(OptionVisitor& v) {
    v.numbers("thresholds", thresholds, {0, 1},
              "least confidence of a pixel that is kept: one for all classes, or one for each");
    v.number("share", share, {0.001, 1},
             "of each class's pixels over all images the most confident are kept, this share, if "
             "they reach the threshold; below 1 all images are looked at twice");
    v.number("leastKept", leastKept, {0, 1},
             "share of an image's pixels that must be kept, else the image is left out");
    v.number("leastConfidence", leastConfidence, {0, 1},
             "mean confidence over an image's pixels, else the image is left out");
    if (v.purpose() == OptionVisitor::Purpose::read) {
      v.require(!thresholds.empty(), "thresholds", "expected one, or one for each class");
    }
  }
};

}  // namespace limbus
