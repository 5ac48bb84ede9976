// Where encoders and decoders meet: the values at each scale of the image, finest first.
//
//   Features features = unetEncoder(b, 64);               // any encoder
//   ValueId x = unetDecoder(b, features);                 // any decoder: it reads what it is given
#pragma once

#include <cstdint>
#include <vector>

#include "shared/graph/builder.h"

namespace limbus {

struct Scale {
  ValueId value = -1;  // [N,channels,H/stride,W/stride], rounded up where it does not divide
  std::int64_t channels = 0;
  int stride = 1;  // image pixels per value; grows from scale to scale
};

using Features = std::vector<Scale>;

// U-Net: doubled convs at 1, 1/2, ... 1/16 with `width` channels at full size, doubled per scale.
Features unetEncoder(Builder& b, int width);

// Up through all scales, coarsest first, joining each finer one; ends at the finest with its
// channels.
ValueId unetDecoder(Builder& b, const Features& features);

}  // namespace limbus
