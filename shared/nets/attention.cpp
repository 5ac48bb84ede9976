#include "shared/nets/attention.h"

#include <algorithm>

namespace limbus {

void describeAttention(OptionVisitor& v, Attention& attention) {
  v.choice("attention", attention,
           {{Attention::none, "none"}, {Attention::se, "se"}, {Attention::scse, "scse"}},
           "gates in the decoder: se: of channels; scse: of channels and of pixels, summed");
}

ValueId channelGate(Builder& b, ValueId x, const std::string& name, std::int64_t reduction) {
  const std::int64_t in = b.channels(x), inner = std::max<std::int64_t>(1, in / reduction);
  ValueId gate = b.globalAvgPool(x, name + ".0");
  gate = b.relu(b.conv(gate, name + ".1", {.out = inner, .bias = true}), name + ".2");
  return b.sigmoid(b.conv(gate, name + ".3", {.out = in, .bias = true}), name + ".4");
}

ValueId attend(Builder& b, ValueId x, const std::string& name, Attention attention) {
  if (attention == Attention::none) return x;
  const auto scope = b.scope(name + ".attention");
  constexpr std::int64_t kReduction = 16;
  const ValueId byChannel = b.mul(x, channelGate(b, x, "cSE", kReduction), "byChannel");
  if (attention == Attention::se) return byChannel;
  const ValueId pixels = b.sigmoid(b.conv(x, "sSE.0", {.out = 1, .bias = true}), "sSE.1");
  return b.add(byChannel, b.mul(x, pixels, "byPixel"), "sum");
}

}  // namespace limbus
