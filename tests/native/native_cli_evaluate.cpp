// limbus evaluate: which images it scores, and what it says of them.
#include <algorithm>
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "command_line.h"
#include "native/data/files/image_files.h"
#include "native/system/files.h"
#include "native_catch.h"
#include "own_images.h"

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinAbs;
using namespace limbus;
using nlohmann::json;
namespace fs = std::filesystem;

TEST_CASE("cli: images in one folder are scored as training divided them, by a file alone all") {
  const OwnImages own(10);
  const Said trained = own.train();
  INFO(trained.err);
  REQUIRE(trained.exitCode == 0);
  CHECK_THAT(trained.out, ContainsSubstring("8 training and 2 validation images"));

  const auto evaluated = [&](const std::string& model, std::vector<std::string> more) {
    more.insert(more.begin(),
                {"evaluate", "--model", model, "--dataset", "folder", "--data", own.data});
    return limbusSays(more);
  };
  const auto isScored = [&](const std::string& model, const std::vector<std::string>& more,
                            int images, const std::string& split) {
    std::vector<std::string> asked = more;
    asked.emplace_back("--json");
    const Said said = evaluated(model, asked);
    INFO(said.err);
    REQUIRE(said.exitCode == 0);
    const json answer = json::parse(said.out);
    CHECK(answer.at("images") == images);
    CHECK(answer.at("split") == split);
    CHECK(answer.contains("dividedAs") == (split != "all"));
  };
  isScored(own.run, {}, 2, "validation");
  isScored(own.run + "/last.safetensors", {"--split", "train"}, 8, "train");
  isScored(own.run, {"--split", "all"}, 10, "all");
  CHECK_THAT(evaluated(own.run, {}).out,
             ContainsSubstring("2 images of folder validation, as " + own.run + " divided them"));
  CHECK_THAT(evaluated(own.run, {"--split", "test"}).err, ContainsSubstring("leave --split out"));

  const std::string file = (own.scratch / "own.onnx").string();
  const Said exported =
      limbusSays({"export", own.run, "--out", file, "--training-data", "ten of my own"});
  REQUIRE(exported.exitCode == 0);
  CHECK_THAT(exported.out, ContainsSubstring("trained on: ten of my own"));
  const Said inspected = limbusSays({"inspect", file, "--json"});
  const json manifest = json::parse(inspected.out).at("manifest");
  CHECK(manifest.at("trainingData") == "ten of my own");
  CHECK(manifest.at("scores").at("validation mIoU").get<double>() > 0);

  isScored(file, {}, 10, "all");
  CHECK_THAT(evaluated(file, {}).out, ContainsSubstring("10 images of folder, all of them"));
  CHECK_THAT(evaluated(file, {"--split", "validation"}).err,
             ContainsSubstring("leave --split out"));
  // Images that come later move no other into the part that was held out, and belong to neither.
  const std::string csv = (own.scratch / "images.csv").string();
  const auto scoredNames = [&] {
    const Said said = evaluated(own.run, {"--per-image", csv, "--force"});
    INFO(said.err);
    REQUIRE(said.exitCode == 0);
    std::vector<std::string> names;
    std::istringstream lines(textOf(csv));
    for (std::string line; std::getline(lines, line);)
      names.push_back(line.substr(0, line.find(',')));
    return std::pair(names, said.err);
  };
  const auto [before, silent] = scoredNames();
  CHECK(before.size() == 3);
  CHECK_THAT(silent, !ContainsSubstring("came after"));
  for (const char* part : {"images", "masks"}) {
    const fs::path folder = own.scratch / "data" / part;
    for (const char* copy : {"00.png", "01.png"}) fs::copy_file(folder / "1.png", folder / copy);
  }
  const auto [after, told] = scoredNames();
  CHECK(after == before);
  CHECK_THAT(told, ContainsSubstring("2 images came after " + own.run + " was trained"));
  isScored(own.run, {"--split", "train"}, 8, "train");
  CHECK_THAT(own.train({"--resume", "--set", "epochs=1"}).err,
             ContainsSubstring("was trained on other data: its training images were 8 of hash"));
  for (const char* part : {"images", "masks"}) {
    for (const char* copy : {"00.png", "01.png"}) fs::remove(own.scratch / "data" / part / copy);
  }

  fs::create_directories(own.scratch / "data/validation");
  for (const char* part : {"images", "masks"}) {
    fs::rename(own.scratch / "data" / part, own.scratch / "data/validation" / part);
  }
  CHECK_THAT(evaluated(own.run, {"--split", "all"}).err,
             ContainsSubstring("'folder' has splits, name one of them"));
}

