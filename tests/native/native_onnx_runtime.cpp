// ONNX Runtime as the engine: what it runs beside our reader, what it says, and builds without it.
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cmath>

#include "command_line.h"
#include "native/data/files/image_files.h"
#include "native/infer/model.h"
#include "native/infer/onnx_runtime.h"
#include "native/infer/onnx_runtime_text.h"
#include "native/system/files.h"
#include "native_catch.h"
#include "scratch_folder.h"
#include "shared/eyes/eyes.h"
#include "shared/json_reader.h"
#include "shared/model/onnx_model.h"
#include "small_onnx.h"
#include "tiny_model.h"

using namespace limbus;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

const fs::path kEyeS = fs::path(LIMBUS_CASES) / "../../models/eye-s/model.onnx";

bool withoutRuntime() { return onnxRuntimeVersion().empty(); }

Manifest greyManifest(int classes) {
  Manifest manifest;
  manifest.name = "grey";
  manifest.input.width = 64;
  manifest.input.height = 48;
  manifest.input.multiple = 1;
  manifest.input.mean = {0};
  manifest.input.std = {1};
  for (int i = 0; i < classes; ++i) {
    manifest.classes.push_back({"class " + std::to_string(i), {}, ""});
  }
  return manifest;
}

// Class 1 where a pixel is above 127; Softsign, which keeps signs and order, is none of ours.
samples::SmallOnnx halves(const std::string& operation = "Softsign") {
  return {.inputs = {{"x", {"N", "1", "H", "W"}}},
          .outputs = {{"y", {"N", "2", "H", "W"}}},
          .nodes = {{"Conv", {"x", "w", "b"}, "p"}, {operation, {"p"}, "y"}},
          .tensors = {{"w", {2, 1, 1, 1}, {0, 8}}, {"b", {2}, {0, -8 * 127.5F / 255}}}};
}

Image levels(int width, int height) {
  Image image(width, height, 1);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    image.pixels[i] = static_cast<std::uint8_t>(i * 7 % 256);
  }
  return image;
}

std::size_t wrongHalves(const Mask& mask, const Image& image) {
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    wrong += mask.pixels[i] != (image.pixels[i] > 127);
  }
  return wrong;
}

struct OneFile {
  ScratchFolder scratch;
  fs::path path = scratch / "small.onnx";

  explicit OneFile(const std::string& bytes) { REQUIRE(writeBytes(path, bytes)); }
  Result<Model> load(Engine engine) const { return loadModel(path, "cpu", true, engine); }
};

std::string oneLine(const Error& error) {
  CHECK(error.message.find('\n') == std::string::npos);
  CHECK(error.message.find(".cc") == std::string::npos);
  CHECK(error.message.find(".h:") == std::string::npos);
  return error.message;
}

}  // namespace

TEST_CASE("onnxruntime: a released model has the same logits and masks in both engines",
          "[infer][onnxruntime]") {
  if (withoutRuntime()) SKIP("a build without ONNX Runtime");
  const auto ours = predictorOf(loadModel(kEyeS, "cpu").value());
  const auto theirs = predictorOf(loadModel(kEyeS, "cpu", true, Engine::onnxRuntime).value());
  for (const auto& [width, height] : {std::pair{320, 240}, {400, 640}, {101, 77}}) {
    INFO(width << "x" << height);
    const Image eye = renderEye("usb", 11, 2, width, height)->image;
    const Field a = ours->predict(eye.view()).value(), b = theirs->predict(eye.view()).value();
    REQUIRE(a.logits.shape == b.logits.shape);
    double most = 0;
    for (std::size_t i = 0; i < a.logits.values.size(); ++i) {
      most = std::max(most, std::abs(double{a.logits.values[i]} - b.logits.values[i]));
    }
    CHECK(most > 0);  // two engines indeed
    CHECK(most < 1e-4);
    CHECK(maskOf(a)->pixels == maskOf(b)->pixels);
  }
}

