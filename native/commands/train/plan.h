// limbus train --dry-run: what a training would be, told before it begins.
#pragma once

#include "native/train/train.h"
#include "shared/result.h"

namespace limbus {

// Prints it and writes nothing.
Result<void> printPlan(const TrainRequest& request, bool json);

}  // namespace limbus
