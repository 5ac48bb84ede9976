// How well the borders of classes are met: boundary F1 and Hausdorff distances, image by image.
//
//   std::vector<BoundaryScores> scores = *boundaryScores(truth, prediction, 4, 2.0);
#pragma once

#include <optional>
#include <vector>

#include "shared/image.h"
#include "shared/result.h"

namespace limbus {

// The border of a class: its pixels beside one of another class (four neighbours; the image's edge
// and void are none). Absent: truth, prediction or both have no border of the class.
struct BoundaryScores {
  // Csurka et al., "What is a good evaluation measure for semantic segmentation?", 2013: precision
  // is the share of the predicted border within the tolerance of the true one, recall the other way
  // round, [0,1]; 0 where only one of the two has a border.
  std::optional<double> precision, recall, f1;
  // The largest distance from a pixel of either border to the other one, in px; and the larger of
  // both ways' 95th percentiles (nearest rank).
  std::optional<double> hausdorffPx, hausdorff95Px;
};

// One entry per class. Masks of equal size with labels below `classes`; what is void in the truth
// is void in the prediction.
Result<std::vector<BoundaryScores>> boundaryScores(MaskView truth, MaskView prediction, int classes,
                                                   double tolerancePx);

}  // namespace limbus
