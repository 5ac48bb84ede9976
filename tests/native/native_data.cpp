// limbus data, as its users meet it.
#include <algorithm>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

#include "command_line.h"
#include "native/data/contact_sheet.h"
#include "native/data/files/image_files.h"
#include "native/system/files.h"
#include "native_catch.h"
#include "scratch_folder.h"
#include "squares.h"

using Catch::Matchers::ContainsSubstring;
using namespace limbus;
using nlohmann::json;
namespace fs = std::filesystem;

TEST_CASE("cli: data stats counts, and draws a sheet") {
  const ScratchFolder scratch;
  writeSquares(scratch / "set");
  const std::string set = (scratch / "set").string(), sheet = (scratch / "sheet.png").string();
  const Said said = limbusSays({"data", "stats", set, "--json", "--contact-sheet", sheet});
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  const json answer = json::parse(said.out);
  REQUIRE(answer["splits"] == json{{"all", 10}});
  REQUIRE(answer["sizes"] == json::array({{{"width", 32}, {"height", 32}, {"images", 10}}}));
  REQUIRE(answer["classes"].size() == 2);
  REQUIRE(answer["classes"][1]["images"] == 10);
  REQUIRE((*readImageSize(sheet)).width > 64);
  const Said again = limbusSays({"data", "stats", set, "--contact-sheet", sheet});
  REQUIRE(again.exitCode == 2);
  REQUIRE(contains(again.err, "exists already"));
  const Said text = limbusSays({"data", "stats", set});
  REQUIRE(contains(text.out, "folder: 10 images, undivided; 10 labelled, 10 grey"));
  REQUIRE(contains(text.out, "sizes 32x32 (10)"));
}

TEST_CASE("cli: data audit names what is wrong, and fails") {
  const ScratchFolder scratch;
  writeSquares(scratch / "set");
  const std::string set = (scratch / "set").string();
  const Said good = limbusSays({"data", "audit", set});
  INFO(good.out << good.err);
  REQUIRE(good.exitCode == 0);
  REQUIRE(contains(good.out, "no problems in 10 images"));
  REQUIRE(writeBytes(scratch / "set/images/anna_2.png", "text", false));
  writeGrey(scratch / "set/masks/berta_1.png", 2, {0, 1});
  const Said bad = limbusSays({"data", "audit", set});
  REQUIRE(bad.exitCode == 1);
  REQUIRE(bad.err == "limbus: 2 problems in 10 images\n");
  REQUIRE(contains(bad.out, "1 file cannot be read:\n"));
  REQUIRE(contains(bad.out, "berta_1.png: image 32x32, mask 2x1"));
  const json answer = json::parse(limbusSays({"data", "audit", set, "--json"}).out);
  REQUIRE(answer["problems"] == 2);
  REQUIRE(answer["kinds"][1]["items"].size() == 1);
  fs::remove(scratch / "set/masks/anna_4.png");  // one more of all that is wrong
  REQUIRE(contains(limbusSays({"data", "audit", set}).out, "anna_4.png"));
  REQUIRE(json::parse(limbusSays({"data", "audit", set, "--json"}).out)["problems"] == 3);
  const Said stats = limbusSays({"data", "stats", set});
  REQUIRE(stats.exitCode == 1);
  REQUIRE(contains(stats.err, "`limbus data audit` names all that is wrong"));
}

