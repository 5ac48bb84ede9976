// Signate's AI Edge contest, entry 22 of 402 ("crop"): a grid from the image's corner, nothing
// overlaps, the last tiles are filled.
#include "native/infer/cut.h"
#include "native/infer/modes.h"
#include "native/infer/modes/parts.h"

namespace limbus {
namespace {

struct TileOptions {
  int width = 0, height = 0;
  PadFill fill = PadFill::reflect;

  void describe(OptionVisitor& v) {
    v.whole("width", width, kPartSides, required({"of a tile", "px"}));
    v.whole("height", height, kPartSides, required({"of a tile", "px"}));
    v.choice("fill", fill, fillNames(), "what tiles hold beyond the image");
  }
};

class Tiles : public Predictor {
 public:
  Tiles(SharedPredictor inner, Averaged averaged, TileOptions options)
      : inner_(std::move(inner)), averaged_(averaged), options_(options) {}

  Result<Field> predict(ImageView image) const override {
    Planes whole{0, image.width, image.height};
    for (int top = 0; top < image.height; top += options_.height) {
      for (int left = 0; left < image.width; left += options_.width) {
        const Window window{left, top, options_.width, options_.height};
        const Image tile = cut(image, window, options_.fill);
        const Result<Planes> part = planesBy(*inner_, tile.view(), averaged_);
        if (!part) return fail(part.error());
        paste(*part, window, whole);
      }
    }
    return fieldOf(std::move(whole), averaged_);
  }

 private:
  static void paste(const Planes& part, const Window& at, Planes& whole) {
    whole.classes = part.classes;
    whole.values.resize(whole.pixels() * static_cast<std::size_t>(whole.classes));
    const int width = std::min(at.width, whole.width - at.left);
    const int height = std::min(at.height, whole.height - at.top);
    for (int c = 0; c < part.classes; ++c) {
      for (int y = 0; y < height; ++y) {
        const auto from = part.values.begin() + c * part.pixels() + y * part.width;
        std::copy(from, from + width,
                  whole.values.begin() + c * whole.pixels() + (at.top + y) * whole.width + at.left);
      }
    }
  }

  SharedPredictor inner_;
  Averaged averaged_;
  TileOptions options_;
};

SharedPredictor wrapTiles(SharedPredictor inner, Averaged averaged, const TileOptions& options) {
  return std::make_shared<Tiles>(std::move(inner), averaged, options);
}

}  // namespace

ModeRow tilesRow() {
  return {"tiles", "tile by tile, side by side from the left upper corner", TileOptions{},
          typed<wrapTiles>};
}

}  // namespace limbus