TEST_CASE("cli: a run is scored on its own data, and on all of a folder that it has not seen") {
  const OwnImages own(10), other(6);
  REQUIRE(own.train().exitCode == 0);
  const auto evaluated = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"evaluate", "--model", own.run});
    return limbusSays(more);
  };
  const auto imagesOf = [&](std::vector<std::string> more) {
    more.emplace_back("--json");
    const Said said = evaluated(more);
    INFO(said.err);
    REQUIRE(said.exitCode == 0);
    return json::parse(said.out).at("images").get<int>();
  };
  const Said itself = evaluated({});
  INFO(itself.err);
  REQUIRE(itself.exitCode == 0);
  CHECK_THAT(itself.err, ContainsSubstring("scoring what " + own.run +
                                           " was trained on: " + own.data + ", data set folder"));
  CHECK_THAT(itself.out, ContainsSubstring("2 images of folder validation, as " + own.run));
  CHECK(imagesOf({"--split", "all"}) == 10);
  CHECK(imagesOf({"--dataset", "folder"}) == 2);
  CHECK(imagesOf({"--option", "suffixes=[\"_x\"]"}) == 2);
  CHECK_THAT(evaluated({"--dataset", "camvid"}).err,
             ContainsSubstring("dataset camvid lies on disk; say where with --data DIR"));

  const std::vector<std::string> there = {"--dataset", "folder", "--data", other.data};
  const Said unseen = evaluated(there);
  CHECK_THAT(unseen.err, ContainsSubstring("not seen in training"));
  CHECK_THAT(unseen.out, ContainsSubstring("6 images of folder, all of them"));
  CHECK(imagesOf({"--dataset", "folder", "--data", other.data, "--split", "validation"}) == 1);
  // What is the same folder by another name, or a part of it, may have been seen.
  fs::create_directory_symlink(own.data, own.scratch / "link");
  for (const std::string& same : {own.data + "/", (own.scratch / "link").string()}) {
    CHECK(imagesOf({"--dataset", "folder", "--data", same}) == 2);
  }

  // What was moved is not elsewhere; and a file that is exported does not tell where anything lay.
  fs::rename(own.data, own.scratch / "moved");
  CHECK(imagesOf({"--dataset", "folder", "--data", (own.scratch / "moved").string()}) == 2);
  const Said gone = evaluated({});
  CHECK(gone.exitCode == 1);
  CHECK_THAT(gone.err, ContainsSubstring(own.data + ", which is no folder any more"));
  const Said resumed = limbusSays({"train", own.recipe, "--data", (own.scratch / "moved").string(),
                                   "--out", own.run, "--resume"});
  INFO(resumed.err);
  REQUIRE(resumed.exitCode == 0);
  CHECK(imagesOf({}) == 2);
  const std::string file = (own.scratch / "own.onnx").string();
  REQUIRE(limbusSays({"export", own.run, "--out", file}).exitCode == 0);
  const auto tells = [&](const fs::path& of) {
    return readBytes(of).value().find(own.scratch.path().string()) != std::string::npos;
  };
  CHECK(tells(fs::path(own.run) / "data.json"));
  CHECK_FALSE(tells(file));
  CHECK_FALSE(tells(fs::path(own.run) / "best.safetensors"));

  // A run of before.
  REQUIRE(fs::remove(fs::path(own.run) / "data.json"));
  CHECK_THAT(evaluated({"--dataset", "folder"}).err,
             ContainsSubstring("dataset folder lies on disk; say where with --data DIR"));
  CHECK(imagesOf({"--dataset", "folder", "--data", other.data}) == 1);
}

TEST_CASE("cli: images whose names are not UTF-8 are scored as the run divided them") {
  const OwnImages own(6);
  for (const char* part : {"images", "masks"}) {
    const fs::path folder = own.scratch / "data" / part;
    for (int i = 0; i < 4; ++i) {
      fs::rename(folder / (std::to_string(i) + ".png"),
                 folder / ("\xe9" + std::to_string(i) + ".png"));
    }
  }
  REQUIRE(own.train().exitCode == 0);
  const Said said = limbusSays({"evaluate", "--model", own.run, "--split", "train"});
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  CHECK_THAT(said.out, ContainsSubstring("5 images of folder train, as " + own.run));
  CHECK_THAT(said.out + said.err, !ContainsSubstring("not there any more"));
}

