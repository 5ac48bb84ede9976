// Networks small enough to be run, written and trained many times over.
#pragma once

#include "shared/graph/builder.h"
#include "shared/nets/nets.h"
#include "shared/options/description.h"

namespace limbus::samples {

// The narrowest that the row's options allow, over a small encoder where it takes any.
inline std::string narrowest(const NetRow& row) {
  Json options = Json::object();
  for (const OptionDescription& option : describeOptions(row.options)) {
    if (option.key == "width" || option.key == "decoderWidth") {
      options[option.key] = plainNumber(option.limits.low);
    }
    if (option.key == "widths") options["widths"] = {8, 8, 8, 8};
    if (option.key == "encoder") options["encoder"] = {{"name", "resnet18"}, {"width", 8}};
  }
  return options.dump();
}

// Two convs with a batch norm between them.
inline Graph normed() {
  Builder b("normed", 1);
  const ValueId x = b.conv(b.input(), "stem", {.out = 4, .kernel = 3, .padding = 1});
  return b.finish(b.conv(b.batchNorm(x, "norm"), "classifier", {.out = 2}));
}

}  // namespace limbus::samples