TEST_CASE("onnxruntime: an operation that we do not have runs, and is named where it cannot",
          "[infer][onnxruntime]") {
  const OneFile file(halves().bytes(greyManifest(2)));
  const Result<Model> ours = file.load(Engine::limbus);
  REQUIRE_FALSE(ours);
  CHECK_THAT(ours.error().message, ContainsSubstring("small.onnx: operations that are not known"));
  CHECK_THAT(ours.error().message, ContainsSubstring("Softsign"));
  CHECK(ours.error().message.find("ONNX Runtime") == std::string::npos);

  Result<Model> any = file.load(Engine::automatic);
  const Said inspected = limbusSays({"inspect", file.path.string()});
  CHECK(inspected.exitCode == 0);
  CHECK_THAT(
      inspected.out,
      ContainsSubstring("predict and evaluate: " + (any ? any->note : any.error().message) + "\n"));
  if (withoutRuntime()) {
    REQUIRE_FALSE(any);
    CHECK_THAT(any.error().message,
               ContainsSubstring("Softsign; ONNX Runtime may run it: install its C library"));
    return;
  }
  REQUIRE(any);
  CHECK_THAT(any->note, ContainsSubstring("small.onnx runs in ONNX Runtime " +
                                          onnxRuntimeVersion() + ", on the CPU: operations"));
  const auto predictor = predictorOf(std::move(*any));
  for (const auto& [width, height] : {std::pair{64, 48}, {31, 50}}) {
    const Image image = levels(width, height);
    CHECK(wrongHalves(maskOf(predictor->predict(image.view()).value()).value(), image) == 0);
  }
}

TEST_CASE("onnxruntime: opsets outside those that we read", "[infer][onnxruntime]") {
  if (withoutRuntime()) SKIP("a build without ONNX Runtime");
  samples::SmallOnnx old = halves("Sigmoid");
  old.opset = 6;
  Manifest manifest = greyManifest(2);
  manifest.output.kind = OutputKind::probabilities;
  const OneFile file(old.bytes(manifest));
  REQUIRE_FALSE(file.load(Engine::limbus));
  const Image image = levels(64, 48);
  const auto predictor = predictorOf(file.load(Engine::automatic).value());
  CHECK(wrongHalves(maskOf(predictor->predict(image.view()).value()).value(), image) == 0);
}

TEST_CASE("onnxruntime: our own files and those that our reader takes stay with LibTorch",
          "[infer][onnxruntime]") {
  const OneFile file(tinyOnnx());
  CHECK(file.load(Engine::automatic)->net);
  CHECK(OneFile(halves("Relu").bytes(greyManifest(2))).load(Engine::automatic)->net);
  const Result<Model> other = file.load(Engine::onnxRuntime);
  if (!withoutRuntime()) {
    CHECK_FALSE(other->net);
    return;
  }
  REQUIRE_FALSE(other);
  CHECK_THAT(other.error().message,
             ContainsSubstring("this limbus was built without ONNX Runtime; install its C library "
                               "(libonnxruntime-dev, Debian 13 and newer) and build limbus anew"));
}

TEST_CASE("onnxruntime: damaged files and manifests that do not fit are refused in one line",
          "[infer][onnxruntime]") {
  const std::string good = halves().bytes(greyManifest(2));
  for (const Engine engine : {Engine::automatic, Engine::limbus, Engine::onnxRuntime}) {
    const Result<Model> cut = OneFile(good.substr(0, good.size() / 2)).load(engine);
    REQUIRE_FALSE(cut);
    CHECK_THAT(oneLine(cut.error()), ContainsSubstring("small.onnx: not an ONNX file: "));
    REQUIRE_FALSE(OneFile("").load(engine));
  }
  const Result<Model> silent = OneFile(halves().bytes()).load(Engine::onnxRuntime);
  REQUIRE_FALSE(silent);
  CHECK_THAT(oneLine(silent.error()), ContainsSubstring("`limbus manifest`"));
  const Result<Model> three = OneFile(halves().bytes(greyManifest(3))).load(Engine::automatic);
  REQUIRE_FALSE(three);
  CHECK_THAT(oneLine(three.error()), ContainsSubstring("the manifest does not fit this file"));
}