TEST_CASE("cli: images whose 16-bit values use their low bytes alone are told of once") {
  const OwnImages own(6);
  REQUIRE(own.train().exitCode == 0);
  const Said plain = limbusSays({"evaluate", "--model", own.run, "--split", "all"});
  CHECK(plain.err.find("high byte") == std::string::npos);
  Image faint(64, 64, 2);  // the high byte first
  for (std::size_t i = 1; i < faint.pixels.size(); i += 2) faint.pixels[i] = 200;
  for (const char* name : {"1.png", "2.png", "3.png"})
    REQUIRE(writePng(own.scratch / "data/images" / name, faint.view(), false));
  const Said said = limbusSays({"evaluate", "--model", own.run, "--split", "all"});
  REQUIRE(said.exitCode == 0);
  CHECK_THAT(said.err, ContainsSubstring("of its 16-bit values the high byte is seen"));
  CHECK(said.err.find("high byte") == said.err.rfind("high byte"));
}

TEST_CASE("cli: another folder is read as the data of the run") {
  const OwnImages own(6), other(5);
  REQUIRE(own.train({"--set", "data.suffixes=[\"-m\"]"}).exitCode == 0);
  for (const fs::directory_entry& mask : fs::directory_iterator(other.scratch / "data/masks")) {
    fs::rename(mask.path(),
               other.scratch / "data/masks" / (mask.path().stem().string() + "-m.png"));
  }
  const Said said = limbusSays({"evaluate", "--model", own.run, "--data", other.data});
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  CHECK_THAT(said.out, ContainsSubstring("5 images of folder, all of them"));
  // Said on the line, nothing is taken from the run.
  CHECK(limbusSays({"evaluate", "--model", own.run, "--dataset", "folder", "--data", other.data})
            .exitCode == 1);
  // A file does not tell.
  const std::string file = (own.scratch / "own.onnx").string();
  REQUIRE(limbusSays({"export", own.run, "--out", file}).exitCode == 0);
  CHECK_THAT(limbusSays({"evaluate", "--model", file, "--data", other.data}).err,
             ContainsSubstring("--dataset folder"));
}

TEST_CASE("cli: an image that is void all over has no scores, and costs the others nothing") {
  const OwnImages own(6);
  REQUIRE(own.train().exitCode == 0);
  Mask nothing(64, 64, 1);
  std::fill(nothing.pixels.begin(), nothing.pixels.end(), kVoidLabel);
  REQUIRE(writePng(own.scratch / "data/masks/3.png", nothing.view(), false));
  const std::string csv = (own.scratch / "images.csv").string();
  const auto scored = [&](std::vector<std::string> more) {
    more.insert(more.begin(),
                {"evaluate", "--model", own.run, "--split", "all", "--group-by", "^(.)",
                 "--per-image", csv, "--report", (own.scratch / "report").string(), "--force"});
    return limbusSays(more);
  };
  const Said said = scored({"--json"});
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  const json answer = json::parse(said.out);
  CHECK(answer.at("images") == 6);
  CHECK(answer.at("groups")[3].at("mIoU").is_null());
  CHECK(answer.at("groups")[4].at("mIoU") > 0);
  CHECK_THAT(textOf(csv), ContainsSubstring("\n3,3,0" + std::string(3 + 2 * 4 + 2, ',') + "\n"));
  CHECK_THAT(scored({}).out, ContainsSubstring("3           1       -       -       -"));
  CHECK_THAT(limbusSays({"evaluate", "--model", own.run, "--per-image", "/nowhere/x.csv"}).err,
             ContainsSubstring("/nowhere: no such folder"));
  const Said counted = scored({"--json", "--counts"});
  INFO(counted.err);
  REQUIRE(counted.exitCode == 0);
  for (const json& row : json::parse(counted.out).at("counts")) CHECK(row.at("images") == 5);
  CHECK_THAT(textOf(own.scratch / "report" / "index.html"), ContainsSubstring("parts found"));
}

TEST_CASE("cli: a tolerance of no pixels is one") {
  const OwnImages own(6);
  REQUIRE(own.train().exitCode == 0);
  const auto f1 = [&](const std::vector<std::string>& tolerance) {
    std::vector<std::string> words = {"evaluate", "--model",    own.run, "--split",
                                      "all",      "--boundary", "--json"};
    words.insert(words.end(), tolerance.begin(), tolerance.end());
    return json::parse(limbusSays(words).out).at("classes")[0].at("boundaryF1").get<double>();
  };
  CHECK(f1({"--tolerance", "0"}) == f1({"--tolerance", "0.001"}));
  CHECK(f1({"--tolerance", "0"}) <= f1({}));
}

