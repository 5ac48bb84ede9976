// Parts of a region that touch, as cells do: a watershed of the distances from its border.
//
// Flooded from the deepest pixel outwards; every local maximum begins a basin, and where two basins
// meet, the pass between them decides whether they are two things or one (Vincent and Soille,
// "Watersheds in digital spaces", 1991, with a rule of scale in place of markers).
//
// Ours because cv::watershed wants markers and three channels, and leaves a line of pixels between
// basins to none of them; and so that the page measures the parts that the trainer does.
#pragma once

#include <vector>

#include "shared/image.h"
#include "shared/vision/components.h"

namespace limbus {

// A component's parts, in the order of their first pixels. One where nothing is narrow enough.
struct Parts {
  static constexpr int kNoPart = -1;

  std::vector<Component> components;             // in the mask's coordinates
  int left = 0, top = 0, width = 0, height = 0;  // the window that holds the whole component
  std::vector<int> of;                           // [height,width], index of a part

  // Of a pixel of the mask; kNoPart outside the component.
  int at(int x, int y) const;
};

// `neck` in (0,1]: two basins are two parts where the pass between them is less deep than this
// share of the shallower one's middle, so at 0.5 where a disc is joined by less than half of its
// width. The image's rim is no border: what it cuts is as deep there as further inside. A basin
// smaller than `minAreaPx` is part of its neighbour.
Parts partsOf(MaskView mask, const Component& component, double neck, int minAreaPx);

}  // namespace limbus
