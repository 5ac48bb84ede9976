#include "shared/vision/upsample_argmax.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "shared/vision/decided.h"
#include "shared/vision/logit_axis.h"
#include "shared/vision/simd.h"

namespace limbus {
namespace {

constexpr int kGroup = 8;  // pixels of a row that are decided or blended together

// Two logit rows at full width, [C][width] each, expanded group by group as they are asked for, so
// that neighbouring output rows share the work.
class ExpandedRows {
 public:
  ExpandedRows(const float* logits, int channels, int height, int width, const LogitAxis& columns)
      : logits_(logits),
        channels_(channels),
        planeSize_(static_cast<std::size_t>(height) * width),
        width_(width),
        columns_(columns),
        groups_((columns.low.size() + kGroup - 1) / kGroup) {
    for (Row& row : rows_) row.values.resize(stride() * channels);
  }

  std::size_t stride() const { return groups_ * kGroup; }  // from class to class

  // Class 0 of the group's first pixel.
  const float* group(int y, std::size_t group) {
    Row& row = rows_[y & 1];
    if (row.y != y) row.filled.assign(groups_, false);
    row.y = y;
    if (!row.filled[group]) expand(y, group * kGroup, row.values.data());
    row.filled[group] = true;
    return row.values.data() + group * kGroup;
  }

 private:
  struct Row {
    int y = -1;
    std::vector<float> values;
    std::vector<std::uint8_t> filled;  // by group
  };

  void expand(int y, std::size_t begin, float* to) const {
    const std::size_t end = std::min(begin + kGroup, columns_.low.size());
    const float* from = logits_ + static_cast<std::size_t>(y) * width_;
    for (int c = 0; c < channels_; ++c, from += planeSize_, to += stride()) {
      for (std::size_t x = begin; x < end; ++x) {
        const float low = from[columns_.low[x]];
        to[x] = low + (from[columns_.high[x]] - low) * columns_.share[x];
      }
    }
  }

  const float* logits_;
  int channels_;
  std::size_t planeSize_;
  int width_;
  const LogitAxis& columns_;
  std::size_t groups_;
  Row rows_[2];
};

// Blends two expanded rows and writes the strongest class of a group's pixels.
void argmaxGroup(const float* top, const float* bottom, std::size_t stride, int channels,
                 float share, std::uint8_t* out) {
  constexpr int kParts = kGroup / simd::kLanes;
  const simd::Floats weight = simd::splat(share);
  simd::Floats best[kParts];
  simd::Words label[kParts];
  for (int part = 0; part < kParts; ++part) {
    const simd::Floats a = simd::load(top + part * simd::kLanes);
    const simd::Floats b = simd::load(bottom + part * simd::kLanes);
    best[part] = a + (b - a) * weight;
    label[part] = simd::splat(0);
  }
  for (int c = 1; c < channels; ++c) {
    top += stride;
    bottom += stride;
    const simd::Words current = simd::splat(c);
    for (int part = 0; part < kParts; ++part) {
      const simd::Floats a = simd::load(top + part * simd::kLanes);
      const simd::Floats b = simd::load(bottom + part * simd::kLanes);
      const simd::Floats value = a + (b - a) * weight;
      const simd::Words better = simd::greater(value, best[part]);
      best[part] = simd::select(better, value, best[part]);
      label[part] = simd::select(better, current, label[part]);
    }
  }
  for (int part = 0; part < kParts; ++part) {
    simd::storeBytes(out + part * simd::kLanes, label[part]);
  }
}

// What each group of pixels between two logit rows becomes: its class, or kUndecided.
std::vector<std::uint8_t> decideGroups(const std::uint8_t* top, const std::uint8_t* bottom,
                                       const LogitAxis& columns) {
  const std::size_t count = columns.low.size();
  std::vector<std::uint8_t> groups((count + kGroup - 1) / kGroup);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const std::size_t last = std::min((g + 1) * kGroup, count) - 1;
    const std::uint8_t label = top[columns.low[g * kGroup]];
    bool agree = true;
    for (int x = columns.low[g * kGroup]; x <= columns.high[last]; ++x) {
      agree &= top[x] == label && bottom[x] == label;
    }
    groups[g] = agree ? label : kUndecided;
  }
  return groups;
}

}  // namespace

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

Result<Mask> upsampleArgmax(const float* logits, int channels, int height, int width,
                            const OutputSpec& output, const Placement& place) {
  if (const Result<void> valid = checkTail(channels, height, width, place); !valid) {
    return fail(valid.error());
  }
  const auto [columns, rows] = makeLogitGrid(place, height, width, output.alignCorners);
  const std::vector<std::uint8_t> decided =
      decidedClasses(logits, channels, static_cast<std::size_t>(height) * width);
  const auto decidedRow = [&](int y) {
    return decided.data() + static_cast<std::size_t>(y) * width;
  };
  ExpandedRows expanded(logits, channels, height, width, columns);
  std::vector<std::uint8_t> groups;  // of the logit rows around the current row
  Mask mask(place.sourceWidth, place.sourceHeight, 1);
  std::vector<std::uint8_t> padded(expanded.stride());
  for (int y = 0; y < place.sourceHeight; ++y) {
    const int low = rows.low[y];
    const int high = rows.high[y];
    if (y == 0 || low != rows.low[y - 1] || high != rows.high[y - 1]) {
      groups = decideGroups(decidedRow(low), decidedRow(high), columns);
    }
    std::uint8_t* out = padded.data();
    for (std::size_t g = 0; g < groups.size(); ++g, out += kGroup) {
      if (groups[g] != kUndecided) {
        std::memset(out, groups[g], kGroup);
      } else {
        argmaxGroup(expanded.group(low, g), expanded.group(high, g), expanded.stride(), channels,
                    rows.share[y], out);
      }
    }
    std::copy_n(padded.data(), place.sourceWidth, mask.row(y));
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
