// What the command line draws of a recipe: its rate, its augmentations.
#include <catch2/matchers/catch_matchers_string.hpp>

#include "command_line.h"
#include "native/data/files/image_files.h"
#include "native/system/files.h"
#include "native_catch.h"
#include "own_images.h"

using Catch::Matchers::ContainsSubstring;
using namespace limbus;

TEST_CASE("cli: the rate of a run is drawn, and nothing is overwritten") {
  const OwnImages own(0);
  const std::string out = (own.scratch / "lr.svg").string();
  const auto plot = [&](std::vector<std::string> more) {
    std::vector<std::string> words = {"plot-schedule", own.recipe, "--out", out};
    words.insert(words.end(), more.begin(), more.end());
    return limbusSays(words);
  };
  const auto drawn = plot({"--set", "schedule={\"name\":\"linear\",\"lr\":0.5,\"lrEnd\":0.1}",
                           "--set", "epochs=4", "--steps-per-epoch", "10"});
  REQUIRE(drawn.exitCode == 0);
  CHECK_THAT(drawn.out, ContainsSubstring("from 0.5, at most 0.5, at least 0.11, last 0.11"));
  const std::string svg = readBytes(out).value();
  CHECK_THAT(svg, ContainsSubstring("own: linear, 4 epochs"));
  CHECK_THAT(svg, ContainsSubstring("</svg>"));
  REQUIRE(plot({"--set", R"(name="a \"b\" <c>")", "--force"}).exitCode == 0);
  CHECK_THAT(readBytes(out).value(),
             ContainsSubstring(R"(aria-label="a &quot;b&quot; &lt;c&gt;: )"));
  REQUIRE(writeBytes(out, svg, false));
  CHECK(plot({}).exitCode != 0);
  CHECK(readBytes(out).value() == svg);
  CHECK(plot({"--force"}).exitCode == 0);
}

TEST_CASE("cli: what augmentations make of images is drawn") {
  const OwnImages own(6);
  const std::string sheet = (own.scratch / "sheet.png").string();
  const auto draw = [&](std::vector<std::string> more) {
    std::vector<std::string> words = {"augment",   own.recipe, "--data",   own.data,
                                      "--preview", sheet,      "--images", "2"};
    words.insert(words.end(), more.begin(), more.end());
    return limbusSays(words);
  };
  const Said drawn = draw({"--variants", "3"});
  INFO(drawn.err);
  REQUIRE(drawn.exitCode == 0);
  CHECK_THAT(drawn.out, ContainsSubstring("2 images, a row each: as it is and 3 times augmented"));
  const Image picture = readImage(sheet).value();
  CHECK(picture.width * picture.height >= 8 * 2 * 64 * 64);
  CHECK(draw({}).exitCode != 0);  // nothing is overwritten
  CHECK(draw({"--force"}).exitCode == 0);
}