TEST_CASE("cli: a split that is there but cannot be opened is told, one that is not there is not") {
  const ScratchFolder scratch;
  for (const char* split : {"train", "val"}) {
    const std::string name = std::string(split) + "/ulm/ulm_0_0_";
    writeGrey(scratch / "set/leftImg8bit" / (name + "leftImg8bit.png"), 2, {9, 9});
    writeGrey(scratch / "set/gtFine" / (name + "gtFine_labelIds.png"), 2, {7, 11});
  }
  const std::string set = (scratch / "set").string(), out = (scratch / "out").string();
  const Said whole = limbusSays({"data", "audit", set, "--dataset", "cityscapes"});
  INFO(whole.out << whole.err);
  REQUIRE_FALSE(contains(whole.out, "left out"));
  fs::remove_all(scratch / "set/gtFine/val");
  const Said audit = limbusSays({"data", "audit", set, "--dataset", "cityscapes"});
  REQUIRE(contains(audit.out, "1 split is left out (a note):\n  validation: "));
  REQUIRE(contains(audit.out, "gtFine/validation/: no such folder\n"));
  REQUIRE_FALSE(contains(audit.out, "test: "));
  const json answer =
      json::parse(limbusSays({"data", "audit", set, "--dataset", "cityscapes", "--json"}).out);
  REQUIRE(answer["kinds"].back()["count"] == 1);
  for (std::vector<std::string> words :
       {std::vector<std::string>{"data", "stats", set}, {"data", "convert", set, "--out", out}}) {
    words.insert(words.end(), {"--dataset", "cityscapes"});
    const Said said = limbusSays(words);
    INFO(said.err);
    REQUIRE(said.exitCode == 0);
    REQUIRE(contains(said.err, "limbus: left out is validation: "));
    REQUIRE_FALSE(contains(said.err, "test: "));
  }
}

TEST_CASE("cli: splits that number their own classes are told and converted by one list") {
  const ScratchFolder scratch;
  const auto write = [&](const std::string& split, const std::string& label) {
    writeGrey(scratch / "set" / split / "a.png", 2, {9, 9});
    REQUIRE(writeBytes(scratch / "set" / split / "a.json",
                       R"({"imagePath": "a.png", "shapes": [{"label": ")" + label +
                           R"(", "shape_type": "rectangle", "points": [[0, 0], [1, 1]]}]})",
                       false));
  };
  write("train", "dog");
  write("val", "cat");
  const std::string set = (scratch / "set").string(), out = (scratch / "out").string();
  const Said said = limbusSays({"data", "stats", set, "--dataset", "labelme", "--json"});
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  const json classes = json::parse(said.out)["classes"];
  REQUIRE(classes.size() == 3);
  for (const auto& [place, name] : {std::pair(1, "dog"), std::pair(2, "cat")}) {
    REQUIRE(classes[place]["name"] == name);
    REQUIRE(classes[place]["pixels"] == 1);
  }
  REQUIRE(limbusSays({"data", "convert", set, "--dataset", "labelme", "--out", out}).exitCode == 0);
  REQUIRE(readLabels(scratch / "out/train/masks/a.png")->pixels == std::vector<std::uint8_t>{1, 0});
  REQUIRE(readLabels(scratch / "out/validation/masks/a.png")->pixels ==
          std::vector<std::uint8_t>{2, 0});
}

TEST_CASE("cli: data convert writes a folder once, complete or not at all") {
  const ScratchFolder scratch;
  writeSquares(scratch / "set");
  const std::string set = (scratch / "set").string(), out = (scratch / "out").string();
  const Said said = limbusSays({"data", "convert", set, "--out", out});
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  REQUIRE(*readBytes(scratch / "out/images/anna_0.png") ==
          *readBytes(scratch / "set/images/anna_0.png"));
  REQUIRE(readLabels(scratch / "out/masks/anna_0.png")->pixels ==
          readLabels(scratch / "set/masks/anna_0.png")->pixels);
  REQUIRE(limbusSays({"data", "convert", set, "--out", out}).exitCode == 2);
  fs::rename(scratch / "out/masks/anna_0.png", scratch / "out/masks/mine.png");
  const Said mixed = limbusSays({"data", "convert", set, "--out", out, "--force"});
  CHECK(mixed.exitCode == 2);
  CHECK_THAT(mixed.err, ContainsSubstring("1 of its files would be left among the new ones") &&
                            ContainsSubstring("out/masks/mine.png"));
  REQUIRE_FALSE(fs::exists(scratch / "out/masks/anna_0.png"));
  fs::remove(scratch / "out/masks/mine.png");
  REQUIRE(limbusSays({"data", "convert", set, "--out", out, "--force"}).exitCode == 0);
  REQUIRE(fs::exists(scratch / "out/masks/anna_0.png"));
  REQUIRE(writeBytes(scratch / "set/masks/anna_8.png", "text", false));
  const std::string other = (scratch / "other").string();
  REQUIRE(limbusSays({"data", "convert", set, "--out", other}).exitCode == 1);
  REQUIRE_FALSE(fs::exists(other));
  for (const std::string& around : {set, set + "/masks", scratch.path().string()}) {
    const Said refused = limbusSays({"data", "convert", set, "--out", around, "--force"});
    CHECK(refused.exitCode == 2);
    CHECK_THAT(refused.err, ContainsSubstring("choose another --out"));
  }
  REQUIRE(fs::exists(scratch / "set/images/anna_0.png"));
  REQUIRE(limbusSays({"data", "polish", set}).exitCode == 2);
  REQUIRE(limbusSays({"data"}).exitCode == 2);
}

