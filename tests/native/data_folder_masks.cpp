// The generic folder: what it takes masks to mean.
#include "data_trees.h"
#include "scratch_folder.h"

using namespace limbus;
namespace fs = std::filesystem;

TEST_CASE("folder: masks of colours, by the classes' colours, also in palettes") {
  const ScratchFolder scratch;
  for (const char* name : {"images", "masks"}) fs::create_directory(scratch / name);
  const auto write = [&](const std::string& name, std::vector<std::uint8_t> pixels) {
    Image mask(2, 1, 3);
    mask.pixels = std::move(pixels);
    REQUIRE(writePng(scratch / ("images/" + name), Image(2, 1, 1, 9).view()));
    REQUIRE(writePng(scratch / ("masks/" + name), mask.view()));
  };
  write("a.png", {20, 40, 0, 10, 20, 0});
  write("b.png", {0, 0, 0, 20, 40, 0});
  const auto dataset = openDataset("folder", {scratch.path(), "train", classes(3), "{}"});
  REQUIRE(dataset);
  REQUIRE((*dataset)->get(0, 0)->mask.pixels == std::vector<std::uint8_t>{2, 1});
  REQUIRE((*dataset)->get(1, 0)->mask.pixels == std::vector<std::uint8_t>{0, 2});
  const auto hollow =
      openDataset("folder", {scratch.path(), "train", classes(3), R"({"voidColour": "#000000"})"});
  REQUIRE(hollow);
  REQUIRE((*hollow)->get(1, 0)->mask.pixels == std::vector<std::uint8_t>{kVoidLabel, 2});
  REQUIRE(contains(
      refusal("folder", {scratch.path(), "train", classes(3), R"({"voidColour": "black"})"})
          .message,
      "data.voidColour: expected a colour like \"#ff8800\", got \"black\""));
  REQUIRE(contains(
      refusal("folder", {scratch.path(), "train", classes(3), R"({"labels": "numbers"})"}).message,
      "2 masks have labels that are not classes"));

  write("c.png", {0, 0, 0, 20, 40, 1});
  REQUIRE(
      contains(refusal("folder", {scratch.path(), "train", classes(3), "{}"}).message,
               "1 mask has labels that are not classes: " + (scratch / "masks/c.png").string() +
                   ": colour #142801 in 1 of 2 pixels, first at (1, 0) (expected #000000 c0, "
                   "#0a1400 c1, #142800 c2); say what they mean with classes[].colour, "
                   "data.voidColour or data.void, or, where they number objects, data.labels="));
}

TEST_CASE("folder: numbers of objects are one class, whose parts are kept apart") {
  const ScratchFolder scratch;
  writePixels(scratch / "images/a.png", 6, 1, Pixels(6, 9));
  writePixels(scratch / "masks/a.png", 6, 1, {0, 1, 1, 2, 2, 255});
  const auto set =
      opened("folder", {scratch.path(), "test", classes(2), R"({"labels": "instances"})"});
  REQUIRE(sampleOf(*set, 0).mask.pixels == Pixels{0, 1, 1, 0, 1, 0});
  REQUIRE(contains(refusal("folder", {scratch.path(), "test", classes(2), "{}"}).message,
                   "data.labels=instances"));
}

TEST_CASE("folder: masks of 0 and 255 are two classes, unless 255 is void beside others") {
  const ScratchFolder scratch;
  writePair(scratch / "images/a.png", scratch / "masks/a.png", {0, 255});
  writePair(scratch / "images/b.png", scratch / "masks/b.png", {0, 0});
  const auto set = opened("folder", {scratch.path(), "test", classes(2), "{}"});
  REQUIRE(histogram(*set) == std::map<int, int>{{0, 3}, {1, 1}});
  const auto numbers =
      opened("folder", {scratch.path(), "test", classes(2), R"({"labels": "numbers"})"});
  REQUIRE(histogram(*numbers) == std::map<int, int>{{0, 3}, {255, 1}});
  writePixels(scratch / "masks/b.png", 2, 1, {1, 255});
  const auto mixed = opened("folder", {scratch.path(), "test", classes(2), "{}"});
  REQUIRE(histogram(*mixed) == std::map<int, int>{{0, 1}, {1, 1}, {255, 2}});
  const auto binary =
      opened("folder", {scratch.path(), "test", classes(2), R"({"labels": "binary"})"});
  REQUIRE(histogram(*binary) == std::map<int, int>{{0, 2}, {1, 2}});
}

TEST_CASE("folder: masks of pure colours are no masks of 0 and 255") {
  const ScratchFolder scratch;
  writePair(scratch / "images/a.png", scratch / "masks/a.png", {0, 0, 0, 255, 0, 0});
  const auto found = opened("folder", {scratch.path(), "test", {}, "{}"});
  REQUIRE(found->classes().size() == 2);
  REQUIRE(found->classes()[1].name == "#ff0000");
  REQUIRE(histogram(*found) == Counts{{0, 1}, {1, 1}});
  const std::vector<ClassSpec> red = {{"rest", {0, 0, 0}, ""}, {"lane", {255, 0, 0}, ""}};
  const auto set = opened("folder", {scratch.path(), "test", red, "{}"});
  REQUIRE(histogram(*set) == Counts{{0, 1}, {1, 1}});
  REQUIRE(contains(refusal("folder", {scratch.path(), "test", classes(2), "{}"}).message,
                   "colour #ff0000 in 1 of 2 pixels"));
  writePixels(scratch / "masks/a.png", 2, 1, {0, 0, 0, 255, 255, 255});  // grey all the same
  const auto grey = opened("folder", {scratch.path(), "test", classes(2), "{}"});
  REQUIRE(histogram(*grey) == Counts{{0, 1}, {1, 1}});
}

TEST_CASE("folder: a rare class is found in few of many masks, and in another part") {
  const ScratchFolder scratch;
  for (int i = 0; i < 60; ++i) {
    const std::string name = std::to_string(100 + i) + ".png";
    const Pixels labels = i == 31 ? Pixels{0, 255} : Pixels{0, 0};
    writePair(scratch / "images" / name, scratch / "masks" / name, labels);
  }
  const auto set = opened("folder", {scratch.path(), "train", classes(2), "{}"});
  REQUIRE(histogram(*set) == std::map<int, int>{{0, 119}, {1, 1}});
  writePixels(scratch / "masks/131.png", 2, 1, {1, 255});
  writePixels(scratch / "masks/100.png", 2, 1, {0, 255});
  const auto numbers = opened("folder", {scratch.path(), "train", classes(2), "{}"});
  REQUIRE(histogram(*numbers) == std::map<int, int>{{0, 117}, {1, 1}, {255, 2}});
  for (const char* part : {"images", "masks"}) {
    fs::rename(scratch / part, scratch / "kept");
    fs::create_directories(scratch / "train");
    fs::rename(scratch / "kept", scratch / "train" / part);
  }
  writePair(scratch / "val/images/a.png", scratch / "val/masks/a.png", {0, 255});
  const auto other = opened("folder", {scratch.path(), "validation", classes(2), "{}"});
  REQUIRE(histogram(*other) == std::map<int, int>{{0, 1}, {255, 1}});
}

TEST_CASE("folder: classes of a JSON file are the recipe's by name") {
  const ScratchFolder scratch;
  writePair(scratch / "images/a.png", scratch / "masks/a.png", {7, 9});
  writePair(scratch / "images/b.png", scratch / "masks/b.png", {1, 2, 3, 255, 0, 0});
  writeText(scratch / "classes.json",
            R"({"classes": [{"name": "c1", "id": 7, "color": [255, 0, 0]},
                            {"name": "tree", "id": 9, "colour": "#010203"}, "void"]})");
  const auto found = opened("folder", {scratch.path(), "train", {}, "{}"});
  REQUIRE(found->classes().size() == 2);
  REQUIRE(found->classes()[1].name == "tree");
  REQUIRE(histogram(*found) == std::map<int, int>{{0, 2}, {1, 2}});
  REQUIRE(contains(refusal("folder", {scratch.path(), "train", classes(2), "{}"}).message,
                   "unknown class 'c0'; known: c1, tree"));
  const auto set = opened("folder", {scratch.path(), "train", classes(2), R"({"others": "c0"})"});
  REQUIRE(sampleOf(*set, 0).mask.pixels == Pixels{1, 0});
  const std::vector<ClassSpec> one = {{"c1", {}, ""}};
  REQUIRE(contains(refusal("folder", {scratch.path(), "train", one, "{}"}).message,
                   "leaves out 1 classes of the data set (tree); say with data.others"));
  const auto rest = opened("folder", {scratch.path(), "train", one, R"({"others": "void"})"});
  REQUIRE(sampleOf(*rest, 1).mask.pixels == Pixels{255, 0});
  for (const auto& [text, problem] :
       {std::pair(R"([{"name": "a", "id": 300}, "b"])", "an id is a number from 0 to 255"),
        std::pair(R"([{"name": "a", "color": [1, 2]}, "b"])", "a colour is [r,g,b]"),
        std::pair(R"(["a", "a"])", "class 'a' is there twice"),
        std::pair(R"([{"name": "a"}, {"name": "b", "id": 0}])", "id 0 is that of two classes"),
        std::pair(R"({"names": 3})", "expected a list of classes"),
        std::pair(R"([3, "b"])", "class 0: expected a name")}) {
    writeText(scratch / "classes.json", text);
    CAPTURE(text);
    REQUIRE(contains(refusal("folder", {scratch.path(), "train", {}, "{}"}).message, problem));
  }
}

