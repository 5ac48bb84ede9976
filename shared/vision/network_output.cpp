#include "shared/vision/network_output.h"

#include <algorithm>

#include "shared/elementary.h"

namespace limbus {
namespace {

// [h,w,C] -> [C,h,w].
void separate(const float* pixels, int channels, std::size_t count, float* planes) {
  for (int c = 0; c < channels; ++c) {
    for (std::size_t i = 0; i < count; ++i) *planes++ = pixels[i * channels + c];
  }
}

}  // namespace

Result<NetworkScores> scoresOf(const float* values, const Dims& shape, const OutputSpec& output,
                               std::size_t classes) {
  Dims dims = shape;
  const bool pixels = output.layout == Layout::nhwc;
  if (dims.size() == 2) dims.insert(pixels ? dims.end() : dims.begin(), 1);
  if (dims.size() != 3 || *std::min_element(dims.begin(), dims.end()) < 1 ||
      *std::max_element(dims.begin(), dims.end()) > (1 << 20)) {
    return fail(ErrorCode::badData, "the network answers " + describe(shape) +
                                        " per image; expected " +
                                        (pixels ? "[h,w,classes]" : "[classes,h,w]"));
  }
  if (pixels) std::rotate(dims.begin(), dims.begin() + 2, dims.end());
  const std::size_t expected = output.channels(classes);
  if (static_cast<std::size_t>(dims[0]) != expected) {
    return fail(ErrorCode::badData, "the manifest names " + std::to_string(classes) + " classes" +
                                        (output.threshold ? ", the first without a channel" : "") +
                                        ", the network gives " + std::to_string(dims[0]) +
                                        " channels; the manifest does not fit this file");
  }
  NetworkScores scores{static_cast<int>(dims[0]), static_cast<int>(dims[1]),
                       static_cast<int>(dims[2]), values};
  if (!pixels && !output.threshold) return scores;
  const std::size_t count = static_cast<std::size_t>(scores.height) * scores.width;
  const std::size_t first = output.threshold ? count : 0;
  scores.own.resize(first + count * scores.channels);
  if (output.threshold) {
    const double share = *output.threshold;
    const double level =
        output.kind == OutputKind::probabilities ? share : naturalLog(share / (1 - share));
    std::fill_n(scores.own.begin(), count, static_cast<float>(level));
  }
  if (pixels) {
    separate(values, scores.channels, count, scores.own.data() + first);
  } else {
    std::copy_n(values, count * scores.channels, scores.own.data() + first);
  }
  scores.channels = static_cast<int>(classes);
  return scores;
}

Tensor interleaved(const Tensor& planes) {
  const Dims& from = planes.shape;
  Tensor pixels{{from[0], from[2], from[3], from[1]}, {}};
  pixels.values.resize(planes.values.size());
  const std::size_t channels = static_cast<std::size_t>(from[1]);
  const std::size_t count = planes.values.size() / channels;
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t i = 0; i < count; ++i) {
      pixels.values[i * channels + c] = planes.values[c * count + i];
    }
  }
  return pixels;
}

}  // namespace limbus
