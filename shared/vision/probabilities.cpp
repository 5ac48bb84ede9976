#include "shared/vision/probabilities.h"

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>

#include "shared/elementary.h"
#include "shared/vision/logit_axis.h"
#include "shared/vision/upsample_argmax.h"

namespace limbus {
namespace {

constexpr double kNothing = -700.0;  // e to this is nothing beside 1

// One row of one class, blended as upsampleArgmax does: along the row first.
void blendRow(const float* top, const float* bottom, const LogitAxis& columns, float share,
              float* out) {
  for (std::size_t x = 0; x < columns.low.size(); ++x) {
    const int low = columns.low[x];
    const int high = columns.high[x];
    const float a = top[low] + (top[high] - top[low]) * columns.share[x];
    const float b = bottom[low] + (bottom[high] - bottom[low]) * columns.share[x];
    out[x] = a + (b - a) * share;
  }
}

// What softmax takes: a logit, or the logarithm of a probability or of its odds.
double logitOf(float value, const OutputSpec& output) {
  if (output.kind != OutputKind::probabilities || !std::isfinite(value)) return value;
  constexpr double kLeast = 1e-12;
  const double share = value > kLeast ? value : kLeast;
  const double rest = !output.threshold ? 1.0 : 1 - share > kLeast ? 1 - share : kLeast;
  return naturalLog(share / rest);
}

// Scores of one pixel, `stride` apart, become probabilities. `weights`: one per channel.
void softmax(float* values, std::size_t stride, const OutputSpec& output,
             std::vector<double>& weights) {
  const std::size_t channels = weights.size();
  std::size_t winner = 0;
  for (std::size_t c = 1; c < channels; ++c) {
    if (values[c * stride] > values[winner * stride]) winner = c;
  }
  const double best = logitOf(values[winner * stride], output);
  double sum = 0;
  for (std::size_t c = 0; c < channels; ++c) {
    const double below = logitOf(values[c * stride], output) - best;  // NaN: one is not finite
    weights[c] = c == winner ? 1.0 : below > kNothing ? exponential(below) : 0.0;
    sum += weights[c];
  }
  for (std::size_t c = 0; c < channels; ++c) {
    values[c * stride] = static_cast<float>(weights[c] / sum);
  }
  float& most = values[winner * stride];
  for (std::size_t c = 0; c < winner; ++c) {
    if (values[c * stride] >= most) most = std::nextafter(values[c * stride], 2.0F);
  }
}

// Scores at the size of the source, as the tail blends them: [C,rows.count,sourceWidth]. What
// `finish` makes of a row, whose channels lie `plane` apart, stays.
template <class Finish>
Result<std::vector<float>> blended(const float* logits, int channels, int height, int width,
                                   const OutputSpec& output, const Placement& place, RowRange rows,
                                   const Finish& finish) {
  if (const Result<void> valid = checkTail(channels, height, width, place); !valid) {
    return fail(valid.error());
  }
  if (rows.first < 0 || rows.count < 0 || rows.first > place.sourceHeight - rows.count) {
    return fail(ErrorCode::badArgument,
                "expected rows inside 0 to " + std::to_string(place.sourceHeight) + ", got " +
                    std::to_string(rows.count) + " from row " + std::to_string(rows.first));
  }
  const auto [columns, lines] = makeLogitGrid(place, height, width, output.alignCorners);
  const std::size_t sourceWidth = static_cast<std::size_t>(place.sourceWidth);
  const std::size_t plane = static_cast<std::size_t>(rows.count) * sourceWidth;
  std::vector<float> values(plane * static_cast<std::size_t>(channels));
  for (int i = 0; i < rows.count; ++i) {
    const int y = rows.first + i;
    float* row = values.data() + static_cast<std::size_t>(i) * sourceWidth;
    for (int c = 0; c < channels; ++c) {
      const float* from = logits + static_cast<std::size_t>(c) * height * width;
      const float* top = from + static_cast<std::size_t>(lines.low[y]) * width;
      const float* bottom = from + static_cast<std::size_t>(lines.high[y]) * width;
      blendRow(top, bottom, columns, lines.share[y], row + plane * static_cast<std::size_t>(c));
    }
    finish(row, plane);
  }
  return values;
}

}  // namespace

Result<std::vector<float>> probabilities(const float* logits, int channels, int height, int width,
                                         const OutputSpec& output, const Placement& place,
                                         RowRange rows) {
  std::vector<double> weights(static_cast<std::size_t>(channels > 0 ? channels : 0));
  return blended(logits, channels, height, width, output, place, rows,
                 [&](float* row, std::size_t plane) {
                   for (int x = 0; x < place.sourceWidth; ++x) {
                     softmax(row + x, plane, output, weights);
                   }
                 });
}

Result<std::vector<float>> blendedLogits(const float* logits, int channels, int height, int width,
                                         const OutputSpec& output, const Placement& place,
                                         RowRange rows) {
  return blended(logits, channels, height, width, output, place, rows,
                 [&](float* row, std::size_t plane) {
                   if (output.kind != OutputKind::probabilities) return;
                   for (int c = 0; c < channels; ++c, row += plane) {
                     for (int x = 0; x < place.sourceWidth; ++x) {
                       row[x] = static_cast<float>(logitOf(row[x], output));
                     }
                   }
                 });
}

}  // namespace limbus
