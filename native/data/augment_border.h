// What augmentations that move pixels put where they come from outside of the image.
#pragma once

#include <opencv2/core.hpp>

#include "shared/image.h"
#include "shared/options/options.h"

namespace limbus {

struct Border {
  enum class Kind { mirror, edge, black, fill };

  Kind kind = Kind::mirror;
  int grey = 0;  // of `fill`

  void describe(OptionVisitor& v) {
    v.choice("border", kind,
             {{Kind::mirror, "mirror"},
              {Kind::edge, "edge"},
              {Kind::black, "black"},
              {Kind::fill, "fill"}},
             "what comes from outside: mirrored, the outermost pixels, or black or fill and void");
    v.whole("fill", grey, {0, 255}, {"of border fill", "grey levels"});
  }

  // For OpenCV: the mode, and the value of an image or, where nothing is known, of a mask.
  int mode() const {
    return kind == Kind::mirror ? cv::BORDER_REFLECT_101
           : kind == Kind::edge ? cv::BORDER_REPLICATE
                                : cv::BORDER_CONSTANT;
  }
  cv::Scalar ofImage() const { return cv::Scalar::all(kind == Kind::fill ? grey : 0); }
  static cv::Scalar ofMask() { return cv::Scalar::all(kVoidLabel); }
};

}  // namespace limbus
