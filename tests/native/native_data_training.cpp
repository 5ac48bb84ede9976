// limbus train on parts of a data set, or on another one, and who else sees these parts.
#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "command_line.h"
#include "native/data/files/image_files.h"
#include "native/system/files.h"
#include "native_catch.h"
#include "own_images.h"
#include "squares.h"

using namespace limbus;
using nlohmann::json;
namespace fs = std::filesystem;

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

TEST_CASE("cli: train tells of colours and of low bits that the network does not see") {
  const OwnImages own(5);
  const auto opening = [&](const Image& first, const std::string& more) {
    for (const fs::directory_entry& file : fs::directory_iterator(own.scratch / "data/images"))
      REQUIRE(writePng(file.path(), first.view(), false));
    return own.train({"--force", "--steps", "1", "--set", more}).out;
  };
  const std::string grey = "input.colour=grey", rgb = "input.colour=rgb";
  Image colour(64, 64, 3);
  CHECK_FALSE(contains(opening(colour, grey), "in colour"));
  colour.pixels[3] = 200;
  CHECK(contains(opening(colour, grey), "images are in colour, of which the network sees grey"));
  CHECK_FALSE(contains(opening(colour, rgb), "in colour"));
  CHECK(contains(opening(Image(64, 64, 2), grey), "of its 16-bit values the high byte is seen"));
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
    writeGrey(scratch / "set/images" / (std::string(name) + ".png"), 32,
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
