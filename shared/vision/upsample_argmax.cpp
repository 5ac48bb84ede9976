#include "shared/vision/upsample_argmax.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "shared/vision/simd.h"

namespace limbus {
namespace {

// Where each source pixel along one axis falls between two logits.
struct Axis {
  std::vector<int> low;
  std::vector<int> high;
  std::vector<float> share;  // of the higher one
};

struct Side {
  int sourceSize;
  int inputSize;
  double scale;
  int offset;
};

Axis makeAxis(const Side& side, int size, bool alignCorners) {
  const std::size_t count = static_cast<std::size_t>(side.sourceSize);
  Axis axis{std::vector<int>(count), std::vector<int>(count), std::vector<float>(count)};
  const double cornerRatio =
      side.inputSize > 1 ? static_cast<double>(size - 1) / (side.inputSize - 1) : 0.0;
  const double ratio = static_cast<double>(size) / side.inputSize;
  for (int i = 0; i < side.sourceSize; ++i) {
    const double input = (i + 0.5) * side.scale - 0.5 + side.offset;
    const double wanted = alignCorners ? input * cornerRatio : (input + 0.5) * ratio - 0.5;
    const double position = std::clamp(wanted, 0.0, static_cast<double>(size - 1));
    axis.low[i] = static_cast<int>(position);
    axis.high[i] = std::min(axis.low[i] + 1, size - 1);
    axis.share[i] = static_cast<float>(position - axis.low[i]);
  }
  return axis;
}

// Two logit rows at full width, [C][width] each, so that neighbouring output rows share the work.
class ExpandedRows {
 public:
  ExpandedRows(const float* logits, int channels, int height, int width, const Axis& columns)
      : logits_(logits),
        channels_(channels),
        planeSize_(static_cast<std::size_t>(height) * width),
        width_(width),
        columns_(columns),
        stride_((columns.low.size() + 15) / 16 * 16) {
    for (std::vector<float>& row : rows_) row.resize(stride_ * channels);
  }

  std::size_t stride() const { return stride_; }  // from class to class

  const float* row(int y) {
    const int slot = y & 1;
    if (held_[slot] != y) expand(y, rows_[slot].data());
    held_[slot] = y;
    return rows_[slot].data();
  }

 private:
  void expand(int y, float* to) const {
    const std::size_t count = columns_.low.size();
    const float* from = logits_ + static_cast<std::size_t>(y) * width_;
    for (int c = 0; c < channels_; ++c, from += planeSize_, to += stride_) {
      for (std::size_t x = 0; x < count; ++x) {
        const float low = from[columns_.low[x]];
        to[x] = low + (from[columns_.high[x]] - low) * columns_.share[x];
      }
    }
  }

