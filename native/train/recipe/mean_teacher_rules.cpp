#include "native/train/recipe/mean_teacher_rules.h"

#include <cmath>

namespace limbus {

double MeanTeacherRules::weightAt(int epoch) const {
  if (epoch >= rampUp) return weight;
  const double left = 1 - static_cast<double>(epoch) / rampUp;
  return weight * std::exp(-5 * left * left);
}

void MeanTeacherRules::describe(OptionVisitor& v) {
  describeMoreData(v, "unlabelled", "images whose labels, if there are any, are not looked at",
                   unlabelled);
  describeAugmentations(v, augmentations,
                        "what the network alone sees of unlabelled images, behind the recipe's "
                        "augment; nothing that moves pixels");
  v.number("weight", weight, {0, 1e6},
           "of the squared difference between both answers' probabilities, mean over all pixels");
  v.whole("rampUp", rampUp, {0, 1000000}, {"until that weight is reached", "epochs"});
  v.number("confidence", confidence, {0, 1},
           "pixels count where the average's most probable class reaches it");
  v.whole("batch", batch, {0, 65536}, "unlabelled images beside each batch; 0: as many");
  if (v.purpose() != OptionVisitor::Purpose::read) return;
  v.require(!unlabelled.empty(), "unlabelled", "expected at least one data set");
  for (const Augmentation& one : augmentations) {
    v.require(one.choice.row == nullptr || one.choice.row->keepsPlaces, "augment",
              std::string("'") + one.choice.name() +
                  "' moves pixels, so that both answers could not be compared; put it into the "
                  "recipe's own augment, which both images go through");
  }
}

}  // namespace limbus
