#include "native/infer/modes.h"
#include "native/infer/modes/parts.h"
#include "native/infer/resized.h"

namespace limbus {
namespace {

struct ResizedOptions {
  int width = 0, height = 0;
  double scale = 1;
  Interpolation interpolation = Interpolation::linear;

  void describe(OptionVisitor& v) {
    v.whole("width", width, {0, kPartSides.high}, {"that the model sees; 0: by scale", "px"});
    v.whole("height", height, {0, kPartSides.high}, {"that the model sees; 0: by scale", "px"});
    v.require((width > 0) == (height > 0), "width", "goes with a height, and a height with it");
    v.number("scale", scale, {0.01, 100}, "of both sides, where no size is given");
    v.choice("interpolation", interpolation,
             {{Interpolation::nearest, "nearest"},
              {Interpolation::linear, "linear"},
              {Interpolation::area, "area"},
              {Interpolation::cubic, "cubic"}},
             "of the image; area for much smaller ones");
  }
};

SharedPredictor wrapResize(SharedPredictor inner, Averaged, const ResizedOptions& options) {
  return resized(std::move(inner), {options.width, options.height, options.scale},
                 options.interpolation);
}

}  // namespace

ModeRow resizeRow() {
  return {"resize", "the whole at another size, the answer back at the image's own",
          ResizedOptions{}, typed<wrapResize>};
}

}  // namespace limbus
