// The card that tests of CUDA run on.
#pragma once

#include <catch2/catch_test_macros.hpp>

#include "native/train/device.h"

inline torch::Device cuda() {
  if (!torch::cuda::is_available()) SKIP("no CUDA device");
  return *limbus::chooseDevice("cuda");
}
