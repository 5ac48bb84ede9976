// Logits that settle the class of their surroundings, so that the tail need not blend there.
//
// Bilinear weights are at least 0 and sum to one: where one class leads at all corners, it leads
// everywhere between them. Rounding may shift a blend by less than kLeadShare of the largest logit,
// so a lead beyond that makes the tail's answer the same, bit for bit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace limbus {

constexpr std::uint8_t kUndecided = 255;

// Of logits [C][positions], C at most 255: for each position the class that leads clearly, or
// kUndecided. Logits that are not finite, or too large to subtract, decide nothing around them.
std::vector<std::uint8_t> decidedClasses(const float* logits, int channels, std::size_t positions);

}  // namespace limbus
