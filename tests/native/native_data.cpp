// limbus data and limbus train --fold, as their users meet them.
#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "command_line.h"
#include "native/data/contact_sheet.h"
#include "native/data/files/image_files.h"
#include "native/system/files.h"
#include "native_catch.h"
#include "own_images.h"

using namespace limbus;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

void writePixels(const fs::path& file, int width, std::vector<std::uint8_t> pixels) {
  REQUIRE(makeFolder(file.parent_path()));
  Image image(width, static_cast<int>(pixels.size()) / width, 1);
  image.pixels = std::move(pixels);
  REQUIRE(writePng(file, image.view(), false));
}

// Ten images of 32x32: a bright square on dark, each elsewhere, by two subjects.
void writeSquares(const fs::path& root) {
  for (int i = 0; i < 10; ++i) {
    std::vector<std::uint8_t> image(32 * 32), mask(32 * 32);
    for (int p = 0; p < 32 * 32; ++p) {
      const int x = p % 32 - 2 * i, y = p / 32 - 3 * (i % 5);
      mask[p] = x >= 0 && x < 10 && y >= 0 && y < 10 ? 1 : 0;
      image[p] = static_cast<std::uint8_t>(20 + 150 * mask[p] + (p * 7 + i * 11) % 30);
    }
    const std::string name = (i % 2 == 0 ? "anna_" : "berta_") + std::to_string(i) + ".png";
    writePixels(root / "images" / name, 32, image);
    writePixels(root / "masks" / name, 32, mask);
  }
}

// Two parts, one subject each, kept in this file.
void writeHalves(const fs::path& file, const fs::path& folds) {
  const json recipe = {
      {"name", "squares"},
      {"net", {{"name", "dabnet"}, {"width", 4}}},
      {"input", {{"width", 32}, {"height", 32}}},
      {"classes", {{{"name", "rest"}}, {{"name", "square"}}}},
      {"data",
       {{"dataset", "folder"},
        {"split",
         {{"folds", 2}, {"grouped", true}, {"groupBy", "^(.*)_"}, {"file", folds.string()}}}}},
      {"epochs", 1},
      {"batch", 2}};
  REQUIRE(writeBytes(file, recipe.dump(), false));
}

}  // namespace

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
  writePixels(scratch / "set/masks/berta_1.png", 2, {0, 1});
  const Said bad = limbusSays({"data", "audit", set});
  REQUIRE(bad.exitCode == 1);
  REQUIRE(bad.err == "limbus: 2 problems in 10 images\n");
  REQUIRE(contains(bad.out, "1 files cannot be read:\n"));
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
    writePixels(scratch / "set/leftImg8bit" / (name + "leftImg8bit.png"), 2, {9, 9});
    writePixels(scratch / "set/gtFine" / (name + "gtFine_labelIds.png"), 2, {7, 11});
  }
  const std::string set = (scratch / "set").string(), out = (scratch / "out").string();
  const Said whole = limbusSays({"data", "audit", set, "--dataset", "cityscapes"});
  INFO(whole.out << whole.err);
  REQUIRE_FALSE(contains(whole.out, "left out"));
  fs::remove_all(scratch / "set/gtFine/val");
  const Said audit = limbusSays({"data", "audit", set, "--dataset", "cityscapes"});
  REQUIRE(contains(audit.out, "1 splits are left out (a note):\n  validation: "));
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
    writePixels(scratch / "set" / split / "a.png", 2, {9, 9});
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
  writePixels(scratch / "set/a.png", 2, {1, 2});
  writePixels(scratch / "a.png", 2, {3, 4});
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

TEST_CASE("cli: train keeps a part for validation, whole subjects, in a file") {
  const ScratchFolder scratch;
  writeSquares(scratch / "set");
  const fs::path folds = scratch / "folds.json";
  writeHalves(scratch / "recipe.json", folds);
  const auto train = [&](const std::string& fold) {
    return limbusSays({"train", (scratch / "recipe.json").string(), "--data",
                       (scratch / "set").string(), "--out", (scratch / ("run" + fold)).string(),
                       "--fold", fold, "--steps", "1", "--device", "cpu", "--no-self-check"});
  };
  const Said said = train("1");
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  const json parts = json::parse(*readBytes(folds))["samples"];
  REQUIRE(parts.size() == 10);
  for (const auto& [name, part] : parts.items()) {
    REQUIRE(part == parts[contains(name, "anna") ? "anna_0" : "berta_1"]);
  }
  const json run = json::parse(*readBytes(scratch / "run1/config.json"));
  REQUIRE(run["data"]["split"]["fold"] == 1);
  const Said none = train("2");
  REQUIRE(none.exitCode != 0);
  REQUIRE(contains(none.err, "data.split.fold: expected less than folds"));
}

