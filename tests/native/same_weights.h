// Weights that are the same to the last bit.
#pragma once

#include "native_catch.h"
#include "shared/tensor.h"

inline void requireSame(const limbus::Weights& a, const limbus::Weights& b) {
  REQUIRE(a.size() == b.size());
  for (const auto& [name, tensor] : a) {
    INFO(name);
    CHECK(tensor.shape == b.at(name).shape);
    CHECK(tensor.values == b.at(name).values);
  }
}
