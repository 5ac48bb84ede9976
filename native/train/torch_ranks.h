// LibTorch's c10d, where it comes with Gloo and Gloo's headers are there; LIMBUS_WITH_RANKS says
// so.
#pragma once

#if defined(USE_C10D_GLOO) && __has_include(<gloo/algorithm.h>) && \
    __has_include(<torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>)
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#define LIMBUS_WITH_RANKS
#endif
