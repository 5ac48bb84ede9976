// The tables of a report, as markup.
#pragma once

#include <string>

#include "native/report/report.h"

namespace limbus {

std::string classTable(const Report& report);

// Rows are the truth, columns the prediction, each cell its share of the row. Of more classes than
// a screen holds only the largest confusions are listed.
std::string confusionTable(const Report& report);

// The worst first, at most kListedImages.
constexpr std::size_t kListedImages = 5000;
std::string imageTable(const Report& report);

}  // namespace limbus
