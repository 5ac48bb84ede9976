#include "native/data/files/alpha.h"

namespace limbus {

Image overBlack(const Image& source) {
  const int colours = source.channels - 1;
  Image out(source.width, source.height, colours);
  const std::uint8_t* in = source.pixels.data();
  for (std::size_t i = 0; i < out.pixels.size(); i += colours, in += colours + 1) {
    for (int c = 0; c < colours; ++c) {
      out.pixels[i + c] = static_cast<std::uint8_t>((in[c] * in[colours] + 127) / 255);
    }
  }
  return out;
}

}  // namespace limbus
