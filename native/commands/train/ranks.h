// `limbus train --ranks N`: starts the same command N times on this machine, as the ranks of one
// training (native/train/ranks/ranks.h), and waits for their end. What tells this process to stop
// is passed on; where one rank fails the others are ended.
#pragma once

#include "shared/result.h"

namespace limbus {

// The exit code: that of the first rank that failed, else what they agree in.
Result<int> runRanks(int count);

}  // namespace limbus
