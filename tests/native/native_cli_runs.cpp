// The command line over several steps: one's own images, runs that stop and go on, many images of
// which some are broken.
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "command_line.h"
#include "native/data/files/image_files.h"
#include "native/system/files.h"
#include "native_catch.h"
#include "own_images.h"
#include "tiny_model.h"

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

TEST_CASE("cli: the snapshots of a run are named as one") {
  const OwnImages own(5);
  REQUIRE(own.train({"--set", "epochs=12", "--keep-every", "5"}).exitCode == 0);
  const auto masksBy = [&](const std::string& name, const std::vector<std::string>& models) {
    std::vector<std::string> line = {"predict", "--images", own.data + "/images", "--out",
                                     (own.scratch / name).string()};
    for (const std::string& model : models) line.insert(line.end(), {"--model", model});
    const Said said = limbusSays(line);
    INFO(said.err);
    REQUIRE(said.exitCode == 0);
    std::string bytes;
    for (int i = 0; i < 5; ++i) {
      bytes += readBytes(own.scratch / name / (std::to_string(i) + ".png")).value();
    }
    return bytes;
  };
  const std::string fifth = own.run + "/epoch-5.safetensors";
  const std::string tenth = own.run + "/epoch-10.safetensors";
  const std::string named = masksBy("named", {own.run + "/epoch-*"});
  CHECK(named == masksBy("each", {fifth, tenth}));
  CHECK(named != masksBy("fifth", {fifth}));
  const Said none = limbusSays({"predict", "--model", own.data + "/epoch-*", "--images",
                                own.data + "/images", "--out", (own.scratch / "none").string()});
  CHECK(none.exitCode == 1);
  CHECK_THAT(none.err, ContainsSubstring("--keep-every N"));
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

TEST_CASE("cli: several models, views and windows give masks of every image, say what is wrong") {
  const OwnImages own(5);
  REQUIRE(own.train().exitCode == 0);
  const std::string images = own.data + "/images";
  const std::string masks = (own.scratch / "masks").string();
  const auto predict = [&](const std::vector<std::string>& more) {
    std::vector<std::string> line = {"predict", "--images", images, "--out", masks, "--force"};
    line.insert(line.end(), more.begin(), more.end());
    return limbusSays(line);
  };
  const std::vector<std::string> many = {
      "--model", own.run,       "--model", own.run + "=2",
      "--tta",   "none,flip-x", "--mode",  "sliding:width=48,height=40"};
  const Said all = predict(many);
  INFO(all.err);
  REQUIRE(all.exitCode == 0);
  CHECK_THAT(all.out, ContainsSubstring("wrote 5 masks"));
  const std::string together = readBytes(fs::path(masks) / "3.png").value();
  std::vector<std::string> apart = many;
  apart.push_back("--one-at-a-time");
  REQUIRE(predict(apart).exitCode == 0);
  CHECK(readBytes(fs::path(masks) / "3.png").value() == together);
  const std::vector<std::pair<std::vector<std::string>, std::string>> wrong = {
      {{"--model", own.run, "--mode", "tiles:width=48"}, "--mode.height: "},
      {{"--model", own.run, "--tta", "flop"}, "--tta: unknown view 'flop'"},
      {{"--model", own.run + "=0"}, "--model: expected PATH=WEIGHT with a weight above 0"},
      {{"--model", own.run, "--mean", "median"}, "--mean"}};
  for (const auto& [words, message] : wrong) {
    const Said odd = predict(words);
    CHECK(odd.exitCode == 2);
    CHECK(odd.errLines() == 1);
    CHECK_THAT(odd.err, ContainsSubstring(message));
  }
  fs::create_directory(own.scratch / "folds");
  for (const char* fold : {"fold0", "fold1"}) {
    fs::copy(own.run, own.scratch / "folds" / fold, fs::copy_options::recursive);
  }
  CHECK(predict({"--model", (own.scratch / "folds").string()}).exitCode == 0);
  OnnxModel other = readOnnx(tinyOnnx()).value();
  other.manifest.classes[1].name = "eyelid";
  REQUIRE(writeBytes(own.scratch / "other.onnx",
                     *writeOnnx(other.graph, other.weights, other.manifest, {})));
  const Said mixed =
      predict({"--model", own.run, "--model", (own.scratch / "other.onnx").string()});
  CHECK(mixed.exitCode != 0);
  CHECK_THAT(mixed.err, ContainsSubstring("has other classes than"));
}

TEST_CASE("cli: exported weights are a start, and the same network") {
  const OwnImages own(10);
  REQUIRE(own.train().exitCode == 0);
  const std::string weights = (own.scratch / "own.safetensors").string();
  const Said exported =
      limbusSays({"export", own.run, "--average", own.run + "=0.5", "--out", weights});
  INFO(exported.err);
  REQUIRE(exported.exitCode == 0);
  const auto scoreOf = [&](const std::string& model) {
    const Said said = limbusSays({"evaluate", "--model", model, "--dataset", "folder", "--data",
                                  own.data, "--split", "all", "--json"});
    return json::parse(said.out).at("pixelAccuracy").get<double>();
  };
  CHECK(scoreOf(weights) == scoreOf(own.run));
  const std::string next = (own.scratch / "next").string();
  const Said started =
      limbusSays({"train", own.recipe, "--data", own.data, "--init", weights, "--out", next});
  CHECK(started.exitCode == 0);
  CHECK_THAT(started.out, ContainsSubstring("started from " + weights));
  const Said sized =
      limbusSays({"export", own.run, "--size", "64x64", "--out", weights, "--force"});
  CHECK(sized.exitCode == 2);
}

TEST_CASE("cli: an exported file has the score of its own weights, or none") {
  const OwnImages own(10);
  REQUIRE(own.train({"--set", "epochs=3", "--keep-every", "1"}).exitCode == 0);
  const auto scoreIn = [&](const std::string& model, const std::vector<std::string>& more = {}) {
    const std::string file = (own.scratch / "m.onnx").string();
    std::vector<std::string> words = {"export", model, "--out", file, "--force"};
    words.insert(words.end(), more.begin(), more.end());
    const Said exported = limbusSays(words);
    INFO(exported.err);
    REQUIRE(exported.exitCode == 0);
    const json manifest = json::parse(limbusSays({"inspect", file, "--json"}).out).at("manifest");
    const json scores = manifest.value("scores", json::object());
    return scores.value("validation mIoU", -1.0);
  };
  const double best = scoreIn(own.run);
  int same = 0;
  for (int epoch = 1; epoch <= 3; ++epoch) {
    const std::string file = own.run + "/epoch-" + std::to_string(epoch) + ".safetensors";
    const double score = scoreIn(file);
    CHECK((score == best || score == -1));
    same += score == best ? 1 : 0;
  }
  CHECK(same == 1);
  CHECK(scoreIn(own.run, {"--average", own.run + "/epoch-1.safetensors=0.5"}) == -1);
  const std::string mean = (own.scratch / "mean.safetensors").string();
  REQUIRE(limbusSays(
              {"export", own.run, "--average", own.run + "/epoch-1.safetensors=0.5", "--out", mean})
              .exitCode == 0);
  CHECK(scoreIn(mean) == -1);
}

TEST_CASE("cli: checkpoints of a run that was to be replaced are not taken for the new one's") {
  const OwnImages own(10);
  REQUIRE(own.train().exitCode == 0);
  REQUIRE(writeBytes(own.scratch / "data/images/3.png", "cut short"));
  REQUIRE(own.train({"--force", "--set", "net.width=6", "--set", "data.audit=false"}).exitCode ==
          1);
  const std::string file = (own.scratch / "m.onnx").string();
  for (const char* verb : {"export", "inspect"}) {
    std::vector<std::string> words = {verb, own.run};
    if (std::string(verb) == "export") words.insert(words.end(), {"--out", file});
    CHECK_THAT(limbusSays(words).err, ContainsSubstring("with another 'net.width' than config"));
  }
  CHECK_THAT(limbusSays({"evaluate", "--model", own.run}).err,
             ContainsSubstring("name the checkpoint itself"));
  CHECK(limbusSays({"export", own.run + "/best.safetensors", "--out", file}).exitCode == 0);
}

TEST_CASE("cli: a file exported into a run does not hide its best checkpoint") {
  const OwnImages own(10);
  REQUIRE(own.train({"--set", "epochs=3", "--keep-every", "1"}).exitCode == 0);
  const auto lossOf = [&] {
    const Said said = limbusSays({"evaluate", "--model", own.run, "--json"});
    INFO(said.err);
    return json::parse(said.out).at("mIoU").get<double>();
  };
  const double before = lossOf();
  REQUIRE(limbusSays({"export", own.run + "/epoch-1.safetensors", "--out", own.run + "/model.onnx"})
              .exitCode == 0);
  CHECK(lossOf() == before);
}

TEST_CASE("cli: renders take no images of one's own") {
  const OwnImages own(1);
  const Said said = own.train({"--set", "data={\"dataset\":\"rendered\",\"count\":4}"});
  CHECK(said.exitCode == 2);
  CHECK(said.errLines() == 1);
  CHECK_THAT(said.err, ContainsSubstring("takes no --data"));
  CHECK_FALSE(fs::exists(own.run));
}

TEST_CASE("cli: a run is begun again, refused, resumed") {
  const OwnImages own(10);
  // As it lies after Ctrl-C in the first epoch.
  fs::create_directories(own.run);
  REQUIRE(writeBytes(fs::path(own.run) / "config.json", "{}", false));
  REQUIRE(own.train({"--set", "epochs=2"}).exitCode == 0);

  const Said again = own.train();
  CHECK(again.exitCode == 2);
  CHECK_THAT(again.err, ContainsSubstring("--resume"));

  const std::string asRun = (fs::path(own.run) / "config.json").string();
  const Said resumed =
      limbusSays({"train", asRun, "--data", own.data, "--out", own.run, "--resume"});
  INFO(resumed.err);
  CHECK(resumed.exitCode == 0);
  CHECK_THAT(resumed.out, ContainsSubstring("resuming after epoch 2"));

  const OwnImages others(20);
  const Said elsewhere =
      limbusSays({"train", asRun, "--data", others.data, "--out", own.run, "--resume"});
  CHECK(elsewhere.exitCode == 2);
  CHECK_THAT(elsewhere.err, ContainsSubstring("trained on other data"));
}

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

TEST_CASE("cli: a broken image costs its own mask only") {
  const OwnImages own(3);
  const fs::path images = fs::path(own.data) / "images";
  const std::string whole = textOf(images / "1.png");
  REQUIRE(writeBytes(images / "1.png", whole.substr(0, whole.size() / 2), false));
  const std::string model = (own.scratch / "tiny.onnx").string();
  REQUIRE(writeBytes(model, tinyOnnx(), false));
  const std::string out = (own.scratch / "masks").string();
  const Said said = limbusSays({"predict", "--model", model, "--images", images, "--out", out});
  CHECK(said.exitCode == 1);
  CHECK(said.errLines() == 1);
  CHECK_THAT(said.err, ContainsSubstring("1 images could not be segmented"));
  CHECK_THAT(said.err, ContainsSubstring("1.png"));
  CHECK(fs::exists(fs::path(out) / "0.png"));
  CHECK_FALSE(fs::exists(fs::path(out) / "1.png"));
  CHECK(fs::exists(fs::path(out) / "2.png"));
}

TEST_CASE("cli: seeds are whole numbers that fit") {
  const ScratchFolder scratch;
  for (const char* seed : {"-1", "18446744073709551616", "7x"}) {
    const Said said =
        limbusSays({"synth", "--count", "1", "--seed", seed, "--out", (scratch / "eyes").string()});
    CHECK(said.exitCode == 2);
    CHECK_THAT(said.err, ContainsSubstring("whole number"));
    CHECK_THAT(said.err, ContainsSubstring("see limbus synth --help"));
  }
  CHECK_FALSE(fs::exists(scratch / "eyes"));
}

TEST_CASE("cli: synth that is stopped leaves nothing") {
  const ScratchFolder scratch;
  const std::string stopped = "me=$(exec sh -c 'echo $PPID'); (until find '" +
                              scratch.path().string() +
                              "' -name '*.png' | grep -q .; do sleep 0.1; done; kill -TERM $me) &";
  const Said said =
      limbusSays({"synth", "--count", "100000", "--out", (scratch / "eyes").string()}, stopped);
  CHECK(said.exitCode == 1);
  CHECK_THAT(said.err, ContainsSubstring("interrupted; "));
  CHECK_THAT(said.err, ContainsSubstring("eyes was not written"));
  CHECK(fs::is_empty(scratch.path()));
}
