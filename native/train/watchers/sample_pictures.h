// What watchers show of a network: the same validation images after each epoch.
#pragma once

#include <vector>

#include "native/train/watch.h"
#include "shared/image.h"

namespace limbus {

struct SamplePictures {
  Image image;              // RGB, its own range of values from black to white
  Image truth, prediction;  // in the colours of their classes, void in grey
};

// At most `most` of the samples, at the network's input size.
std::vector<SamplePictures> samplePictures(const EpochFacts& facts,
                                           const std::vector<ClassSpec>& classes, int most);

}  // namespace limbus
