// The four classes that data sets of eyes have, brought to the classes of a recipe.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "native/data/label_map.h"
#include "shared/manifest.h"
#include "shared/result.h"

namespace limbus {

const std::vector<ClassSpec>& eyeClasses();  // background, sclera, iris, pupil

// What each of the four becomes: the class of this role, else of this name, else `others` (a class,
// or "void"; empty: an error). Where no class has a role or name of theirs and no others are said,
// they are the first four in this order.
using EyeLabels = std::array<std::uint8_t, 4>;
Result<EyeLabels> eyeLabels(const std::vector<ClassSpec>& classes, const std::string& others);

// Of masks that hold them by number. Without `others` a number is the class in its place.
Result<LabelMap> eyeLabelMap(const std::vector<ClassSpec>& classes, const std::string& others);

}  // namespace limbus
