#include "native/commands/recipe_teacher.h"

#include <iostream>

#include "native/commands/predictor_options.h"
#include "native/infer/teacher.h"

namespace limbus {

Result<std::shared_ptr<const Teacher>> openRecipeTeacher(const Recipe& recipe,
                                                         const std::string& device,
                                                         bool selfCheck) {
  Result<std::vector<ModelShare>> models = parseModels(recipe.teacher->models, "teacher.models");
  if (!models) return fail(models.error());
  Result<std::shared_ptr<const Teacher>> teacher = openTeacher(
      {.models = std::move(*models),
       .averaged = recipe.teacher->meanOfLogits ? Averaged::logits : Averaged::probabilities,
       .input = recipe.input,
       .classes = recipe.classes,
       .device = device,
       .selfCheck = selfCheck,
       .note = [](const std::string& note) { std::cerr << "limbus: teacher: " << note << "\n"; }});
  if (!teacher) return fail(teacher.error().code, "teacher: " + teacher.error().message);
  return teacher;
}

}  // namespace limbus
