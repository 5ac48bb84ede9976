#include "shared/vision/preprocess.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "shared/elementary.h"
#include "shared/vision/clahe.h"
#include "shared/vision/pad_source.h"
#include "shared/vision/resample.h"
#include "shared/vision/simd.h"

namespace limbus {
namespace {

constexpr std::int64_t kMaxElements = std::int64_t{1} << 27;  // of the input tensor: 512 MiB

std::string sizeText(int width, int height) {
  return std::to_string(width) + "x" + std::to_string(height);
}

int roundUp(int size, int multiple) { return (size + multiple - 1) / multiple * multiple; }

// Size of the image after the resize rule.
std::array<int, 2> contentSize(int width, int height, const InputSpec& spec) {
  if (spec.resize == ResizeRule::none) return {width, height};
  if (spec.resize == ResizeRule::stretch) return {spec.width, spec.height};
  if (spec.resize == ResizeRule::shrink && width <= spec.width && height <= spec.height) {
    return {width, height};
  }
  const double scale =
      std::min(static_cast<double>(spec.width) / width, static_cast<double>(spec.height) / height);
  const auto fitted = [scale](int size, int limit) {
    return std::clamp(static_cast<int>(std::floor(size * scale + 0.5)), 1, limit);
  };
  return {fitted(width, spec.width), fitted(height, spec.height)};
}

// ITU-R BT.601 in 1/16384. The weights sum to one, so equal channels stay what they are.
template <class Value>
Value greyOf(Value red, Value green, Value blue) {
  return (4899 * red + 9617 * green + 1868 * blue + 8192) >> 14;
}

void toGrey(const std::uint8_t* from, std::size_t count, std::size_t step, std::uint8_t* to) {
  std::size_t i = 0;
  if (step == 4) {
    for (; i + simd::kLanes <= count; i += simd::kLanes) {
      const simd::Words pixels = simd::loadPixels(from + i * step);
      simd::storeBytes(to + i, greyOf(pixels & 255, (pixels >> 8) & 255, (pixels >> 16) & 255));
    }
  }
  for (; i < count; ++i) {
    const std::uint8_t* p = from + i * step;
    to[i] = static_cast<std::uint8_t>(greyOf<int>(p[0], p[1], p[2]));
  }
}

// The colour step: 1 or 3 channels as the network wants them.
Image convertColour(ImageView image, Colour colour) {
  const int channels = colour == Colour::grey ? 1 : 3;
  Image out(image.width, image.height, channels);
  const std::size_t count = static_cast<std::size_t>(image.width) * image.height;
  const std::uint8_t* from = image.pixels;
  std::uint8_t* to = out.pixels.data();
  const std::size_t step = static_cast<std::size_t>(image.channels);
  if (channels == image.channels) {
    std::memcpy(to, from, image.sizeBytes());
    if (colour != Colour::bgr) return out;
    for (std::size_t i = 0; i < count; ++i) std::swap(to[3 * i], to[3 * i + 2]);
  } else if (channels == 1) {
    toGrey(from, count, step, to);
  } else {
    const std::size_t red = colour == Colour::rgb || step == 1 ? 0 : 2;
    const std::size_t blue = step == 1 ? 0 : 2 - red;
    const std::size_t green = step == 1 ? 0 : 1;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint8_t* p = from + i * step;
      to[3 * i] = p[red];
      to[3 * i + 1] = p[green];
      to[3 * i + 2] = p[blue];
    }
  }
  return out;
}

void applyGamma(Image& image, double gamma) {
  const std::array<std::uint8_t, 256> table = gammaTable(gamma);
  for (std::uint8_t& v : image.pixels) v = table[v];
}

// value = (level - shift) * factor
struct LevelScale {
  float shift = 0;
  float factor = 1;
};

// One per channel of the network.
std::vector<LevelScale> normalisation(const Image& content, const InputSpec& spec) {
  const std::size_t channels = static_cast<std::size_t>(content.channels);
  std::vector<LevelScale> scales(static_cast<std::size_t>(spec.channels()));
  for (std::size_t c = 0; c < scales.size(); ++c) {
    double mean = 255.0 * (spec.mean.empty() ? 0.0 : spec.mean[c]);
    double deviation = 255.0 * (spec.std.empty() ? 1.0 : spec.std[c]);
    if (spec.normalise == Normalise::image) {
      std::array<std::int64_t, 256> histogram{};
      for (std::size_t i = c % channels; i < content.pixels.size(); i += channels) {
        ++histogram[content.pixels[i]];
      }
      std::int64_t sum = 0;
      std::int64_t squares = 0;
      for (std::int64_t v = 0; v < 256; ++v) {
        sum += v * histogram[v];
        squares += v * v * histogram[v];
      }
      const double count = static_cast<double>(content.pixels.size() / channels);
      mean = sum / count;
      const double variance = std::max(0.0, squares / count - mean * mean);
      deviation = std::max(squareRoot(variance), spec.minDeviation);
    }
    scales[c] = {static_cast<float>(mean), static_cast<float>(1.0 / deviation)};
  }
  return scales;
}

std::vector<int> padSources(int inputSize, int offset, int contentSize, PadFill fill) {
  std::vector<int> sources(static_cast<std::size_t>(inputSize));
  for (int i = 0; i < inputSize; ++i) sources[i] = padSource(i - offset, contentSize, fill);
  return sources;
}

void normaliseRow(const std::uint8_t* from, int count, int channels, LevelScale scale, float* to) {
  if (channels == 1) {
    for (int x = 0; x < count; ++x) to[x] = (from[x] - scale.shift) * scale.factor;
  } else {
    for (int x = 0; x < count; ++x) to[x] = (from[3 * x] - scale.shift) * scale.factor;
  }
}

// Pads and normalises in one pass: [1,C,H,W].
Tensor toTensor(const Image& content, const Placement& place, const InputSpec& spec) {
  const int channels = spec.channels();
  const std::vector<LevelScale> scales = normalisation(content, spec);
  const std::vector<int> columns =
      padSources(place.inputWidth, place.offsetX, content.width, spec.padFill);
  const std::vector<int> rows =
      padSources(place.inputHeight, place.offsetY, content.height, spec.padFill);
  Tensor tensor;
  tensor.shape = {1, channels, place.inputHeight, place.inputWidth};
  tensor.values.resize(static_cast<std::size_t>(elementCount(tensor.shape)));
  float* to = tensor.values.data();
  for (int c = 0; c < channels; ++c) {
    const float constant = (spec.padValue - scales[c].shift) * scales[c].factor;
    for (int y = 0; y < place.inputHeight; ++y, to += place.inputWidth) {
      if (rows[y] < 0) {
        std::fill(to, to + place.inputWidth, constant);
        continue;
      }
      float* inside = to + place.offsetX;
      normaliseRow(content.row(rows[y]) + c % content.channels, content.width, content.channels,
                   scales[c], inside);
      const auto pad = [&](int x) { to[x] = columns[x] < 0 ? constant : inside[columns[x]]; };
      for (int x = 0; x < place.offsetX; ++x) pad(x);
      for (int x = place.offsetX + content.width; x < place.inputWidth; ++x) pad(x);
    }
  }
  return tensor;
}

}  // namespace

