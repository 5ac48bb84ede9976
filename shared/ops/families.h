// The rows of ops/ops.h by family; ops.cpp puts them into one table.
#pragma once

#include <vector>

#include "shared/ops/ops.h"

namespace limbus {

std::vector<OpRow> convolutionRows();  // conv, deconv
std::vector<OpRow> normalisingRows();  // batchNorm, groupNorm
std::vector<OpRow> pointwiseRows();    // activations, dropout
std::vector<OpRow> poolingRows();
std::vector<OpRow> combiningRows();  // concat, add, mul
std::vector<OpRow> sizingRows();     // resize, crop, pad

}  // namespace limbus
