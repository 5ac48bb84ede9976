#include "native/train/augment/device_input.h"

#include <algorithm>
#include <cmath>

#include "native/train/augment/device_pixels.h"
#include "shared/vision/pad_source.h"
#include "shared/vision/preprocess.h"
#include "shared/vision/resample.h"

namespace limbus {
namespace {

// [N,C,H,W] as the network wants its colours.
torch::Tensor coloured(const torch::Tensor& bytes, Colour colour) {
  if (colour == Colour::grey) {
    if (bytes.size(1) == 1) return bytes;
    const torch::Tensor levels = bytes.to(torch::kInt32);  // ITU-R BT.601, as preprocess() does
    const torch::Tensor sum =
        4899 * levels.select(1, 0) + 9617 * levels.select(1, 1) + 1868 * levels.select(1, 2) + 8192;
    return torch::bitwise_right_shift(sum, 14).to(torch::kUInt8).unsqueeze(1);
  }
  if (bytes.size(1) == 1) return bytes.expand({-1, 3, -1, -1});
  return colour == Colour::bgr ? bytes.flip({1}) : bytes;
}

}  // namespace

DeviceInput::Axis DeviceInput::axisOf(const InputSpec& input, int source, int content, int size,
                                      int offset, torch::Device device) {
  Axis axis{.offset = offset, .size = size};
  if (content != source) {
    const auto weights = [&](Interpolation interpolation) {
      return tensorOn(device, resampleWeights(source, content, interpolation), {content, source},
                      torch::kInt32);
    };
    axis.nearest = weights(Interpolation::nearest).argmax(1);
    if (input.interpolation != Interpolation::nearest) {
      axis.weights = weights(input.interpolation).to(torch::kFloat64);
    }
  }
  if (input.padFill != PadFill::constant && size != content) {
    std::vector<std::int64_t> from;
    for (int i = 0; i < size; ++i) from.push_back(padSource(i - offset, content, input.padFill));
    axis.padding = tensorOn(device, from, {size}, torch::kInt64);
  }
  return axis;
}

Result<DeviceInput> DeviceInput::make(const InputSpec& input, const ImageExtent& of,
                                      torch::Device device) {
  if (input.clahe) return fail(ErrorCode::unsupported, "the input wants CLAHE");
  if (input.planes > 0) return fail(ErrorCode::unsupported, "the input repeats its colours");
  const Result<Placement> place = placeImage(of.width, of.height, input);
  if (!place) return fail(place.error());
  DeviceInput made;
  made.spec_ = input;
  const int width = static_cast<int>(std::lround(place->scaleX * of.width));
  const int height = static_cast<int>(std::lround(place->scaleY * of.height));
  made.rows_ = axisOf(input, of.height, height, place->inputHeight, place->offsetY, device);
  made.columns_ = axisOf(input, of.width, width, place->inputWidth, place->offsetX, device);
  if (input.gamma != 1) {
    const std::array<std::uint8_t, 256> table = gammaTable(input.gamma);
    made.gamma_ = tensorOn(device, std::vector<std::uint8_t>(table.begin(), table.end()), {256},
                           torch::kUInt8);
  }
  if (input.normalise == Normalise::constants) {
    std::vector<float> shifts, factors;
    for (int c = 0; c < input.channels(); ++c) {
      const std::size_t channel = static_cast<std::size_t>(c);
      shifts.push_back(
          static_cast<float>(255.0 * (input.mean.empty() ? 0.0 : input.mean[channel])));
      factors.push_back(
          static_cast<float>(1.0 / (255.0 * (input.std.empty() ? 1.0 : input.std[channel]))));
    }
    made.shift_ = tensorOn(device, shifts, {input.channels(), 1, 1}, torch::kFloat32);
    made.factor_ = tensorOn(device, factors, {input.channels(), 1, 1}, torch::kFloat32);
  }
  return made;
}

torch::Tensor DeviceInput::padded(const torch::Tensor& content, PadFill fill, int value) const {
  const std::int64_t height = content.size(-2), width = content.size(-1);
  if (height == rows_.size && width == columns_.size) return content;
  if (fill == PadFill::constant) {
    std::vector<std::int64_t> shape = content.sizes().vec();
    shape[shape.size() - 2] = rows_.size;
    shape[shape.size() - 1] = columns_.size;
    torch::Tensor whole = torch::full(shape, value, content.options());
    whole.narrow(-2, rows_.offset, height).narrow(-1, columns_.offset, width).copy_(content);
    return whole;
  }
  torch::Tensor whole = content;
  if (rows_.padding.defined()) whole = whole.index_select(-2, rows_.padding);
  if (columns_.padding.defined()) whole = whole.index_select(-1, columns_.padding);
  return whole;
}

torch::Tensor DeviceInput::images(torch::Tensor bytes) const {
  bytes = coloured(bytes, spec_.colour);
  if (rows_.weights.defined() || columns_.weights.defined()) {
    // Whole numbers, which doubles hold exactly; an axis that keeps its size has weights of one.
    torch::Tensor sums = bytes.to(torch::kFloat64);
    sums = rows_.weights.defined() ? torch::matmul(rows_.weights, sums) : sums * 2048;
    sums = columns_.weights.defined() ? torch::matmul(sums, columns_.weights.t()) : sums * 2048;
    bytes = ((sums + (1 << 21)) / (1 << 22)).floor().clamp(0, 255).to(torch::kUInt8);
  } else {
    if (rows_.nearest.defined()) bytes = bytes.index_select(-2, rows_.nearest);
    if (columns_.nearest.defined()) bytes = bytes.index_select(-1, columns_.nearest);
  }
  if (gamma_.defined()) {
    const torch::Tensor levels = bytes.to(torch::kInt32).reshape({-1});
    bytes = gamma_.index_select(0, levels).view(bytes.sizes());
  }
  torch::Tensor shift = shift_, factor = factor_;
  if (!shift.defined()) {  // by each image and channel, in doubles as preprocess() does
    const torch::Tensor levels = bytes.to(torch::kInt32);
    const double count = static_cast<double>(bytes.size(2) * bytes.size(3));
    const auto sumOf = [](const torch::Tensor& values) {
      return values.sum({2, 3}, /*keepdim=*/true, torch::kInt64).to(torch::kFloat64);
    };
    const torch::Tensor mean = sumOf(levels) / count;
    const torch::Tensor variance = (sumOf(levels * levels) / count - mean * mean).clamp_min(0);
    shift = mean.to(torch::kFloat32);
    factor = (1.0 / variance.sqrt().clamp_min(spec_.minDeviation)).to(torch::kFloat32);
  }
  const torch::Tensor levels = padded(bytes, spec_.padFill, spec_.padValue).to(torch::kFloat32);
  return (levels - shift) * factor;
}

std::int64_t DeviceInput::values() const { return spec_.channels() * rows_.size * columns_.size; }

torch::Tensor DeviceInput::target(torch::Tensor maskBytes) const {
  if (rows_.nearest.defined()) maskBytes = maskBytes.index_select(-2, rows_.nearest);
  if (columns_.nearest.defined()) maskBytes = maskBytes.index_select(-1, columns_.nearest);
  return padded(maskBytes, PadFill::constant, kVoidLabel).to(torch::kInt64);
}

}  // namespace limbus