std::array<std::uint8_t, 256> gammaTable(double gamma) {
  std::array<std::uint8_t, 256> table{};
  for (int v = 0; v < 256; ++v) {
    table[v] = static_cast<std::uint8_t>(std::min(255.0, 255.0 * power(v / 255.0, gamma)));
  }
  return table;
}

Result<Placement> placeImage(int width, int height, const InputSpec& spec) {
  if (const Result<void> valid = checkInputSpec(spec, "input"); !valid) return fail(valid.error());
  if (width < 1 || height < 1 || width > kMaxSide || height > kMaxSide) {
    return fail(ErrorCode::badData, "expected an image of 1 to " + std::to_string(kMaxSide) +
                                        " pixels a side, got " + sizeText(width, height));
  }
  const std::array<int, 2> content = contentSize(width, height, spec);
  Placement place;
  place.sourceWidth = width;
  place.sourceHeight = height;
  place.scaleX = static_cast<double>(content[0]) / width;
  place.scaleY = static_cast<double>(content[1]) / height;
  if (spec.pad == PadRule::multiple) {
    place.inputWidth = roundUp(content[0], spec.multiple);
    place.inputHeight = roundUp(content[1], spec.multiple);
  } else {
    if (content[0] > spec.width || content[1] > spec.height) {
      return fail(ErrorCode::badData, "an image of " + sizeText(width, height) +
                                          " does not fit into the input box of " +
                                          sizeText(spec.width, spec.height) +
                                          "; shrink it, or use the resize rule \"fit\"");
    }
    place.inputWidth = spec.width;
    place.inputHeight = spec.height;
  }
  if (std::int64_t{1} * place.inputWidth * place.inputHeight * spec.channels() > kMaxElements) {
    return fail(ErrorCode::badData, "an input of " + sizeText(place.inputWidth, place.inputHeight) +
                                        " is too large; expected at most " +
                                        std::to_string(kMaxElements) + " values");
  }
  if (spec.padPlace == PadPlace::centre) {
    place.offsetX = (place.inputWidth - content[0]) / 2;
    place.offsetY = (place.inputHeight - content[1]) / 2;
  }
  return place;
}

Result<Prepared> preprocess(ImageView image, const InputSpec& spec) {
  const Result<Placement> place = placeImage(image.width, image.height, spec);
  if (!place) return fail(place.error());
  if (image.channels != 1 && image.channels != 3 && image.channels != 4) {
    return fail(ErrorCode::badData,
                "expected an image of 1, 3 or 4 channels, got " + std::to_string(image.channels));
  }
  const std::array<int, 2> size = contentSize(image.width, image.height, spec);
  Image content = convertColour(image, spec.colour);
  if (size[0] != image.width || size[1] != image.height) {
    content = resample(content.view(), size[0], size[1], spec.interpolation);
  }
  if (spec.gamma != 1.0) applyGamma(content, spec.gamma);
  if (spec.clahe) applyClahe(content, *spec.clahe);
  return Prepared{toTensor(content, *place, spec), *place};
}

Result<Mask> preprocessMask(MaskView mask, const InputSpec& spec, std::uint8_t ignore) {
  const Result<Placement> place = placeImage(mask.width, mask.height, spec);
  if (!place) return fail(place.error());
  if (mask.channels != 1) {
    return fail(ErrorCode::badData,
                "expected a mask of 1 channel, got " + std::to_string(mask.channels));
  }
  const std::array<int, 2> size = contentSize(mask.width, mask.height, spec);
  Image resized;
  MaskView content = mask;
  if (size[0] != mask.width || size[1] != mask.height) {
    resized = resample(mask, size[0], size[1], Interpolation::nearest);
    content = resized.view();
  }
  Mask out(place->inputWidth, place->inputHeight, 1, ignore);
  for (int y = 0; y < content.height; ++y) {
    std::memcpy(out.row(y + place->offsetY) + place->offsetX, content.row(y),
                static_cast<std::size_t>(content.width));
  }
  return out;
}

}  // namespace limbus
