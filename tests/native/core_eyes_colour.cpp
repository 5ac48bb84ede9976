// Colour cameras: three planes of one scene.
#include <cmath>

#include "result_text.h"
#include "shared/eyes/eyes.h"

using namespace limbus;

TEST_CASE("red and blue show what green shows") {
  // Lit skin, eyes and lamps are warm or cold, never far greener or less green than both others;
  // what stands in one plane alone would be.
  for (std::uint32_t index = 0; index < 60; ++index) {
    CAPTURE(index);
    const Result<Render> render = renderEye("webcam", 5, index, 320, 240);
    REQUIRE(render);
    REQUIRE(render->image.channels == 3);
    int odd = 0;
    for (std::size_t i = 0; i < render->image.pixels.size(); i += 3) {
      const std::uint8_t* rgb = &render->image.pixels[i];
      odd += std::abs(rgb[1] - 0.5 * (rgb[0] + rgb[2])) > 90 ? 1 : 0;
    }
    CHECK(odd <= 20);
  }
}