TEST_CASE("onnxruntime: what the runtime refuses is said in one line of ours",
          "[infer][onnxruntime]") {
  if (withoutRuntime()) SKIP("a build without ONNX Runtime");
  const Result<Model> unknown =
      OneFile(halves("Blur").bytes(greyManifest(2))).load(Engine::automatic);
  REQUIRE_FALSE(unknown);
  CHECK_THAT(oneLine(unknown.error()),
             ContainsSubstring("operations that are not known here: Blur; ONNX Runtime " +
                               onnxRuntimeVersion() + " refuses it: "));

  // Loads, and fails on images that are not as high as its constant.
  samples::SmallOnnx tall = halves();
  tall.nodes.push_back({"Add", {"y", "c"}, "z"});
  tall.tensors.push_back({"c", {1, 1, 48, 1}, std::vector<float>(48, 1)});
  tall.outputs[0].name = "z";
  const auto predictor =
      predictorOf(OneFile(tall.bytes(greyManifest(2))).load(Engine::onnxRuntime).value());
  CHECK(predictor->predict(levels(64, 48).view()));
  const Result<Field> wrong = predictor->predict(levels(64, 50).view());
  REQUIRE_FALSE(wrong);
  CHECK_THAT(oneLine(wrong.error()),
             ContainsSubstring("the network fails on an input of [1,1,50,64]: "));

  samples::SmallOnnx indices = halves();
  indices.nodes.push_back({"ArgMax", {"y"}, "z", {{"axis", 1}, {"keepdims", 0}}});
  indices.nodes[0].inputs[1] = "three";
  indices.nodes[0].inputs[2] = "c";
  indices.tensors = {{"three", {3, 1, 1, 1}, {0, 8, 16}}, {"c", {3}, {0, -1, -2}}};
  indices.outputs = {{"z", {"N", "H", "W"}, kOnnxInt64}};
  Manifest manifest = greyManifest(2);
  manifest.output.kind = OutputKind::argmax;
  const auto third =
      predictorOf(OneFile(indices.bytes(manifest)).load(Engine::onnxRuntime).value());
  const Result<Field> beyond = third->predict(levels(64, 48).view());
  REQUIRE_FALSE(beyond);
  CHECK_THAT(oneLine(beyond.error()),
             ContainsSubstring("answers class 2, the manifest names 2 classes"));
}

TEST_CASE("onnxruntime: the runtime's messages as part of a line", "[infer][onnxruntime]") {
  CHECK(plainRuntimeText("Non-zero status code returned while running Concat node. Name:'cat' "
                         "Status Message: /build/a-1.21/core/concat.cc:152 onnxruntime::Status "
                         "onnxruntime::Base::Prepare(Context*, const V&, P&) const Axis 2 has\n"
                         "mismatched dimensions of 24 and 48.\n") ==
        "Axis 2 has mismatched dimensions of 24 and 48");
  CHECK(plainRuntimeText("/b/bcast.h:34 void T::Append(ptrdiff_t, F<int(int)>) [with T = float] "
                         "axis == 1 || axis == n was false. Attempting to broadcast 4 by 5") ==
        "Attempting to broadcast 4 by 5");
  CHECK(plainRuntimeText("Fatal error: Blur(-1) is not a registered function/op") ==
        "Blur(-1) is not a registered function/op");
  CHECK(plainRuntimeText("Failed to load model with error: Opset 99 is new. It may come." +
                         std::string(200, ' ') + std::string(200, 'a')) ==
        "Opset 99 is new. It may come");
  CHECK(plainRuntimeText("no sources, one line") == "no sources, one line");
  CHECK(plainRuntimeText("").empty());
  CHECK(plainRuntimeText("x.cc:1").empty());
  CHECK(plainRuntimeText("x.cc:1 f(").empty());
  CHECK(plainRuntimeText(std::string(1000, 'a')).size() == 200);
}

