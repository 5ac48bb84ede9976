#include "native/infer/cut.h"

#include <cstring>

#include "shared/vision/pad_source.h"

namespace limbus {

Image cut(ImageView image, const Window& window, PadFill fill) {
  Image out(window.width, window.height, image.channels);
  const std::size_t channels = static_cast<std::size_t>(image.channels);
  for (int y = 0; y < window.height; ++y) {
    const int row = padSource(window.top + y, image.height, fill);
    if (row < 0) continue;
    for (int x = 0; x < window.width; ++x) {
      const int column = padSource(window.left + x, image.width, fill);
      if (column < 0) continue;
      std::memcpy(out.row(y) + x * channels, image.row(row) + column * channels, channels);
    }
  }
  return out;
}

}  // namespace limbus
