// limbus recipe --explain: what a recipe may say, and what one says.
#include <catch2/matchers/catch_matchers_string.hpp>

#include "command_line.h"
#include "native/system/files.h"
#include "native_catch.h"

using Catch::Matchers::ContainsSubstring;

namespace {

const char* const kExplainedRecipe = R"({
  "name": "eyes", "net": {"name": "dabnet", "width": 6},
  "input": {"width": 64, "height": 48, "normalise": {"by": "constants", "mean": [0.4], "std": [0.2]}},
  "classes": [{"name": "background"}, {"name": "pupil", "role": "pupil"}],
  "data": {"dataset": "rendered", "count": 12},
  "augment": ["flipHorizontal", {"name": "gamma", "exponent": [0.5, 2]}, "gamma"],
  "loss": {"name": "dice+focal/10", "gamma": 3}, "epochs": 3})";

// A recipe on disk, and what is said of keys of it or of recipes as such.
struct Explained {
  ScratchFolder scratch;
  std::string file = (scratch / "eyes.json").string();

  Explained() { REQUIRE(limbus::writeBytes(file, kExplainedRecipe, false)); }
  std::string all() const { return limbusSays({"recipe", file, "--explain"}).out; }
  std::string here(const std::string& key) const {
    return limbusSays({"recipe", file, "--explain", key}).out;
  }
  static Said anywhere(const std::string& key) { return limbusSays({"recipe", "--explain", key}); }
};

}  // namespace

TEST_CASE("cli: --explain says every value of a recipe, those in lists too") {
  const std::string all = Explained().all();
  for (const char* line : {"net.width = 6  ", "classes.pupil.role = \"pupil\"  ",
                           "augment.flipHorizontal.p = ", "augment.1.exponent = [0.5,2]  ",
                           "augment.2.exponent = ", "loss.focal.gamma = 3  "}) {
    CHECK_THAT(all, ContainsSubstring(line));
  }
}

TEST_CASE("cli: --explain knows the paths that config.json and --set use, and rows") {
  const Explained recipe;
  CHECK_THAT(recipe.here("loss.focal.gamma"), ContainsSubstring("in this recipe: 3\n"));
  CHECK_THAT(recipe.here("augment.1.exponent"), ContainsSubstring("in this recipe: [0.5,2]\n"));
  CHECK_THAT(recipe.here("optimizer.sgd"), ContainsSubstring("in this recipe: none\n"));
  CHECK_THAT(recipe.here("net.dabnet"), ContainsSubstring("\"width\":6"));
  for (const char* key : {"loss.dice.smooth", "loss.focal", "net.dabnet", "optimizer.sgd",
                          "augment.brightnessContrast", "augment.gamma.p"}) {
    const Said said = Explained::anywhere(key);
    INFO(key << "\n" << said.err);
    REQUIRE(said.exitCode == 0);
    CHECK(said.out.rfind(std::string(key) + ": ", 0) == 0);
  }
}

TEST_CASE("cli: --explain tells of every row that owns a key") {
  const std::string shift = Explained::anywhere("augment.shift").out;
  for (const char* row : {"shiftScaleRotate", "perspective", "rgbShift"}) {
    CHECK_THAT(shift, ContainsSubstring(std::string("augment.shift (of ") + row));
  }
  const Said wrong = Explained::anywhere("loss.dice.smoot");
  CHECK(wrong.exitCode == 2);
  CHECK(wrong.errLines() == 1);
  CHECK_THAT(wrong.err, ContainsSubstring("no key 'loss.dice.smoot'; did you mean "
                                          "'loss.dice.smooth'?"));
}

TEST_CASE("cli: an unknown kind to list is told with the nearest") {
  const Said said = limbusSays({"list", "loss"});
  CHECK(said.exitCode != 0);
  CHECK(said.errLines() == 1);
  CHECK_THAT(said.err, ContainsSubstring("unknown kind 'loss'; known: nets, encoders, losses, "));
  CHECK_THAT(said.err, ContainsSubstring("did you mean 'losses'?"));
}
