// The models that a recipe's "teacher" names, for TrainRequest::openTeacher.
#pragma once

#include <memory>
#include <string>

#include "native/train/recipe/recipe.h"
#include "native/train/teacher.h"
#include "shared/result.h"

namespace limbus {

// `recipe.teacher` is there. Notes go to stderr.
Result<std::shared_ptr<const Teacher>> openRecipeTeacher(const Recipe& recipe,
                                                         const std::string& device, bool selfCheck);

}  // namespace limbus