TEST_CASE("cli: frames that a run held out are smoothed by their true neighbours") {
  const OwnImages own(10);
  REQUIRE(own.train().exitCode == 0);
  const auto scores = [&](const std::string& split, const std::string& name) {
    const std::string csv = (own.scratch / (name + ".csv")).string();
    const Said said = limbusSays({"evaluate", "--model", own.run, "--split", split, "--smooth",
                                  "window:frames=1", "--per-image", csv});
    INFO(said.err);
    REQUIRE(said.exitCode == 0);
    std::set<std::string> lines;
    std::istringstream text(textOf(csv));
    for (std::string line; std::getline(text, line);) lines.insert(line);
    return lines;
  };
  const std::set<std::string> all = scores("all", "all"), held = scores("validation", "held");
  CHECK(held.size() == 3);  // two of ten, below the names of the columns
  CHECK(std::includes(all.begin(), all.end(), held.begin(), held.end()));
}

TEST_CASE("cli: evaluate that is stopped leaves nothing") {
  const OwnImages own(6);
  REQUIRE(own.train().exitCode == 0);
  const fs::path kept = own.scratch / "kept";
  fs::create_directories(kept);
  const Said said = limbusSays(
      {"evaluate", "--model", own.run, "--model", own.run + "/last.safetensors", "--one-at-a-time",
       "--dataset", "rendered", "--option", "count=100000"},
      "export TMPDIR=" + shellQuoted(kept.string()) +
          "; me=$(exec sh -c 'echo $PPID'); (until ls $TMPDIR | grep -q .; do sleep 0.02; done; "
          "kill -TERM $me) &");
  CHECK(said.exitCode == 1);
  CHECK_THAT(said.err, ContainsSubstring("interrupted"));
  CHECK(fs::is_empty(kept));
}

TEST_CASE("cli: borders are scored where they are asked for") {
  const OwnImages own(6);
  REQUIRE(own.train().exitCode == 0);
  const auto scored = [&](std::vector<std::string> more) {
    std::vector<std::string> words = {"evaluate", "--model", own.run,  "--dataset",
                                      "folder",   "--data",  own.data, "--json"};
    words.insert(words.end(), more.begin(), more.end());
    const Said said = limbusSays(words);
    INFO(said.err);
    REQUIRE(said.exitCode == 0);
    return json::parse(said.out).at("classes");
  };
  CHECK(!scored({})[0].contains("boundaryF1"));
  const json tight = scored({"--boundary"}), loose = scored({"--boundary", "--tolerance", "500"});
  for (std::size_t i = 0; i < 4; ++i) {
    const json& f1 = loose[i].at("boundaryF1");
    if (f1.is_null()) continue;
    CHECK(f1.get<double>() >= tight[i].at("boundaryF1").get<double>());
    if (!loose[i].at("hausdorff95Px").is_null()) {
      CHECK(loose[i].at("hausdorff95Px") == tight[i].at("hausdorff95Px"));
      CHECK(f1.get<double>() > 0);
    }
  }
  CHECK(limbusSays({"evaluate", "--model", own.run, "--dataset", "folder", "--data", own.data,
                    "--tolerance", "3"})
            .exitCode == 2);
}

// Both count at the size of the source here; training has batch norms of its own, a file has them
// folded, so that a pixel on the edge of two classes may fall to the other side.
TEST_CASE("cli: what training says of its validation split is what evaluate says") {
  const OwnImages own(15);
  fs::create_directories(own.scratch / "data/train");
  fs::create_directories(own.scratch / "data/validation");
  for (const char* part : {"images", "masks"}) {
    fs::create_directories(own.scratch / "data/validation" / part);
    for (int i : {0, 1, 2}) {
      const std::string name = std::to_string(i) + ".png";
      fs::rename(own.scratch / "data" / part / name, own.scratch / "data/validation" / part / name);
    }
    fs::rename(own.scratch / "data" / part, own.scratch / "data/train" / part);
  }
  REQUIRE(own.train({"--set", "epochs=4", "--set", "schedule.lr=0.01"}).exitCode == 0);
  const Said said = limbusSays({"evaluate", "--model", own.run, "--dataset", "folder", "--data",
                                own.data, "--split", "validation", "--json"});
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  const json evaluated = json::parse(said.out);
  CHECK(evaluated.at("images") == 3);

  std::istringstream lines(readBytes(fs::path(own.run) / "log.jsonl").value());
  json best;
  for (std::string line; std::getline(lines, line);) {
    const json record = json::parse(line);
    if (record.at("epoch") == record.at("bestEpoch")) best = record.at("validation");
  }
  REQUIRE(best.is_object());
  CHECK(best.at("mIoU").get<double>() > 0.1);
  for (const char* key : {"mIoU", "mDice", "pixelAccuracy", "classAccuracy"}) {
    INFO(key);
    CHECK_THAT(evaluated.at(key).get<double>(), WithinAbs(best.at(key).get<double>(), 1e-3));
  }
}
