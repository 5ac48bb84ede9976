// What a recipe's network costs.
#pragma once

#include <cstdint>

#include "native/train/recipe/recipe.h"
#include "shared/result.h"

namespace limbus {

struct RecipeCost {
  std::int64_t parameters = 0;    // learned
  std::int64_t multiplyAdds = 0;  // for one image of the input's size
};

Result<RecipeCost> costOf(const Recipe& recipe);

}  // namespace limbus
