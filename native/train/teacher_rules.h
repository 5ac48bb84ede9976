// Which models a recipe's "teacher" names.
#pragma once

#include <string>
#include <vector>

#include "shared/options/options.h"

namespace limbus {

struct TeacherRules {
  std::vector<std::string> models;  // PATH or PATH=WEIGHT
  bool meanOfLogits = true;         // or of probabilities

  void describe(OptionVisitor& v) {
    v.texts("models", models,
            "as `limbus predict --model` takes them: a RUN, a folder of folds, a checkpoint, a "
            ".onnx; PATH=WEIGHT where there are several");
    v.choice("mean", meanOfLogits, {{true, "logits"}, {false, "probabilities"}},
             "what the mean over several models is taken of");
    if (v.purpose() == OptionVisitor::Purpose::read) {
      v.require(!models.empty(), "models", "expected at least one");
    }
  }
};

}  // namespace limbus
