// The mean of trained weights: runs that go on from one another lie in one valley of the loss, and
// their mean is often better on unknown data than any of them (Wortsman et al., "Model soups", ICML
// 2022).
#pragma once

#include <string>

#include "shared/result.h"
#include "shared/tensor.h"

namespace limbus {

// weights = (1 - share) * weights + share * other, share in (0,1). Both need the same names and
// shapes; `name` stands for the other ones in errors.
Result<void> averageIn(const Weights& other, double share, const std::string& name,
                       Weights& weights);

}  // namespace limbus