TEST_CASE("onnxruntime: predict and evaluate by either engine", "[infer][onnxruntime]") {
  const std::string version = limbusSays({"--version"}).out;
  if (withoutRuntime()) {
    CHECK_THAT(version, ContainsSubstring("without ONNX Runtime"));
  } else {
    CHECK_THAT(version, ContainsSubstring("ONNX Runtime " + onnxRuntimeVersion()));
  }
  const ScratchFolder scratch;
  const std::string model = (scratch / "tiny.onnx").string();
  REQUIRE(writeBytes(model, tinyOnnx()));
  fs::create_directory(scratch / "images");
  for (int i = 0; i < 2; ++i) {
    const Image eye = renderEye("usb", 4, static_cast<std::uint32_t>(i), 96, 64)->image;
    REQUIRE(writePng(scratch / ("images/" + std::to_string(i) + ".png"), eye.view()));
  }
  const auto predict = [&](const std::string& engine, std::vector<std::string> more) {
    const std::string out = (scratch / engine).string();
    more.insert(more.begin(), {"predict", "--model", model, "--engine", engine, "--device", "cpu",
                               "--images", (scratch / "images").string(), "--out", out, "--force"});
    return limbusSays(more);
  };
  const Said odd = predict("tvm", {});
  CHECK(odd.exitCode == 2);
  CHECK(odd.errLines() == 1);
  if (withoutRuntime()) {
    const Said none = predict("onnxruntime", {});
    CHECK(none.exitCode == 1);
    CHECK(none.errLines() == 1);
    CHECK_THAT(none.err, ContainsSubstring("built without ONNX Runtime"));
    return;
  }
  const std::vector<std::vector<std::string>> ways = {
      {},
      {"--mode", "sliding:width=48,height=40", "--tta", "none,flip-x"},
      {"--model", model + "=2", "--one-at-a-time"},
      {"--smooth", "window:frames=1"}};
  for (const std::vector<std::string>& way : ways) {
    INFO((way.empty() ? "plain" : way[0]));
    for (const char* engine : {"limbus", "onnxruntime"}) {
      const Said said = predict(engine, way);
      INFO(said.err);
      REQUIRE(said.exitCode == 0);
    }
    const Image ours = readImage(scratch / "limbus/1.png").value(),
                theirs = readImage(scratch / "onnxruntime/1.png").value();
    std::size_t differ = 0;
    for (std::size_t i = 0; i < ours.pixels.size(); ++i) {
      differ += ours.pixels[i] != theirs.pixels[i];
    }
    CHECK(differ <= ours.pixels.size() / 1000);  // near ties of an untrained network
  }

  // A foreign operation, twice and one at a time: said once, and nothing of the runtime's own.
  REQUIRE(writeBytes(model, halves().bytes(greyManifest(2)), false));
  const Said foreign = predict("auto", {"--model", model, "--one-at-a-time"});
  REQUIRE(foreign.exitCode == 0);
  CHECK(foreign.errLines() == 1);
  CHECK_THAT(foreign.err, ContainsSubstring("Softsign"));
  const Said scored =
      limbusSays({"evaluate", "--model", kEyeS.string(), "--engine", "onnxruntime", "--dataset",
                  "rendered", "--split", "test", "--option", "preset=any", "--option", "count=80",
                  "--option", "validationCount=4", "--json"});
  REQUIRE(scored.exitCode == 0);
  CHECK(Json::parse(scored.out).at("mIoU").get<double>() > 0.8);
}

TEST_CASE("a graph that computes nothing is refused, not run", "[infer][onnx]") {
  samples::SmallOnnx file = halves();
  file.nodes = {{"Identity", {"x"}, "y"}};
  samples::SmallOnnx constant = file;
  constant.nodes = {{"Identity", {"table"}, "y"}};
  constant.tensors = {{"table", {1, 2, 8, 8}, std::vector<float>(128, 1)}};
  for (const samples::SmallOnnx& one : {file, constant}) {
    const Result<OnnxModel> model = readOnnx(one.bytes(greyManifest(2)));
    REQUIRE(!model);
    CHECK(model.error().message.find("the graph computes nothing") != std::string::npos);
  }
}