TEST_CASE("cli: train leaves out of data.also what validation holds, and says so") {
  const OwnImages own(5);  // one for validation
  const ScratchFolder others;
  fs::create_directory_symlink(fs::path(own.data) / "images", others / "images");
  fs::create_directory_symlink(fs::path(own.data) / "masks", others / "masks");
  for (const fs::path& root : {fs::path(own.data), others.path()}) {
    const std::string also = R"(data.also=[{"dataset":"folder","root":")" + root.string() + "\"}]";
    const Said said = own.train({"--set", also, "--force"});
    INFO(said.err);
    REQUIRE(said.exitCode == 0);
    CHECK(contains(said.out, "8 training and 1 validation images"));
    CHECK(contains(said.out, "data.also: 1 image left out that validation holds\n"));
  }
  CHECK_FALSE(contains(own.train({"--force"}).out, "left out"));
}

TEST_CASE("cli: train reads a file once, unless it shall keep nothing") {
  const ScratchFolder scratch;
  writeHalves(scratch / "recipe.json", scratch / "folds.json");
  // Whose files go once the first epoch has ended.
  const auto train = [&](const std::string& name, const std::string& keep) {
    writeSquares(scratch / "set");
    const fs::path run = scratch / name;
    std::thread thief([&] {
      for (std::error_code none; !fs::exists(run / "log.jsonl", none);) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      fs::remove_all(scratch / "set/images");
      fs::remove_all(scratch / "set/masks");
    });
    const Said said = limbusSays({"train", (scratch / "recipe.json").string(), "--data",
                                  (scratch / "set").string(), "--out", run.string(), "--device",
                                  "cpu", "--no-self-check", "--set", "epochs=40", "--set",
                                  "batch=5", "--set", "cacheImages=" + keep});
    thief.join();
    return said;
  };
  const Said kept = train("kept", "true");
  INFO(kept.err);
  REQUIRE(kept.exitCode == 0);
  const Said anew = train("anew", "false");
  REQUIRE(anew.exitCode != 0);
  REQUIRE(contains(anew.err, ".png"));
}

TEST_CASE("cli: any recipe trains on another data set, with the classes found in its masks") {
  const ScratchFolder scratch;
  writeSquares(scratch / "set");
  const fs::path recipes = fs::path(LIMBUS_CASES) / "../../models/recipes";
  const std::string recipe = (recipes / "eye-s.json").string();
  const std::string set = (scratch / "set").string(), run = (scratch / "run").string();
  const Said said =
      limbusSays({"train", recipe, "--dataset", "folder", "--data", set, "--out", run, "--steps",
                  "1", "--set", "batch=2", "--device", "cpu", "--no-self-check"});
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  const json used = json::parse(*readBytes(scratch / "run/config.json"));
  REQUIRE(used["data"]["dataset"] == "folder");
  REQUIRE(used["classes"].size() == 2);
  REQUIRE(used["classes"][1]["name"] == "1");
  for (const char* ofRenders : {"trainingData", "description", "licence"}) {
    REQUIRE(used.value(ofRenders, "") == "");
  }

  // And so with every verb that takes a recipe and its data.
  const fs::path space = scratch / "space.json";
  REQUIRE(writeBytes(space, R"({"schedule.lr": [0.01, 0.02]})"));
  const std::vector<std::string> data = {"--dataset", "folder", "--data", set};
  const std::string small = "epochs=1", batch = "batch=2", search = (scratch / "search").string();
  for (std::vector<std::string> words : std::vector<std::vector<std::string>>{
           {"augment", recipe, "--preview", (scratch / "sheet.png").string()},
           {"lr-range", recipe, "--steps", "10", "--set", batch, "--device", "cpu"},
           {"tune", recipe, space.string(), "--out", search, "--trials", "1", "--set", small,
            "--set", batch, "--device", "cpu", "--no-self-check"}}) {
    words.insert(words.end(), data.begin(), data.end());
    const Said other = limbusSays(words);
    INFO(words.front() << ": " << other.err);
    REQUIRE(other.exitCode == 0);
  }
  const json asked = json::parse(*readBytes(scratch / "search/search.json"));
  REQUIRE(asked["recipe"]["classes"].size() == 2);

  // What is overridden by name stands above it.
  const Said named = limbusSays({"recipe", recipe, "--dataset", "folder", "--data", set, "--option",
                                 "labels=numbers", "--set", "classes.1.name=square"});
  INFO(named.err);
  REQUIRE(named.exitCode == 0);
  REQUIRE(json::parse(named.out)["classes"][1]["name"] == "square");

  const Said published =
      limbusSays({"recipe", (recipes / "toolbox-pspnet.json").string(), "--dataset", "camvid"});
  INFO(published.err);
  REQUIRE(published.exitCode == 0);
  const json camvid = json::parse(published.out);
  REQUIRE(camvid["classes"].size() == 11);
  const Said signate =
      limbusSays({"recipe", (recipes / "signate-unet-resnet34.json").string(), "--dataset", "voc"});
  REQUIRE(json::parse(signate.out)["convention"] == "dataset");
  REQUIRE(camvid["classes"][0]["name"] == "sky");
  REQUIRE(camvid["input"]["normalise"]["mean"][0] == 0.485);

  // A recipe without classes takes the data set's.
  const fs::path own = scratch / "own.json";
  REQUIRE(writeBytes(own, R"({"name": "own", "net": "enet", "input": {"width": 32, "height": 32,
      "colour": "rgb", "normalise": "voc"}, "data": "folder", "epochs": 1})"));
  const Said without = limbusSays({"recipe", own.string(), "--dataset", "cityscapes"});
  INFO(without.err);
  REQUIRE(without.exitCode == 0);
  const json city = json::parse(without.out);
  REQUIRE(city["classes"].size() == 19);
  REQUIRE(city["input"]["normalise"]["std"][2] == 0.17772235);

  REQUIRE(contains(limbusSays({"recipe", recipe, "--dataset", "folders"}).err,
                   "did you mean 'folder'?"));
  REQUIRE(contains(limbusSays({"recipe", recipe, "--dataset", "folder"}).err,
                   "say where with --data DIR"));
  REQUIRE(limbusSays({"recipe", recipe, "--option", "labels=numbers"}).exitCode != 0);
}

