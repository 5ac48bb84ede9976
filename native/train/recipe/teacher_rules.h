// Which models a recipe's "teacher" names.
#pragma once

#include <string>
#include <vector>

#include "shared/options/options.h"

namespace limbus {

struct TeacherRules {
  std::vector<std::string> models;  // PATH or PATH=WEIGHT
  bool meanOfLogits = true;         // or of probabilities
  std::vector<int> strides;         // for the loss "attention"; none: those that all have, but 1

  void describe(OptionVisitor& v) {
    v.texts("models", models,
            "as `limbus predict --model` takes them: a RUN, a folder of folds, a checkpoint, a "
            ".onnx; PATH=WEIGHT where there are several");
    v.choice("mean", meanOfLogits, {{true, "logits"}, {false, "probabilities"}},
             "what the mean over several models is taken of");
    v.wholes("strides", strides, {1, 64},
             {"of the feature maps that the loss 'attention' compares; none: of all scales that "
              "both have, but 1",
              "px"});
    if (v.purpose() == OptionVisitor::Purpose::read) {
      v.require(!models.empty(), "models", "expected at least one");
    }
  }
};

}  // namespace limbus