TEST_CASE("folder: masks of 0 and 255 are two classes of a JSON file, too") {
  const ScratchFolder scratch;
  writePair(scratch / "images/a.png", scratch / "masks/a.png", {0, 255});
  writePair(scratch / "images/b.png", scratch / "masks/b.png", {0, 0});
  const std::vector<ClassSpec> reversed = {{"cell", {}, ""}, {"rest", {}, ""}};
  for (const char* text :
       {R"(["rest", "cell"])", R"([{"name": "rest"}, {"name": "cell", "id": 255}])",
        R"([{"name": "cell", "id": 1}, {"name": "rest", "id": 0}])",
        R"([{"name": "cell", "color": "#ffffff"}, {"name": "rest", "color": "#000000"}])"}) {
    writeText(scratch / "classes.json", text);
    CAPTURE(text);
    const auto set = opened("folder", {scratch.path(), "train", {}, "{}"});
    const bool first = set->classes()[0].name == "cell";
    REQUIRE(histogram(*set) == (first ? Counts{{0, 1}, {1, 3}} : Counts{{0, 3}, {1, 1}}));
    const auto asked = opened("folder", {scratch.path(), "train", reversed, "{}"});
    REQUIRE(histogram(*asked) == Counts{{0, 1}, {1, 3}});
  }
  // Where a class of the file, or another value of the masks, says so 255 is void as ever.
  writeText(scratch / "classes.json", R"(["rest", "cell", {"name": "void", "id": 255}])");
  REQUIRE(histogram(*opened("folder", {scratch.path(), "train", {}, "{}"})) ==
          Counts{{0, 3}, {255, 1}});
  writeText(scratch / "classes.json", R"(["rest", "cell"])");
  writePixels(scratch / "masks/b.png", 2, 1, {0, 1});
  REQUIRE(histogram(*opened("folder", {scratch.path(), "train", {}, "{}"})) ==
          Counts{{0, 2}, {1, 1}, {255, 1}});
}

TEST_CASE("folder: without classes those of coloured masks are found") {
  const ScratchFolder scratch;
  writePair(scratch / "images/a.png", scratch / "masks/a.png", {9, 0, 0, 0, 0, 0});
  writePair(scratch / "images/b.png", scratch / "masks/b.png", {0, 0, 7, 9, 0, 0});
  const auto set = opened("folder", {scratch.path(), "train", {}, "{}"});
  REQUIRE(set->classes().size() == 3);
  REQUIRE(set->classes()[1].name == "#000007");
  REQUIRE(sampleOf(*set, 0).mask.pixels == Pixels{2, 0});
  Pixels many;
  for (int i = 0; i < 70; ++i) many.insert(many.end(), {static_cast<std::uint8_t>(i), 2, 3});
  writePixels(scratch / "images/c.png", 70, 1, Pixels(70, 1));
  writePixels(scratch / "masks/c.png", 70, 1, many);
  const std::string told = refusal("folder", {scratch.path(), "train", {}, "{}"}).message;
  REQUIRE(contains(told, "more than 64 colours"));
  REQUIRE(contains(told, "masks/c.png"));
}

TEST_CASE("folder: colours beside numbers are refused where nothing says which is which") {
  const ScratchFolder scratch;
  writePair(scratch / "images/a.png", scratch / "masks/a.png", {9, 0, 0, 0, 9, 0});
  writePair(scratch / "images/b.png", scratch / "masks/b.png", {0, 0});  // of either kind
  const auto found = [&](const std::string& options) {
    return openDataset("folder", {scratch.path(), "train", {}, options});
  };
  REQUIRE(found("{}"));
  writePixels(scratch / "masks/b.png", 2, 1, {0, 1});
  REQUIRE(contains(found("{}").error().message,
                   "masks hold colours (" + (scratch / "masks/a.png").string() + ") and numbers (" +
                       (scratch / "masks/b.png").string() + "), and nothing says which is which"));
  writeText(scratch / "classes.json", R"(["rest", {"name": "car", "id": 1, "color": [0, 9, 0]},
                                          {"name": "road", "id": 2, "color": [9, 0, 0]}])");
  REQUIRE(histogram(*opened("folder", {scratch.path(), "train", {}, "{}"})) ==
          Counts{{0, 1}, {1, 2}, {2, 1}});
}
