// limbus export: what the exported weights are, and which score they carry.
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

#include "command_line.h"
#include "native_catch.h"
#include "own_images.h"

using Catch::Matchers::ContainsSubstring;
using namespace limbus;
using nlohmann::json;

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

TEST_CASE("cli: the encoder of a run starts other networks") {
  const OwnImages own(10);
  const auto trained = [&](const std::string& net, std::vector<std::string> words) {
    words.insert(words.end(), {"--set", R"(net={"name":")" + net + R"(","encoder":"resnet18"})"});
    return own.train(words);
  };
  REQUIRE(trained("smp-unet", {}).exitCode == 0);
  const std::string file = (own.scratch / "encoder.safetensors").string();
  REQUIRE(limbusSays({"export", own.run, "--encoder", "--out", file}).exitCode == 0);
  for (const char* net : {"smp-unet", "fpn"}) {
    const Said started = trained(net, {"--force", "--init", file});
    INFO(started.err);
    REQUIRE(started.exitCode == 0);
    CHECK_THAT(started.out, ContainsSubstring("started from " + file + ": 100 of ") &&
                                ContainsSubstring(" tensors loaded; "));
    CHECK_THAT(started.out, !ContainsSubstring("not in the file: encoder."));
  }
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

TEST_CASE("cli: a file whose images come in otherwise than in training has no score of it") {
  const OwnImages own(10);
  REQUIRE(
      own.train({"--set", "input.pad.to=\"box\"", "--set", "input.resize=\"shrink\""}).exitCode ==
      0);
  const auto scoresOf = [&](const std::vector<std::string>& more) {
    const std::string file = (own.scratch / "m.onnx").string();
    std::vector<std::string> words = {"export", own.run, "--out", file, "--force"};
    words.insert(words.end(), more.begin(), more.end());
    REQUIRE(limbusSays(words).exitCode == 0);
    const json manifest = json::parse(limbusSays({"inspect", file, "--json"}).out).at("manifest");
    return manifest.value("scores", json::object()).size();
  };
  CHECK(scoresOf({}) == 1);
  CHECK(scoresOf({"--size", "64x64", "--batch", "3"}) == 1);
  CHECK(scoresOf({"--size", "96x64"}) == 0);
  CHECK_THAT(
      limbusSays({"export", own.run, "--out", (own.scratch / "n.onnx").string(), "--size", "96x64"})
          .err,
      ContainsSubstring("the validation score is left out"));
  REQUIRE(own.train({"--force", "--set", "input.resize=\"stretch\""}).exitCode == 0);
  CHECK(scoresOf({"--size", "64x64"}) == 1);
  CHECK(scoresOf({"--size", "96x64"}) == 0);
}

TEST_CASE("cli: only what was trained alike is averaged, and the file says what of") {
  const OwnImages own(10);
  REQUIRE(own.train({"--set", "licence=\"MIT\""}).exitCode == 0);
  const std::string other = (own.scratch / "other").string();
  const auto averaged = [&](const std::vector<std::string>& changes) {
    std::vector<std::string> words = {"train", own.recipe, "--data", own.data,
                                      "--out", other,      "--force"};
    for (const std::string& change : changes) words.insert(words.end(), {"--set", change});
    REQUIRE(limbusSays(words).exitCode == 0);
    return limbusSays({"export", own.run, "--average", other + "=0.5", "--out",
                       (own.scratch / "mean.onnx").string(), "--force"});
  };
  CHECK_THAT(averaged({"input.gamma=0.5"}).err,
             ContainsSubstring(other + " was trained with other values of 'input' than the run"));
  CHECK_THAT(averaged({R"(classes=[{"name":"background"},{"name":"sclera"},{"name":"pupil"},)"
                       R"({"name":"iris"}])"})
                 .err,
             ContainsSubstring("with other classes"));
  REQUIRE(averaged({"trainingData=\"photographs\"", "licence=\"CC BY-NC 4.0\""}).exitCode == 0);
  const json manifest =
      json::parse(limbusSays({"inspect", (own.scratch / "mean.onnx").string(), "--json"}).out)
          .at("manifest");
  CHECK(manifest.at("trainingData") == "renders; photographs");
  CHECK(manifest.at("licence") == "MIT; CC BY-NC 4.0");
  const std::string weights = (own.scratch / "mean.safetensors").string();
  limbusSays({"export", own.run, "--average", other + "=0.5", "--out", weights});
  limbusSays({"export", weights, "--out", (own.scratch / "again.onnx").string()});
  const json again =
      json::parse(limbusSays({"inspect", (own.scratch / "again.onnx").string(), "--json"}).out)
          .at("manifest");
  CHECK(again.at("licence") == manifest.at("licence"));
}
