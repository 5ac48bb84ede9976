// limbus predict over many images: snapshots and ensembles that draw the masks, images that are
// broken.
#include <catch2/matchers/catch_matchers_string.hpp>

#include "command_line.h"
#include "native/system/files.h"
#include "native_catch.h"
#include "own_images.h"
#include "shared/onnx/metadata.h"
#include "tiny_model.h"

using Catch::Matchers::ContainsSubstring;
using namespace limbus;
namespace fs = std::filesystem;

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
  CHECK_THAT(said.err, ContainsSubstring("1 image could not be segmented"));
  CHECK_THAT(said.err, ContainsSubstring("1.png"));
  CHECK(fs::exists(fs::path(out) / "0.png"));
  CHECK_FALSE(fs::exists(fs::path(out) / "1.png"));
  CHECK(fs::exists(fs::path(out) / "2.png"));
}

TEST_CASE("cli: predict tells of images that it does not look at, or sees small") {
  const ScratchFolder scratch;
  Manifest manifest = tinyManifest();
  manifest.input.resize = ResizeRule::shrink;
  manifest.regions = {.rule = RegionRule::all, .minAreaPx = 10, .neck = 0.4};
  const std::string model = (scratch / "tiny.onnx").string();
  REQUIRE(writeBytes(model, withManifest(tinyOnnx(), manifest).value(), false));
  fs::create_directories(scratch / "photos/more");
  const auto predict = [&](const std::string& name, int width) {
    REQUIRE(writePng(scratch / name, Image(width, width / 2, 1, 90).view(), false));
    return limbusSays({"predict", "--model", model, "--images", (scratch / "photos").string(),
                       "--out", (scratch / "masks").string(), "--force"});
  };
  const Said below = predict("photos/more/a.png", 96);
  CHECK(below.exitCode == 1);
  CHECK_THAT(below.err, ContainsSubstring("images lie in its folders more, which --images may"));
  const Said beside = predict("photos/b.png", 96);
  CHECK(beside.exitCode == 0);
  CHECK_THAT(beside.err, ContainsSubstring("more images lie in its folders more"));
  CHECK_THAT(beside.err, !ContainsSubstring("smaller"));
  const Said large = predict("photos/c.png", 300);
  CHECK(large.exitCode == 0);
  CHECK_THAT(large.err, ContainsSubstring("c.png is seen 3.1 times smaller, so that parts may"));
}