TEST_CASE("cli: data convert leaves no classes, lists and masks of before among new files") {
  const ScratchFolder scratch;
  writeSquares(scratch / "set");
  const std::string set = (scratch / "set").string(), out = (scratch / "out").string();
  const std::string classes = R"([{"name": "rest", "id": 0}, {"name": "square", "id": 1},
                                  {"name": "dot", "id": 2}])";
  REQUIRE(writeBytes(scratch / "set/classes.json", classes, false));
  REQUIRE(limbusSays({"data", "convert", set, "--out", out}).exitCode == 0);
  const std::string before = textOf(scratch / "out/classes.json");
  REQUIRE(limbusSays({"data", "convert", set, "--out", out, "--force"}).exitCode == 0);
  fs::remove(scratch / "set/classes.json");
  const Said unnamed = limbusSays({"data", "convert", set, "--out", out, "--force"});
  CHECK(unnamed.exitCode == 2);
  CHECK_THAT(unnamed.err, ContainsSubstring("1 of its files would be left among the new ones") &&
                              ContainsSubstring("out/classes.json"));
  CHECK(textOf(scratch / "out/classes.json") == before);
  fs::remove(scratch / "out/classes.json");
  const Said unlabelled =
      limbusSays({"data", "convert", set, "--option", "masks=", "--out", out, "--force"});
  CHECK(unlabelled.exitCode == 2);
  CHECK_THAT(unlabelled.err, ContainsSubstring("would be left among the new ones") &&
                                 ContainsSubstring("out/masks/"));
  CHECK(fs::exists(scratch / "out/masks/anna_0.png"));
}

TEST_CASE("cli: data convert refuses two samples of one name") {
  const ScratchFolder scratch;
  writeGrey(scratch / "set/a.png", 2, {1, 2});
  writeGrey(scratch / "a.png", 2, {3, 4});
  REQUIRE(writeBytes(scratch / "set/all.csv", "a.png\n../a.png\n", false));
  const Said said =
      limbusSays({"data", "convert", (scratch / "set").string(), "--dataset", "folder", "--option",
                  "list=all.csv", "--out", (scratch / "out").string()});
  CHECK(said.exitCode == 1);
  CHECK(said.err ==
        "limbus: the samples 'a' and '../a' would both be written as a.png; "
        "rename the files of one of them\n");
  CHECK_FALSE(fs::exists(scratch / "out"));
}

TEST_CASE("contact sheet: samples that are shrunk as they come give the same picture") {
  std::vector<Sample> whole, small;
  for (int i = 0; i < 3; ++i) {
    Sample sample{.image = Image(600, 400, 1 + 2 * (i % 2)), .mask = {}};
    for (std::size_t p = 0; p < sample.image.pixels.size(); ++p) {
      sample.image.pixels[p] = static_cast<std::uint8_t>(p % 600 / 3 + p % 7);
    }
    if (i > 0) sample.mask = Mask(600, 400, 1, static_cast<std::uint8_t>(i));
    whole.push_back(sample);
    small.push_back(sheetSample(std::move(sample)));
    CHECK(small.back().image.height == kSheetCell);
  }
  CHECK((contactSheet(small, {}).pixels == contactSheet(whole, {}).pixels));
}
