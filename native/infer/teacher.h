// Models as the teacher of another network.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "native/infer/ensemble.h"
#include "native/train/teacher.h"
#include "shared/manifest.h"
#include "shared/result.h"

namespace limbus {

struct TeacherPlan {
  std::vector<ModelShare> models = {};  // at least one
  Averaged averaged = Averaged::logits;
  InputSpec input;  // of the network that learns
  // Of feature maps to tell about, those that every model has; none: the teacher only says what it
  // sees.
  std::vector<int> strides = {};
  bool everyStride = false;  // one that a model lacks is an error
  std::vector<ClassSpec> classes;
  std::string device = "auto";
  bool selfCheck = true;
  std::function<void(const std::string&)> note = [](const std::string&) {};
};

// Every model must take the same input and give logits or probabilities of the same classes: it is
// handed the batch that the other one learns from. Of a mean of probabilities, and of files that
// end in them, the logits are their logarithms.
Result<std::shared_ptr<const Teacher>> openTeacher(const TeacherPlan& plan);

}  // namespace limbus
