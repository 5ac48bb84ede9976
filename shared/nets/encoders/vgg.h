// VGG's layers as torchvision numbers them, for networks that change them on the way.
#pragma once

#include <string>

#include "shared/graph/builder.h"

namespace limbus {

inline constexpr Initialisation kVggStart{.weight = Init::kaimingNormalFanOut, .bias = Init::zeros};

// Of the stages 0 to 4, at full size and a half to a sixteenth: width, 2, 4, 8, 8 times of it.
std::int64_t vggChannels(int width, int stage);

// "<name>.0" is the first conv, "<name>.1" its ReLU (with norms: its norm), and so on.
class VggLayers {
 public:
  VggLayers(Builder& b, std::string name, bool norm) : b_(b), name_(std::move(name)), norm_(norm) {}

  // 3x3 [, norm], ReLU. `padding` < 0: what keeps the size.
  ValueId conv(ValueId x, std::int64_t out, int padding = -1, int dilation = 1);
  std::string next();  // of a pool

 private:
  Builder& b_;
  std::string name_;
  bool norm_;
  int index_ = 0;
};

}  // namespace limbus
