// The probabilities behind a mask: softmax over the logits as the tail blends them. Scores that are
// probabilities already are made to sum to 1; beside a threshold that stands for class 0 their odds
// count, as its do.
//
// The most probable class of a pixel, the lower one where two are equal, is the class that
// upsampleArgmax gives it: both blend by the same operations, and where rounding would make a
// probability equal to the winner's, the winner's is raised by one unit in the last place. Logits
// that are not finite take no share; a winner that is not takes all.
#pragma once

#include <vector>

#include "shared/manifest.h"
#include "shared/result.h"
#include "shared/vision/preprocess.h"

namespace limbus {

// Rows of the source image, so that the whole need never lie in memory.
struct RowRange {
  int first = 0;
  int count = 0;
};

// logits: [C,h,w] floats, of which scoresOf (network_output.h) makes every kind of answer. Returns
// [C, rows.count, sourceWidth], each in [0,1], of sum 1 by pixel.
Result<std::vector<float>> probabilities(const float* logits, int channels, int height, int width,
                                         const OutputSpec& output, const Placement& placement,
                                         RowRange rows);

// The logits that softmax makes these of, blended alike and of any size; of probabilities their
// logarithm, beside a threshold that of their odds.
Result<std::vector<float>> blendedLogits(const float* logits, int channels, int height, int width,
                                         const OutputSpec& output, const Placement& placement,
                                         RowRange rows);

}  // namespace limbus
