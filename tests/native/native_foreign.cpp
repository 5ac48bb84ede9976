// Files of other exporters through LibTorch and ONNX Runtime: the masks that the browser's tests
// ask of the same files.
#include <catch2/matchers/catch_matchers_string.hpp>

#include "command_line.h"
#include "native/infer/model.h"
#include "native/infer/onnx_runtime.h"
#include "native/system/files.h"
#include "native/weights/weight_file.h"
#include "result_text.h"
#include "scratch_folder.h"
#include "shared/onnx/interface.h"
#include "shared/onnx/metadata.h"
#include "small_onnx.h"
#include "split_onnx.h"
#include "tests/native/core_cases.h"
#include "tiny_model.h"

using namespace limbus;
using Catch::Matchers::ContainsSubstring;

namespace {

// The same model as one file and as two.
struct SplitModel {
  ScratchFolder scratch;
  std::string whole = (scratch / "whole.onnx").string();
  std::string model = (scratch / "model.onnx").string();
  std::filesystem::path data = scratch / "model.onnx.data";

  SplitModel() {
    const std::string bytes = tinyOnnx();
    const samples::SplitOnnx split = samples::splitOnnx(bytes, data.filename().string());
    REQUIRE(split.data.size() > split.model.size() / 4);
    REQUIRE(writeBytes(whole, bytes));
    REQUIRE(writeBytes(model, split.model));
    REQUIRE(writeBytes(data, split.data));
  }
};

Json inspected(const std::string& file) {
  const Said said = limbusSays({"inspect", file, "--json"});
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  return Json::parse(said.out);
}

}  // namespace

TEST_CASE("foreign files give the masks that their pixels ask for", "[infer][onnx]") {
  const ScratchFolder scratch;
  Image ramp(64, 48, 1);
  for (std::size_t i = 0; i < ramp.pixels.size(); ++i) {
    ramp.pixels[i] = static_cast<std::uint8_t>(i * 7 % 256);
  }
  for (const Json& row : cases::read("foreign.json")) {
    if (row.contains("obstacle")) continue;
    const std::string name = row["name"].get<std::string>();
    DYNAMIC_SECTION(name) {
      const std::string bytes = readBytes(cases::path("foreign/" + name + ".onnx")).value();
      const OnnxFacts facts = inspectOnnx(bytes).value();
      Json json = Json::parse(toJson(draftManifest(facts, imageInterface(facts).value())));
      json.merge_patch(row.value("answers", Json::object()));
      const Manifest manifest = parseManifest(json.dump()).value();
      const auto file = scratch.path() / (name + ".onnx");
      REQUIRE(writeBytes(file, withManifest(bytes, manifest).value()));
      const Json thresholds = row.value("thresholds", Json::array({50, 125, 200}));
      for (const Engine engine : {Engine::automatic, Engine::onnxRuntime}) {
        if (engine == Engine::onnxRuntime && onnxRuntimeVersion().empty()) continue;
        INFO((engine == Engine::onnxRuntime ? "ONNX Runtime" : "LibTorch"));
        Result<Model> model = loadModel(file, "cpu", true, engine);
        REQUIRE(model);
        CHECK((model->net == nullptr) == (engine == Engine::onnxRuntime));
        const Result<Field> field = predictorOf(std::move(*model))->predict(ramp.view());
        REQUIRE(field);
        const Result<Mask> mask = maskOf(*field);
        REQUIRE(mask);
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < ramp.pixels.size(); ++i) {
          int band = 0;
          for (const Json& threshold : thresholds) band += ramp.pixels[i] > threshold.get<int>();
          wrong += mask->pixels[i] != band;
        }
        CHECK(wrong == 0);
      }
    }
  }
}

