// Encoders that stop halving: from the stage that would pass the output stride on, windows are
// dilated instead of strided (Yu and Koltun, "Multi-Scale Context Aggregation by Dilated
// Convolutions", ICLR 2016).
#pragma once

#include "shared/nets/encoders.h"

namespace limbus {

inline void describeOutputStride(OptionVisitor& v, int& outputStride) {
  v.whole("outputStride", outputStride, {0, 32},
          "8, 16 or 32: image pixels per value at the end, by dilation; 0: as the network wants");
  v.require(outputStride == 0 || outputStride == 8 || outputStride == 16 || outputStride == 32,
            "outputStride", "expected 0, 8, 16 or 32");
}

inline int strideOf(int outputStride, const EncoderWish& wish) {
  return outputStride == 0 ? wish.outputStride : outputStride;
}

// What is left to halve, stage by stage.
class Strides {
 public:
  Strides(int outputStride, int reached) : outputStride_(outputStride), nominal_(reached) {}

  struct Step {
    int stride, dilation;
    int reached;  // image pixels per value behind it
  };
  Step next(int stride) {
    nominal_ *= stride;
    if (nominal_ <= outputStride_) return {stride, 1, nominal_};
    return {1, nominal_ / outputStride_, outputStride_};
  }

 private:
  int outputStride_, nominal_;
};

}  // namespace limbus
