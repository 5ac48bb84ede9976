#include "native/commands/parts/recipe_teacher.h"

#include <algorithm>
#include <iostream>

#include "native/commands/parts/predictor_options.h"
#include "native/infer/teacher.h"
#include "native/train/losses.h"
#include "shared/nets/scales.h"

namespace limbus {
namespace {

// Of the network that learns; none where its loss does not look at them.
Result<std::vector<int>> comparedStrides(const Recipe& recipe) {
  const Loss loss{.sum = recipe.loss};
  if (!loss.needsFeatures()) return std::vector<int>();
  const Result<Graph> graph = buildNet(recipe.net, recipe.ports());
  if (!graph) return fail(graph.error());
  const Result<Features> scales =
      scalesOf(*graph, {1, recipe.input.channels(), recipe.input.height, recipe.input.width});
  if (!scales) return fail(scales.error());
  const std::vector<int>& wanted = recipe.teacher->strides;
  std::vector<int> own;
  std::vector<std::string> all;
  for (const Scale& scale : *scales) {
    all.push_back(std::to_string(scale.stride));
    if (wanted.empty() ? scale.stride > 1
                       : std::count(wanted.begin(), wanted.end(), scale.stride) > 0) {
      own.push_back(scale.stride);
    }
  }
  for (const int stride : wanted) {
    if (std::count(own.begin(), own.end(), stride) > 0) continue;
    return fail(ErrorCode::badArgument,
                "teacher.strides: the network has no feature maps of stride " +
                    std::to_string(stride) + "; it has " + joinNames(all));
  }
  if (own.empty()) {
    return fail(ErrorCode::badArgument,
                "the loss 'attention' compares feature maps, and the network has none below the "
                "image's size");
  }
  return own;
}

}  // namespace

Result<std::shared_ptr<const Teacher>> openRecipeTeacher(const Recipe& recipe,
                                                         const std::string& device,
                                                         bool selfCheck) {
  Result<std::vector<ModelShare>> models = parseModels(recipe.teacher->models, "teacher.models");
  if (!models) return fail(models.error());
  const Result<std::vector<int>> strides = comparedStrides(recipe);
  if (!strides) return fail(strides.error());
  Result<std::shared_ptr<const Teacher>> teacher = openTeacher(
      {.models = std::move(*models),
       .averaged = recipe.teacher->meanOfLogits ? Averaged::logits : Averaged::probabilities,
       .input = recipe.input,
       .strides = *strides,
       .everyStride = !recipe.teacher->strides.empty(),
       .classes = recipe.classes,
       .device = device,
       .selfCheck = selfCheck,
       .note = [](const std::string& note) { std::cerr << "limbus: teacher: " << note << "\n"; }});
  if (!teacher) return fail(teacher.error().code, "teacher: " + teacher.error().message);
  return teacher;
}

}  // namespace limbus
