// The reliability diagram: accuracy over confidence, beside the line where both are equal.
#pragma once

#include <string>

#include "native/report/calibration.h"

namespace limbus {

// An SVG that takes its colours from the page around it.
std::string reliabilityDiagram(const Calibration& calibration);

}  // namespace limbus
