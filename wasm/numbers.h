// Measurements as numbers in a row, in the layout that exports.h gives.
#pragma once

#include <optional>
#include <vector>

#include "shared/eyes/eyes.h"
#include "shared/metrics/metrics.h"
#include "shared/vision/regions.h"

namespace limbus {

std::vector<double> numbersOf(const Analysis& analysis);
std::vector<double> numbersOf(const Render& render);
std::vector<double> numbersOf(const std::optional<Ellipse>& ellipse);
std::vector<double> numbersOf(const ConfusionMatrix& counts);
std::vector<double> numbersOf(const Scores& scores);

}  // namespace limbus
