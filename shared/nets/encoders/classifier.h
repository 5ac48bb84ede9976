// What an encoder's network for whole images ends in. No decoder reads it: it is an option that is
// off, for parameter counts as they are published and for files that hold it.
#pragma once

#include <string>

#include "shared/graph/builder.h"
#include "shared/options/options.h"

namespace limbus {

inline void describeClassifier(OptionVisitor& v, bool& classifier) {
  v.flag("classifier", classifier, "builds the unused last layer, which published counts include");
}

// Of the linear layers in torchvision's VGGs and MobileNets.
inline constexpr Initialisation kLinearStart{
    .weight = Init::normal, .value = 0.01, .bias = Init::zeros};

// ImageNet's thousand classes from the mean of each channel.
inline void classifyImages(Builder& b, ValueId x, const std::string& name,
                           const Initialisation& how = {}) {
  constexpr std::int64_t kClasses = 1000;
  const auto start = b.initialised(how);
  b.conv(b.globalAvgPool(x, name + ".pool"), name, {.out = kClasses, .bias = true});
}

}  // namespace limbus
