// A recipe for tests that change it.
#pragma once

#include "shared/options/json.h"
#include "shared/options/rows.h"

inline constexpr const char* kGivenRecipe = R"({
  "name": "eyes", "licence": "MIT",
  "net": {"name": "dabnet", "width": 6},
  "input": {"width": 64, "height": 48, "normalise": {"by": "constants", "mean": [0.4], "std": [0.2]}},
  "classes": [{"name": "background"}, {"name": "pupil", "role": "pupil"}],
  "data": {"dataset": "rendered", "count": 12},
  "augment": [{"name": "flipHorizontal", "p": 0.25}],
  "loss": {"name": "dice+focal/10", "gamma": 2},
  "schedule": {"name": "poly", "lr": 0.02},
  "epochs": 3, "batch": 2, "seed": 7
})";

template <class Row>
limbus::Json optionsOf(const limbus::Chosen<Row>& choice) {
  return limbus::writeOptions(choice.options);
}