TEST_CASE("limbus manifest is about the output that is asked for", "[infer][onnx]") {
  const ScratchFolder scratch;
  const std::string file = (scratch / "two.onnx").string(), out = (scratch / "out.onnx").string();
  // Its first output as one channel, so that it asks for other classes than the second.
  std::string bytes = readBytes(cases::path("foreign/two_outputs.onnx")).value();
  const std::size_t channels = bytes.find("\x08\x04", bytes.rfind("features"));
  REQUIRE(channels != std::string::npos);
  bytes[channels + 1] = 1;
  REQUIRE(writeBytes(file, bytes));
  const std::vector<std::string> size = {"--set", "input.width=64", "--set", "input.height=48"};
  const auto manifest = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "manifest");
    words.insert(words.end(), size.begin(), size.end());
    return limbusSays(words);
  };

  const Said first = manifest({file});
  REQUIRE(first.exitCode == 0);
  CHECK_THAT(first.err, ContainsSubstring("features, y; this is about the first, --output NAME"));
  const Json one = Json::parse(first.out);
  CHECK(one.at("output").at("name") == "features");
  CHECK(one.at("output").at("threshold") == 0.5);
  CHECK(one.at("classes").size() == 2);

  const Said second = manifest({file, "--output", "y", "--out", out, "--json"});
  REQUIRE(second.exitCode == 0);
  CHECK(second.err.empty());
  const Json four = Json::parse(second.out).at("manifest");
  CHECK(four.at("output").at("name") == "y");
  CHECK_FALSE(four.at("output").contains("threshold"));
  CHECK(four.at("classes").size() == 4);

  // A file that has a manifest keeps what it says of the input.
  const Said back = limbusSays({"manifest", out, "--output", "features"});
  REQUIRE(back.exitCode == 0);
  CHECK(Json::parse(back.out).at("output") == one.at("output"));
  CHECK(Json::parse(back.out).at("classes") == one.at("classes"));
  CHECK(Json::parse(back.out).at("input") == four.at("input"));
  CHECK(limbusSays({"manifest", out, "--output", "y"}).out == limbusSays({"manifest", out}).out);

  const Said none = manifest({file, "--output", "z"});
  CHECK(none.exitCode == 2);
  CHECK_THAT(none.err, ContainsSubstring("unknown output 'z'; known: features, y"));
}

TEST_CASE("limbus manifest prints what a file of open size still needs", "[infer][onnx]") {
  const ScratchFolder scratch;
  const std::string file = cases::path("foreign/argmax.onnx");
  const std::string out = (scratch / "out.onnx").string(), from = (scratch / "draft.json").string();

  const Said draft = limbusSays({"manifest", file, "--preset", "zero-one"});
  // What is said by name is said once, and stands above the preset.
  const Said more = limbusSays(
      {"manifest", file, "--preset", "imagenet", "--set", R"(classes.+={"name":"one more"})"});
  CHECK(more.err.find("is the name of an earlier class") == std::string::npos);
  const Said own = limbusSays(
      {"manifest", file, "--preset", "imagenet", "--set", R"(input.normalise={"by":"image"})"});
  INFO(own.err);
  CHECK(Json::parse(own.out).at("input").at("normalise").at("by") == "image");
  REQUIRE(draft.exitCode == 0);
  CHECK_THAT(draft.err, ContainsSubstring("--set input.width=W --set input.height=H"));
  const Json json = Json::parse(draft.out);
  CHECK(json.at("input").at("width").is_null());
  CHECK(json.at("input").at("height").is_null());
  CHECK(json.at("classes").size() == 4);

  const Said half = limbusSays({"manifest", file, "--set", "input.width=64"});
  REQUIRE(half.exitCode == 0);
  CHECK_THAT(half.err, ContainsSubstring("for: --set input.height=H"));
  CHECK(Json::parse(half.out).at("input").at("width") == 64);

  REQUIRE(writeBytes(from, draft.out));
  const Said refused = limbusSays({"manifest", file, "--from", from, "--out", out});
  CHECK(refused.exitCode == 2);
  CHECK_THAT(refused.err, ContainsSubstring("--set input.width=W --set input.height=H"));
  CHECK_FALSE(std::filesystem::exists(out));
  CHECK(limbusSays({"manifest", file, "--from", from, "--set", "input.width=64", "--set",
                    "input.height=48", "--out", out})
            .exitCode == 0);
}

TEST_CASE("limbus manifest guesses no number of classes", "[infer][onnx]") {
  const ScratchFolder scratch;
  const std::string file = (scratch / "open.onnx").string(),
                    from = (scratch / "draft.json").string();
  const std::string out = (scratch / "out.onnx").string();
  samples::SmallOnnx model;
  model.inputs = {{"x", {"1", "3", "480", "640"}}};
  model.outputs = {{"y", {"1", "c", "480", "640"}}};
  model.nodes = {{"Relu", {"x"}, "y"}};
  REQUIRE(writeBytes(file, model.bytes()));
  const Said draft = limbusSays({"manifest", file});
  REQUIRE(draft.exitCode == 0);
  CHECK(Json::parse(draft.out).at("classes").is_null());
  CHECK_THAT(draft.err, ContainsSubstring("does not say how many classes there are; name all"));
  REQUIRE(writeBytes(from, draft.out));
  for (const std::vector<std::string>& more :
       {std::vector<std::string>{}, {"--from", from}, {"--from", from, "--preset", "imagenet"}}) {
    std::vector<std::string> line = {"manifest", file, "--out", out};
    line.insert(line.end(), more.begin(), more.end());
    const Said refused = limbusSays(line);
    CHECK(refused.exitCode == 2);
    CHECK(refused.errLines() == 1);
    CHECK_THAT(refused.err, ContainsSubstring("how many classes"));
  }
  CHECK_FALSE(std::filesystem::exists(out));
  CHECK(limbusSays({"manifest", file, "--out", out, "--set",
                    R"(classes=[{"name":"rest"},{"name":"car"},{"name":"road"}])"})
            .exitCode == 0);
  // Of indices as well, unless an ArgMax counts them.
  model.outputs[0] = {"y", {"1", "480", "640"}, kOnnxInt64};
  REQUIRE(writeBytes(file, model.bytes()));
  CHECK(Json::parse(limbusSays({"manifest", file}).out).at("classes").is_null());
}

