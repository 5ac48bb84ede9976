#include "shared/vision/decided.h"

#include <limits>

#include "shared/vision/simd.h"

namespace limbus {
namespace {

// Two blends of three operations each, rounded at most 10 times by half a unit in the last place of
// the largest logit, for leader and follower alike: 20 * 2^-24, taken three times over.
constexpr float kLeadShare = 1.0F / (1 << 18);
constexpr float kTooLarge = 1e30F;

float largestMagnitude(const float* values, std::size_t count) {
  simd::Floats largest = simd::splat(0.0F);
  const simd::Floats zero = simd::splat(0.0F);
  std::size_t i = 0;
  for (; i + simd::kLanes <= count; i += simd::kLanes) {
    const simd::Floats value = simd::load(values + i);
    const simd::Floats magnitude = simd::select(simd::greater(zero, value), zero - value, value);
    largest = simd::select(simd::greater(magnitude, largest), magnitude, largest);
  }
  float all = 0;
  for (int lane = 0; lane < simd::kLanes; ++lane) all = largest[lane] > all ? largest[lane] : all;
  for (; i < count; ++i) {
    const float magnitude = values[i] < 0 ? -values[i] : values[i];
    if (magnitude > all) all = magnitude;
  }
  return all;
}

// The strongest class of four positions, or kUndecided.
simd::Words decide4(const float* logits, int channels, std::size_t stride, simd::Floats lead) {
  simd::Floats best = simd::load(logits);
  simd::Floats second = simd::splat(-std::numeric_limits<float>::infinity());
  simd::Words label = simd::splat(0);
  for (int c = 1; c < channels; ++c) {
    const simd::Floats value = simd::load(logits + stride * c);
    const simd::Words better = simd::greater(value, best);
    const simd::Floats loser = simd::select(better, best, value);
    second = simd::select(simd::greater(loser, second), loser, second);
    best = simd::select(better, value, best);
    label = simd::select(better, simd::splat(c), label);
  }
  const simd::Words clear = simd::greater(best - second, lead);
  return simd::select(clear, label, simd::splat(std::int32_t{kUndecided}));
}

}  // namespace

std::vector<std::uint8_t> decidedClasses(const float* logits, int channels, std::size_t positions) {
  std::vector<std::uint8_t> classes(positions, kUndecided);
  const float largest = largestMagnitude(logits, positions * static_cast<std::size_t>(channels));
  if (!(largest < kTooLarge)) return classes;
  const simd::Floats lead = simd::splat(largest * kLeadShare + std::numeric_limits<float>::min());
  std::size_t i = 0;
  for (; i + simd::kLanes <= positions; i += simd::kLanes) {
    simd::storeBytes(classes.data() + i, decide4(logits + i, channels, positions, lead));
  }
  return classes;  // the last three at most stay undecided
}

}  // namespace limbus
