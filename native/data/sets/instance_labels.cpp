#include "native/data/sets/instance_labels.h"

#include <array>

namespace limbus {
namespace {

constexpr int kBlue = 2;

std::string placeText(std::size_t pixel, int width) {
  return "(" + std::to_string(pixel % static_cast<std::size_t>(width)) + ", " +
         std::to_string(pixel / static_cast<std::size_t>(width)) + ")";
}

}  // namespace

Result<Mask> labelsOfInstances(const Image& stored, const std::map<int, int>& labels) {
  if (stored.channels != 3) {
    return fail(ErrorCode::badData,
                "expected an RGB mask, got " + std::to_string(stored.channels) + " channel(s)");
  }
  const std::size_t pixels = stored.pixels.size() / 3;
  const auto blue = [&](std::size_t pixel) { return stored.pixels[pixel * 3 + kBlue]; };
  std::array<bool, 256> there{};
  for (std::size_t pixel = 0; pixel < pixels; ++pixel) there[blue(pixel)] = true;
  std::array<int, 256> labelOf{};
  labelOf[0] = kVoidLabel;
  int object = 0;
  for (int value = 1; value < 256; ++value) {
    if (!there[static_cast<std::size_t>(value)]) continue;
    const auto found = labels.find(++object);
    labelOf[static_cast<std::size_t>(value)] = found == labels.end() ? -1 : found->second;
  }
  Mask mask(stored.width, stored.height, 1);
  for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
    const int label = labelOf[blue(pixel)];
    if (label < 0) {
      return fail(ErrorCode::badData, "an object that its list of objects does not have, of blue " +
                                          std::to_string(blue(pixel)) + ", first at " +
                                          placeText(pixel, stored.width));
    }
    mask.pixels[pixel] = static_cast<std::uint8_t>(label);
  }
  return mask;
}

}  // namespace limbus
