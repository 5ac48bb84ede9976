// The edge of a headset's lens lies at one place in the picture and in the mask.
#include <catch2/catch_test_macros.hpp>
#include <cmath>

#include "shared/eyes/camera.h"
#include "shared/eyes/lens.h"

namespace {

using namespace limbus::eyes;

// Rows of a column that the edge darkens, and that it hides.
struct Hidden {
  double dark = 0;
  int counted = 0;
};

Hidden hiddenAt(const Lens& lens, const Canvas& picture, int x) {
  Hidden hidden;
  for (int y = 0; y < picture.height; ++y) {
    hidden.dark += 1.0 - picture.row(y)[x];
    const float u = (2.0F * static_cast<float>(x) + 1.0F) / static_cast<float>(picture.width) - 1;
    const float v = (2.0F * static_cast<float>(y) + 1.0F) / static_cast<float>(picture.height) - 1;
    hidden.counted += lens.hides(u, v) ? 1 : 0;
  }
  return hidden;
}

}  // namespace

TEST_CASE("the lens' edge lies where the mask has it, also on a coarser sensor") {
  Lens lens;
  lens.edge.present = true;
  lens.edge.bottom = 0.15F;
  lens.edge.corner = 0.1F;
  lens.edge.soft = 0.03F;
  const int width = 640, height = 480;
  for (const int columns : {640, 320, 167, 163}) {
    View view;
    view.width = width;
    view.height = height;
    const View seen = view.resized(columns);
    Canvas canvas(seen.width, seen.height);
    for (float& pixel : canvas.pixels) pixel = 1;
    coverByLens(lens, static_cast<float>(height) * columns / width, canvas);
    const Canvas picture = resampled(canvas, width, height);
    for (const int x : {40, 200, 320, 500, 620}) {
      CAPTURE(columns, x);
      const Hidden hidden = hiddenAt(lens, picture, x);
      CHECK(hidden.counted > 60);
      CHECK(std::fabs(hidden.dark - hidden.counted) < 1);
    }
  }
}
