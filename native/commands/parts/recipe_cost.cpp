#include "native/commands/parts/recipe_cost.h"

#include "shared/ops/summary.h"

namespace limbus {

Result<RecipeCost> costOf(const Recipe& recipe) {
  const Result<Graph> graph = buildNet(recipe.net, recipe.ports());
  if (!graph) return fail(graph.error());
  const Result<std::int64_t> multiplyAdds = countMultiplyAdds(
      *graph, {1, recipe.input.channels(), recipe.input.height, recipe.input.width});
  if (!multiplyAdds) return fail(multiplyAdds.error());
  return RecipeCost{countParameters(*graph), *multiplyAdds};
}

}  // namespace limbus
