// What augmentations that move pixels put where they come from outside of the image.
#pragma once

#include "shared/options/options.h"

namespace limbus {

struct Border {
  enum class Kind { mirror, edge, black, fill };

  Kind kind = Kind::mirror;  // the edge pixel is not repeated
  int grey = 0;              // of `fill`

  void describe(OptionVisitor& v) {
    v.choice("border", kind,
             {{Kind::mirror, "mirror"},
              {Kind::edge, "edge"},
              {Kind::black, "black"},
              {Kind::fill, "fill"}},
             "what comes from outside: mirrored, the outermost pixels, or black or fill and void");
    v.whole("fill", grey, {0, 255}, {"of border fill", "grey levels"});
  }

  // A level in the image, void in the mask; or pixels of the image itself.
  bool isConstant() const { return kind == Kind::black || kind == Kind::fill; }
  int level() const { return kind == Kind::fill ? grey : 0; }
};

}  // namespace limbus