  const float* logits_;
  int channels_;
  std::size_t planeSize_;
  int width_;
  const Axis& columns_;
  std::size_t stride_;
  std::vector<float> rows_[2];
  int held_[2] = {-1, -1};
};

// Blends two expanded rows and writes the strongest class of 16 pixels.
void argmax16(const float* top, const float* bottom, std::size_t stride, int channels, float share,
              std::uint8_t* out) {
  const simd::Floats weight = simd::splat(share);
  simd::Floats best[4];
  simd::Words label[4];
  for (int part = 0; part < 4; ++part) {
    const simd::Floats a = simd::load(top + part * simd::kLanes);
    const simd::Floats b = simd::load(bottom + part * simd::kLanes);
    best[part] = a + (b - a) * weight;
    label[part] = simd::splat(0);
  }
  for (int c = 1; c < channels; ++c) {
    top += stride;
    bottom += stride;
    const simd::Words current = simd::splat(c);
    for (int part = 0; part < 4; ++part) {
      const simd::Floats a = simd::load(top + part * simd::kLanes);
      const simd::Floats b = simd::load(bottom + part * simd::kLanes);
      const simd::Floats value = a + (b - a) * weight;
      const simd::Words better = simd::greater(value, best[part]);
      best[part] = simd::select(better, value, best[part]);
      label[part] = simd::select(better, current, label[part]);
    }
  }
  for (int part = 0; part < 4; ++part) {
    simd::storeBytes(out + part * simd::kLanes, label[part]);
  }
}

Result<void> checkTail(int channels, int height, int width, const Placement& place) {
  if (channels < 1 || channels > 255) {
    return fail(ErrorCode::badData,
                "expected logits of 1 to 255 classes, got " + std::to_string(channels));
  }
  if (height < 1 || width < 1) {
    return fail(ErrorCode::badData, "the network's output is empty: " + std::to_string(width) +
                                        "x" + std::to_string(height));
  }
  if (place.sourceWidth < 1 || place.sourceHeight < 1 || place.inputWidth < 1 ||
      place.inputHeight < 1 || !(place.scaleX > 0) || !(place.scaleY > 0)) {
    return fail(ErrorCode::badArgument,
                "the placement is empty; take the one that preprocess returned");
  }
  return {};
}

}  // namespace

Result<Mask> upsampleArgmax(const float* logits, int channels, int height, int width,
                            const OutputSpec& output, const Placement& place) {
  if (const Result<void> valid = checkTail(channels, height, width, place); !valid) {
    return fail(valid.error());
  }
  const Axis columns = makeAxis({place.sourceWidth, place.inputWidth, place.scaleX, place.offsetX},
                                width, output.alignCorners);
  const Axis rows = makeAxis({place.sourceHeight, place.inputHeight, place.scaleY, place.offsetY},
                             height, output.alignCorners);
  ExpandedRows expanded(logits, channels, height, width, columns);
  Mask mask(place.sourceWidth, place.sourceHeight, 1);
  const int wholeWidth = place.sourceWidth / 16 * 16;
  std::uint8_t rest[16];
  for (int y = 0; y < place.sourceHeight; ++y) {
    const float* top = expanded.row(rows.low[y]);
    const float* bottom = expanded.row(rows.high[y]);
    std::uint8_t* out = mask.row(y);
    for (int x = 0; x < wholeWidth; x += 16) {
      argmax16(top + x, bottom + x, expanded.stride(), channels, rows.share[y], out + x);
    }
    if (wholeWidth == place.sourceWidth) continue;
    argmax16(top + wholeWidth, bottom + wholeWidth, expanded.stride(), channels, rows.share[y],
             rest);
    std::copy(rest, rest + place.sourceWidth - wholeWidth, out + wholeWidth);
  }
  return mask;
}

Result<Mask> placeMask(const std::uint8_t* classes, int height, int width, const Placement& place) {
  if (const Result<void> valid = checkTail(1, height, width, place); !valid) {
    return fail(valid.error());
  }
  const auto nearest = [](int i, double scale, int offset, int inputSize, int size) {
    const double input = (i + 0.5) * scale + offset;  // of the pixel's centre, from the edge
    const double position = std::floor(input * size / inputSize);
    return static_cast<int>(std::clamp(position, 0.0, static_cast<double>(size - 1)));
  };
  std::vector<int> columns(static_cast<std::size_t>(place.sourceWidth));
  for (int x = 0; x < place.sourceWidth; ++x) {
    columns[x] = nearest(x, place.scaleX, place.offsetX, place.inputWidth, width);
  }
  Mask mask(place.sourceWidth, place.sourceHeight, 1);
  for (int y = 0; y < place.sourceHeight; ++y) {
    const int row = nearest(y, place.scaleY, place.offsetY, place.inputHeight, height);
    const std::uint8_t* from = classes + static_cast<std::size_t>(row) * width;
    std::uint8_t* to = mask.row(y);
    for (int x = 0; x < place.sourceWidth; ++x) to[x] = from[columns[x]];
  }
  return mask;
}

}  // namespace limbus
