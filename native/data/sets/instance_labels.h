// Masks whose blue plane tells objects apart, as ADE20K's release of 2017 has them.
#pragma once

#include <map>

#include "shared/image.h"
#include "shared/result.h"

namespace limbus {

// `stored`: RGB. Blue 0 is void; its other values, in ascending order, are the objects 1, 2, ...
// (as the authors' loadAde20K.m counts them), each of which `labels` gives its class or kVoidLabel.
// An object that has none is an error that says where it is first.
Result<Mask> labelsOfInstances(const Image& stored, const std::map<int, int>& labels);

}  // namespace limbus