TEST_CASE("cli: data verbs and augment see the parts that training will") {
  const ScratchFolder scratch;
  writeSquares(scratch / "set");
  const fs::path folds = scratch / "folds.json";
  const std::string set = (scratch / "set").string(), recipe = (scratch / "recipe.json").string();
  writeHalves(recipe, folds);
  // All of Berta's are white: the mean says which part was read.
  for (const char* name : {"berta_1", "berta_3", "berta_5", "berta_7", "berta_9"}) {
    writePixels(scratch / "set/images" / (std::string(name) + ".png"), 32,
                std::vector<std::uint8_t>(32 * 32, 255));
  }
  const auto stats = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"data", "stats", set, "--recipe", recipe, "--json"});
    const Said said = limbusSays(words);
    INFO(said.err);
    REQUIRE(said.exitCode == 0);
    return json::parse(said.out);
  };
  REQUIRE(stats({})["splits"] == json{{"train", 5}, {"validation", 5}});
  const double means[] = {stats({"--split", "validation"})["mean"][0],
                          stats({"--split", "validation", "--fold", "1"})["mean"][0]};
  REQUIRE(std::max(means[0], means[1]) == 1.0);
  REQUIRE(std::min(means[0], means[1]) < 0.5);
  const int white = means[0] == 1.0 ? 0 : 1;
  REQUIRE(stats({"--split", "train", "--fold", std::to_string(1 - white)})["mean"][0] == 1.0);
  REQUIRE_FALSE(fs::exists(folds));  // a look writes nothing

  const auto drawn = [&](int fold) {
    const std::string sheet = (scratch / ("sheet" + std::to_string(fold) + ".png")).string();
    const Said said = limbusSays({"augment", recipe, "--data", set, "--preview", sheet, "--fold",
                                  std::to_string(fold), "--images", "5", "--variants", "1"});
    INFO(said.err);
    REQUIRE(said.exitCode == 0);
    const Image image = readImage(sheet).value();
    return std::count(image.pixels.begin(), image.pixels.end(), 255);
  };
  REQUIRE(drawn(1 - white) > drawn(white) + 5 * 32 * 32);
  REQUIRE_FALSE(fs::exists(folds));

  // Parts that training wrote are the ones that are read.
  json kept = {{"folds", 2}, {"samples", json::object()}};
  for (int i = 0; i < 10; ++i) {
    kept["samples"][(i % 2 == 0 ? "anna_" : "berta_") + std::to_string(i)] = i < 3 ? 1 : 0;
  }
  REQUIRE(writeBytes(folds, kept.dump(), false));
  REQUIRE(stats({"--fold", "1"})["splits"] == json{{"train", 7}, {"validation", 3}});

  const std::string out = (scratch / "plain").string();
  const Said converted =
      limbusSays({"data", "convert", set, "--recipe", recipe, "--fold", "1", "--out", out});
  INFO(converted.err);
  REQUIRE(converted.exitCode == 0);
  for (const char* name : {"anna_0", "berta_1", "anna_2"}) {
    REQUIRE(fs::exists(scratch / "plain/validation/images" / (std::string(name) + ".png")));
  }
  REQUIRE(fs::exists(scratch / "plain/train/images/berta_3.png"));
  // Berta is in both parts now.
  const Said audit = limbusSays({"data", "audit", set, "--recipe", recipe, "--fold", "1"});
  REQUIRE(audit.exitCode == 1);

  const Said beyond = limbusSays({"data", "stats", set, "--recipe", recipe, "--fold", "2"});
  REQUIRE(beyond.exitCode != 0);
  REQUIRE(contains(beyond.err, "data.split.fold: expected less than folds"));
  REQUIRE(limbusSays({"data", "stats", set, "--fold", "1"}).exitCode == 2);
  const Said wrong =
      limbusSays({"data", "stats", set, "--recipe", recipe, "--option", "split.groupBy=x",
                  "--option", "split.file=" + (scratch / "none.json").string()});
  REQUIRE(wrong.exitCode != 0);
  REQUIRE(contains(wrong.err, "10 names do not match data.split.groupBy"));
}
