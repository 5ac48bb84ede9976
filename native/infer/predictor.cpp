#include "native/infer/predictor.h"

#include "shared/vision/upsample_argmax.h"

namespace limbus {

Result<Mask> maskOf(const Field& field) {
  const int classes = static_cast<int>(field.logits.shape[0]),
            height = static_cast<int>(field.logits.shape[1]),
            width = static_cast<int>(field.logits.shape[2]);
  const float* logits = field.logits.values.data();
  if (field.output.kind != OutputKind::argmax) {
    return upsampleArgmax(logits, classes, height, width, field.output, field.placement);
  }
  // Such a file ends in argmax at the input's size; ties go to the lower class.
  const std::size_t pixels = static_cast<std::size_t>(height) * width;
  std::vector<std::uint8_t> best(pixels, 0);
  for (std::size_t i = 0; i < pixels; ++i) {
    for (int c = 1; c < classes; ++c) {
      if (logits[c * pixels + i] > logits[best[i] * pixels + i]) {
        best[i] = static_cast<std::uint8_t>(c);
      }
    }
  }
  return placeMask(best.data(), height, width, field.placement);
}

}  // namespace limbus