TEST_CASE("what no manifest helps is said before one is asked for", "[infer][onnx]") {
  for (const auto& [name, obstacle] :
       {std::pair("two_inputs", "the network takes 2 inputs: x, prompt; expected one image"),
        std::pair("instances", "instance segmentation")}) {
    const std::filesystem::path file = cases::path(std::string("foreign/") + name + ".onnx");
    for (const Engine engine : {Engine::automatic, Engine::limbus, Engine::onnxRuntime}) {
      const Result<Model> model = loadModel(file, "cpu", false, engine);
      REQUIRE_FALSE(model);
      CHECK_THAT(model.error().message, ContainsSubstring(obstacle));
    }
  }
}

TEST_CASE("external data: two files predict and say what the one file does", "[infer][onnx]") {
  const SplitModel split;
  Image image(96, 64, 1);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    image.pixels[i] = static_cast<std::uint8_t>(i * 7 % 256);
  }
  for (const Engine engine : {Engine::limbus, Engine::onnxRuntime}) {
    if (engine == Engine::onnxRuntime && onnxRuntimeVersion().empty()) continue;
    std::vector<Field> fields;
    for (const std::string& file : {split.whole, split.model}) {
      Result<Model> model = loadModel(file, "cpu", false, engine);
      REQUIRE(model);
      fields.push_back(predictorOf(std::move(*model))->predict(image.view()).value());
    }
    CHECK(fields[0].logits.values == fields[1].logits.values);
  }

  Json one = inspected(split.whole), two = inspected(split.model);
  one["what"] = two["what"] = "its name";
  CHECK(one == two);

  const Result<WeightFile> weights = readWeightFile(split.model);
  REQUIRE(weights);
  CHECK(weights->groups[0].tensors.size() == readWeightFile(split.whole)->groups[0].tensors.size());
}

TEST_CASE("external data: limbus manifest writes one file", "[infer][onnx]") {
  const SplitModel split;
  const std::string out = (split.scratch / "out.onnx").string();
  const std::string again = (split.scratch / "again.onnx").string();
  REQUIRE(limbusSays({"manifest", split.model, "--out", out}).exitCode == 0);
  REQUIRE(limbusSays({"manifest", split.whole, "--out", again}).exitCode == 0);
  CHECK(readBytes(out).value() == readBytes(again).value());
}

TEST_CASE("external data: a file that is missing or cut off is named", "[infer][onnx]") {
  const SplitModel split;
  const std::string out = (split.scratch / "out.safetensors").string();
  const auto says = [&](const std::vector<std::string>& words, const std::string& expected) {
    const Said said = limbusSays(words);
    CHECK(said.exitCode == 1);
    CHECK(said.errLines() == 1);
    CHECK_THAT(said.err, ContainsSubstring("model.onnx: keeps its weights in " +
                                           split.data.string() + ", which " + expected));
  };
  const auto everyone = [&](const std::string& expected) {
    says({"inspect", split.model}, expected);
    says({"manifest", split.model}, expected);
    says({"predict", "--model", split.model, "--images", split.whole, "--out", out}, expected);
    says({"import", split.model, "--net", "dabnet", "--out", out}, expected);
  };
  const std::string bytes = readBytes(split.data).value();
  REQUIRE(writeBytes(split.data, bytes.substr(1)));
  everyone("has " + std::to_string(bytes.size() - 1) + " bytes, expected " +
           std::to_string(bytes.size()));
  std::filesystem::remove(split.data);
  everyone("is not there; put both files in one folder");
  std::filesystem::create_directory(split.data);
  says({"inspect", split.model}, "is not there");
}
