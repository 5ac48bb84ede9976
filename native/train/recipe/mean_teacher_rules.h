// Learning from images without labels, as a recipe's "meanTeacher" says.
#pragma once

#include <string>
#include <vector>

#include "native/data/augment/augment.h"
#include "native/data/more_data.h"
#include "shared/options/options.h"

namespace limbus {

// The network's answer to an unlabelled image is drawn to that of the moving average of its weights
// (emaDecay): Tarvainen and Valpola, "Mean teachers are better role models", 2017. The network sees
// the image after `augmentations` on top of the recipe's own, the average after the recipe's alone;
// both by the same draws.
struct MeanTeacherRules {
  std::vector<MoreData> unlabelled = {};
  std::vector<Augmentation> augmentations = {};
  double weight = 1;
  int rampUp = 5;
  double confidence = 0;
  int batch = 0;

  // Of the consistency loss with `epoch` epochs finished: exp(-5 (1 - epoch / rampUp)^2) of it on
  // the way up, as the paper has it.
  double weightAt(int epoch) const;
  void describe(OptionVisitor& v);
};

}  // namespace limbus
