// Files of other exporters: what they state, what a manifest for them starts from, and how their
// answers become scores. tests/cases/foreign is made and run in the browser by the TypeScript
// tests.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <tuple>

#include "own_onnx.h"
#include "result_text.h"
#include "shared/graph/op.h"
#include "shared/half.h"
#include "shared/input_presets.h"
#include "shared/model/onnx_model.h"
#include "shared/onnx/class_names.h"
#include "shared/onnx/interface.h"
#include "shared/onnx/metadata.h"
#include "shared/ops/ops.h"
#include "shared/ops/shapes.h"
#include "shared/vision/network_output.h"
#include "tests/native/core_cases.h"

using namespace limbus;

namespace {

std::string bytesOf(const std::string& name) {
  std::ifstream file(cases::path("foreign/" + name + ".onnx"), std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Whether `whole` says everything that `part` says.
bool holds(const Json& whole, const Json& part) {
  if (part.is_array()) {
    for (std::size_t i = 0; i < part.size(); ++i) {
      if (i >= whole.size() || !holds(whole[i], part[i])) return false;
    }
    return true;
  }
  if (!part.is_object()) return whole == part;
  for (const auto& [key, value] : part.items()) {
    if (!whole.contains(key) || !holds(whole[key], value)) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("foreign files: refused in one line, or a draft that the answers complete", "[onnx]") {
  for (const Json& row : cases::read("foreign.json")) {
    const std::string name = row["name"].get<std::string>();
    DYNAMIC_SECTION(name) {
      const Result<OnnxFacts> facts = inspectOnnx(bytesOf(name));
      REQUIRE(facts);
      const Result<OnnxInterface> ports = imageInterface(*facts);
      if (row.contains("obstacle")) {
        REQUIRE_FALSE(ports);
        CHECK(ports.error().code == ErrorCode::unsupported);
        const std::string said = row["obstacle"].get<std::string>();
        CHECK(ports.error().message.find(said) != std::string::npos);
        continue;
      }
      REQUIRE(ports);
      Json draft = Json::parse(toJson(draftManifest(*facts, *ports)));
      CAPTURE(draft.dump());
      CHECK(holds(draft, row.value("draft", Json::object())));
      draft.merge_patch(row.value("answers", Json::object()));
      const Result<Manifest> manifest = parseManifest(draft.dump());
      REQUIRE(manifest);
      REQUIRE(checkInterface(*ports, *manifest));
    }
  }
}

TEST_CASE("a manifest that names no output means the first that may be a mask", "[onnx]") {
  const std::vector<std::string> dims = {"N", "1", "32", "32"};
  const samples::SmallOnnx file{
      .inputs = {{"x", dims}},
      .outputs = {{"level", {"N", "1"}}, {"y", dims}, {"z", dims}},
      .nodes = {{"GlobalMaxPool", {"x"}, "level"}, {"Relu", {"x"}, "y"}, {"Sigmoid", {"x"}, "z"}}};
  const OnnxFacts facts = inspectOnnx(file.bytes()).value();
  Manifest manifest = draftManifest(facts, imageInterface(facts).value());
  CHECK(manifest.output.name == "y");
  manifest.output.name.clear();
  const Result<OnnxModel> model = readOnnx(file.bytes(manifest));
  CHECK((model ? "" : model.error().message) == "");
  REQUIRE(model);
  REQUIRE(model->graph.nodes.size() == 1);
  CHECK(model->graph.nodes[0].op == Op::relu);
}

TEST_CASE("a file that fixes one side alone drafts what fits it", "[onnx]") {
  const samples::SmallOnnx file{.inputs = {{"x", {"N", "3", "500", "W"}}},
                                .outputs = {{"y", {"N", "3", "500", "W"}}},
                                .nodes = {{"Relu", {"x"}, "y"}}};
  const OnnxFacts facts = inspectOnnx(file.bytes()).value();
  const OnnxInterface ports = imageInterface(facts).value();
  Manifest manifest = draftManifest(facts, ports);
  CHECK(manifest.input.height == 500);
  CHECK(manifest.input.width == 0);
  manifest.input.width = 650;
  const Result<void> fits = checkInterface(ports, manifest);
  CHECK((fits ? "" : fits.error().message) == "");
}

TEST_CASE("a manifest that does not fit the file says where", "[onnx]") {
  const auto error = [](const char* file, const char* patch) -> std::string {
    const OnnxFacts facts = inspectOnnx(bytesOf(file)).value();
    const OnnxInterface ports = imageInterface(facts).value();
    Json json = Json::parse(toJson(draftManifest(facts, ports)));
    json.merge_patch(Json::parse(patch));
    const Result<Manifest> manifest = parseManifest(json.dump());
    REQUIRE(manifest);
    const Result<void> fits = checkInterface(ports, *manifest);
    return fits ? "" : fits.error().message;
  };
  const std::string end = "; the manifest does not fit this file";
  CHECK(error("fixed_size", R"({"input": {"width": 32}})") ==
        "input 'x' has width 64, but the manifest says 32" + end);
  CHECK(error("fixed_size", R"({"input": {"resize": "none"}})") ==
        "input 'x' has width 64, but the manifest says 64 for some images and others for others" +
            end);
  CHECK(error("fixed_size", R"({"input": {"pad": {"multiple": 40}}})") ==
        "input 'x' has width 64, but the manifest says 64, padded to more" + end);
  CHECK(error("pixels", R"({"input": {"layout": "nchw"}})") ==
        "input 'x' has layout nhwc, but the manifest says nchw" + end);
  const std::string small = R"({"input": {"width": 64, "height": 48, )";
  CHECK(error("colour",
              (small + R"("colour": "grey", "normalise": {"mean": [0], "std": [1]}}})").c_str()) ==
        "input 'x' has 3 channels, but the manifest says 1" + end);
  CHECK(error("planes", (small + R"("gamma": 1}, "output": {"name": "z"}})").c_str()) ==
        "the manifest takes output 'z'; the file has y");
  CHECK(error("one_logit", (small + R"("gamma": 1}, "output": {"threshold": null}})").c_str()) ==
        "output 'y' has 1 channels, but the manifest says 2 classes" + end);
  CHECK(error("argmax", (small + R"("gamma": 1}, "output": {"kind": "logits"}})").c_str()) ==
        "output 'y' has class indices, but the manifest says scores" + end);
}

// Those that a graph of ours says; the images of the others are segmented in the browser's tests.
TEST_CASE("foreign files become graphs", "[onnx]") {
  for (const Json& row : cases::read("foreign.json")) {
    const std::string name = row["name"].get<std::string>();
    if (row.contains("obstacle")) continue;
    DYNAMIC_SECTION(name) {
      const std::string bytes = bytesOf(name);
      const OnnxFacts facts = inspectOnnx(bytes).value();
      Json json = Json::parse(toJson(draftManifest(facts, imageInterface(facts).value())));
      json.merge_patch(row.value("answers", Json::object()));
      const Manifest manifest = parseManifest(json.dump()).value();
      const Result<OnnxModel> model = readOnnx(withManifest(bytes, manifest).value());
      REQUIRE(model);
      CHECK(model->graph.inputChannels == manifest.input.channels());
      const auto shapes = inferShapes(model->graph, {1, model->graph.inputChannels, 48, 64});
      REQUIRE(shapes);
      const Dims out{
          1, static_cast<std::int64_t>(manifest.output.channels(manifest.classes.size())), 48, 64};
      CHECK((*shapes)[model->graph.outputs[0].value] == out);
    }
  }
}

TEST_CASE("foreign files: every operation that is lacking is named at once", "[onnx]") {
  const samples::SmallOnnx file{.inputs = {{"x", {"N", "1", "H", "W"}}},
                                .outputs = {{"y", {"N", "1", "H", "W"}}},
                                .nodes = {{"GlobalMaxPool", {"x"}, "t"},
                                          {"MatMul", {"t", "t"}, "m"},
                                          {"Einsum", {"m", "m"}, "e"},
                                          {"GlobalMaxPool", {"e"}, "y"}}};
  const OnnxFacts facts = inspectOnnx(file.bytes()).value();
  Manifest manifest = draftManifest(facts, imageInterface(facts).value());
  manifest.input.width = manifest.input.height = 32;
  const Result<OnnxModel> model = readOnnx(file.bytes(manifest));
  REQUIRE_FALSE(model);
  CHECK(model.error().message ==
        "operations that are not known here: Einsum, GlobalMaxPool (2), MatMul");
}

namespace {

using samples::draftOf;
using samples::fileOf;
using samples::refusalOf;
using samples::SmallNode;

}  // namespace

TEST_CASE("foreign files: a node without the input that it is about is refused", "[onnx]") {
  CHECK(contains(refusalOf(fileOf({{"Shape", {}, "s"}, {"Resize", {"x", "", "", "s"}, "y"}})),
                 "not known here: Shape"));
  CHECK(contains(
      refusalOf(fileOf(
          {{"Identity", {"", "x"}, "a"}, {"Identity", {"a"}, ""}, {"Clip", {"x", "", "a"}, "y"}})),
      "Identity 'the a' has no input"));
  CHECK(contains(refusalOf(fileOf({{"Constant", {}, "e", {}, {{"value_ints", {}}}},
                                   {"Reshape", {"x", "e"}, "y"}})),
                 "reshapes to what is neither groups"));
}

TEST_CASE("foreign files: a stride of 0 beside auto_pad is refused", "[onnx]") {
  const auto file = [](Dims strides) {
    return fileOf({{"Conv",
                    {"x", "w"},
                    "y",
                    {},
                    {{"strides", std::move(strides)}},
                    {{"auto_pad", "SAME_UPPER"}}}},
                  {{"w", {1, 1, 1, 1}, {1}}});
  };
  CHECK(contains(refusalOf(file({0, 1})), "stride must be in [1,"));
  CHECK(contains(refusalOf(file({-1, 1})), "stride must be in [1,"));
  CHECK(contains(refusalOf(file({5, 1})), "does not divide an extent of 32"));
}

TEST_CASE("foreign files: few bytes do not become many", "[onnx]") {
  std::vector<SmallNode> nodes = {{"Shape", {"x"}, "s0"}};
  for (int i = 0; i < 40; ++i) {  // twice as long each
    const std::string last = "s" + std::to_string(i);
    nodes.push_back({"Concat", {last, last}, "s" + std::to_string(i + 1)});
  }
  nodes.push_back({"Resize", {"x", "", "", "s40"}, "y", {}, {}, {{"mode", "linear"}}});
  CHECK(contains(refusalOf(fileOf(nodes)), "resizes to a size that is not known"));

  CHECK(contains(
      refusalOf(fileOf({{"DepthToSpace", {"x"}, "d", {{"blocksize", 2}}, {}, {{"mode", "CRD"}}},
                        {"ReduceMean", {"d"}, "v", {{"keepdims", 0}}, {{"axes", {2, 3}}}},
                        {"Gemm", {"v", "m"}, "g"},
                        {"Unsqueeze", {"g"}, "y", {}, {{"axes", {2, 3}}}}},
                       {{"m", {0, std::int64_t{1} << 40}}}, "4")),
      "does not take the channels of its vector"));

  const auto sixteen = [](const char* value) { return std::vector<std::string>(16, value); };
  nodes = {{"Concat", sixteen("x"), "c1"},
           {"Concat", sixteen("c1"), "c2"},
           {"Concat", sixteen("c2"), "a0"}};
  for (int i = 0; i < 200; ++i) {  // a constant of each channel
    nodes.push_back({"Add", {"a" + std::to_string(i), "one"}, "a" + std::to_string(i + 1)});
  }
  nodes.push_back({"Relu", {"a200"}, "y"});
  CHECK(contains(refusalOf(fileOf(nodes, {{"one", {}, {1}}}, "16")),
                 "would take more constants than the file holds"));
}

TEST_CASE("foreign files: thousands of nodes that do nothing take no time", "[onnx]") {
  constexpr int kNodes = 30000;
  std::vector<SmallNode> nodes;
  for (int i = 0; i < kNodes; ++i) nodes.push_back({"Relu", {"x"}, "unused" + std::to_string(i)});
  nodes.push_back({"Sigmoid", {"x"}, "a0"});
  for (int i = 0; i < kNodes; ++i) {
    nodes.push_back({"Identity", {"a" + std::to_string(i)}, "a" + std::to_string(i + 1)});
  }
  nodes.push_back({"Relu", {"a" + std::to_string(kNodes)}, "y"});
  const samples::SmallOnnx file = fileOf(std::move(nodes));
  Manifest manifest = draftOf(file);
  const Result<OnnxModel> model = readOnnx(file.bytes(manifest));
  REQUIRE(model);
  CHECK(model->graph.nodes.size() == 2);
}

// An adaptive pool is spelled out in Einsum, by which others mean much else.
TEST_CASE("foreign files: every operation of ours that ONNX has a word for is known", "[onnx]") {
  for (const OpRow& row : opTable()) {
    if (row.onnxType == nullptr || row.op == Op::adaptiveAvgPool) continue;
    INFO(row.name);
    const samples::SmallOnnx file{.inputs = {{"x", {"N", "1", "H", "W"}}},
                                  .outputs = {{"y", {"N", "1", "H", "W"}}},
                                  .nodes = {{row.onnxType, {"x"}, "y"}}};
    const OnnxFacts facts = inspectOnnx(file.bytes()).value();
    Manifest manifest = draftManifest(facts, imageInterface(facts).value());
    manifest.input.width = manifest.input.height = 32;
    const Result<OnnxModel> model = readOnnx(file.bytes(manifest));
    if (!model) CHECK(model.error().message.find("not known here") == std::string::npos);
  }
}

TEST_CASE("classes of an argmax are counted at its head", "[onnx]") {
  using samples::SmallNode;
  const auto classes = [](std::vector<SmallNode> tail) {
    samples::SmallOnnx file{.inputs = {{"x", {"N", "1", "H", "W"}}},
                            .outputs = {{"y", {"N", "H", "W"}}},
                            .nodes = {{"Conv", {"x", "w"}, "head"}},
                            .tensors = {{"w", {5, 1, 1, 1}, {0, 1, 2, 3, 4}}, {"s", {}, {2}}}};
    file.nodes.insert(file.nodes.end(), tail.begin(), tail.end());
    const OnnxFacts facts = inspectOnnx(file.bytes()).value();
    const OnnxInterface ports = imageInterface(facts).value();
    const Manifest draft = draftManifest(facts, ports);
    CHECK(draft.output.kind == OutputKind::argmax);
    CHECK(draft.classes.size() ==
          static_cast<std::size_t>(std::max(2, facts.outputs[0].argmaxClasses)));
    return facts.outputs[0].argmaxClasses;
  };
  const SmallNode last{"ArgMax", {"scores"}, "y", {{"axis", 1}, {"keepdims", 0}}};
  const SmallNode argmax{"ArgMax", {"scores"}, "labels", {{"axis", -3}}};
  CHECK(classes({{"Softmax", {"head"}, "scores"}, last}) == 5);
  CHECK(classes({{"Mul", {"s", "head"}, "scores"}, last}) == 5);
  CHECK(classes({{"Resize", {"head"}, "r"}, {"Cast", {"r"}, "scores"}, last}) == 5);
  CHECK(classes({{"Relu", {"head"}, "scores"}, argmax, {"Cast", {"labels"}, "y"}}) == 5);
  CHECK(classes({{"Slice", {"head"}, "scores"}, last}) ==
        0);  // which channels it keeps is not read
  CHECK(classes({{"Relu", {"scores"}, "scores"}, last}) == 0);
}

TEST_CASE("names of classes as exporters write them", "[onnx]") {
  using Names = std::vector<std::string>;
  const auto names = [](const char* key, const char* text) { return classNames({{key, text}}); };
  CHECK(names("names", "{0: 'a', 1: \"b's\", 2: 'c\\'s'}") == Names{"a", "b's", "c's"});
  CHECK(names("names", "['a', 'b']") == Names{"a", "b"});
  CHECK(names("id2label", R"({"1": "b", "0": "a"})") == Names{"a", "b"});
  CHECK(names("classes", "a, b c\nd") == Names{"a", "b c", "d"});
  CHECK(names("labels", R"(["a", "b"])") == Names{"a", "b"});
  CHECK(names("names", "{0: 'a', 2: 'b'}").empty());  // a gap
  CHECK(names("names", "{'a': 0}").empty());          // the other way round
  CHECK(names("names", "{0: 'a', 1: ").empty());      // cut off
  CHECK(names("names", "").empty());
  CHECK(names("labels", "[1, 2]").empty());
  CHECK(names("author", "a, b").empty());
  CHECK(names("names", "{{{").empty());
}

TEST_CASE("a manifest goes into a file and replaces the one that is there", "[onnx]") {
  const std::string before = bytesOf("ultralytics_names");
  const OnnxFacts facts = inspectOnnx(before).value();
  Manifest manifest = draftManifest(facts, imageInterface(facts).value());
  manifest.input.width = manifest.input.height = 32;
  manifest.name = "first";
  const std::string once = withManifest(before, manifest).value();
  CHECK(once == before + manifestEntry(manifest));
  manifest.name = "second";
  const std::string twice = withManifest(once, manifest).value();
  CHECK(twice == before + manifestEntry(manifest));
  const OnnxFacts after = inspectOnnx(twice).value();
  REQUIRE(after.manifest);
  CHECK(after.manifest->name == "second");
  CHECK(after.metadata == facts.metadata);
  CHECK_FALSE(withManifest("no file", manifest));
}

TEST_CASE("constants count as stored numbers, metadata is told", "[onnx]") {
  CHECK(inspectOnnx(bytesOf("constants"))->initializerElements == 8);
  CHECK(inspectOnnx(bytesOf("half"))->initializerElements == 8);
  CHECK(inspectOnnx(bytesOf("squeezed"))->initializerElements == 2);  // not the axes
  CHECK(inspectOnnx(bytesOf("ultralytics_names"))->metadata.count("names") == 1);
}

TEST_CASE("presets: order, one channel, more channels than colours", "[vision]") {
  const InputPreset& caffe = *findRow(inputPresets(), "caffe");
  InputSpec spec;
  applyPreset(caffe, spec);
  CHECK(spec.colour == Colour::grey);
  REQUIRE(spec.mean.size() == 1);
  CHECK(std::fabs(spec.mean[0] * 255 - (103.939 + 116.779 + 123.68) / 3) < 1e-9);
  spec.colour = Colour::rgb;
  spec.planes = 4;
  applyPreset(caffe, spec);
  CHECK(spec.colour == Colour::bgr);
  REQUIRE(spec.mean.size() == 4);
  CHECK(spec.mean[3] == spec.mean[0]);
  CHECK(std::fabs(spec.std[1] * 255 - 1) < 1e-12);
}

TEST_CASE("half precision, every value there and back", "[vision]") {
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const float value = halfToFloat(half);
    if (std::isnan(value)) {
      CHECK(std::isnan(halfToFloat(floatToHalf(value))));
    } else if (floatToHalf(value) != half) {
      FAIL("half " << bits << " is " << value << " and comes back as " << floatToHalf(value));
    }
  }
  CHECK(halfToFloat(0x3c00) == 1.0F);
  CHECK(halfToFloat(0x0001) == std::ldexp(1.0F, -24));
  CHECK(halfToFloat(0xc000) == -2.0F);
  CHECK(floatToHalf(65504.0F) == 0x7bff);
  CHECK(floatToHalf(65519.9F) == 0x7bff);
  CHECK(floatToHalf(65520.0F) == 0x7c00);
  CHECK(floatToHalf(1 + std::ldexp(1.0F, -11)) == 0x3c00);      // a tie goes to even
  CHECK(floatToHalf(1 + 3 * std::ldexp(1.0F, -11)) == 0x3c02);  // and upwards here
  CHECK(floatToHalf(std::ldexp(1.0F, -25)) == 0);
  CHECK(floatToHalf(std::numeric_limits<float>::infinity()) == 0x7c00);
}

TEST_CASE("more classes than columns: the image's shape tells channels from sides", "[onnx]") {
  const auto port = [](std::vector<std::string> input, std::vector<std::string> output) {
    OnnxFacts facts;
    facts.inputs = {{.name = "x", .type = "float", .shape = std::move(input), .shaped = true}};
    facts.outputs = {{.name = "y", .type = "float", .shape = std::move(output), .shaped = true}};
    const Result<OnnxInterface> ports = imageInterface(facts);
    REQUIRE(ports);
    const ImagePort& one = ports->outputs.front();
    return std::tuple(one.layout, *one.channels, *one.height, *one.width);
  };
  using enum Layout;
  CHECK(port({"1", "3", "512", "512"}, {"1", "150", "128", "128"}) ==
        std::tuple(nchw, 150, 128, 128));
  CHECK(port({"1", "512", "512", "3"}, {"1", "128", "128", "150"}) ==
        std::tuple(nhwc, 150, 128, 128));
  CHECK(port({"1", "3", "300", "400"}, {"1", "171", "75", "100"}) ==
        std::tuple(nchw, 171, 75, 100));
  CHECK(port({"1", "3", "64", "64"}, {"1", "64", "64", "64"}) == std::tuple(nchw, 64, 64, 64));
  CHECK(port({"1", "64", "64", "3"}, {"1", "64", "64", "64"}) == std::tuple(nhwc, 64, 64, 64));
  CHECK(port({"1", "64", "64", "1"}, {"1", "64", "64", "4"}) == std::tuple(nhwc, 4, 64, 64));
  CHECK(port({"1", "3", "h", "w"}, {"1", "150", "128", "128"}) == std::tuple(nchw, 150, 128, 128));
}

TEST_CASE("scores of one image: pixels, one channel, a class without a channel", "[vision]") {
  const std::vector<float> values{0, 1, 2, 3, 4, 5, 6, 7};
  OutputSpec output;
  const auto all = [&](const Dims& shape, std::size_t classes) {
    const Result<NetworkScores> scores = scoresOf(values.data(), shape, output, classes);
    REQUIRE(scores);
    const std::size_t count =
        static_cast<std::size_t>(scores->channels) * scores->height * scores->width;
    return std::vector<float>(scores->values(), scores->values() + count);
  };
  CHECK(all({2, 2, 2}, 2) == values);
  CHECK(scoresOf(values.data(), {2, 2, 2}, output, 2)->values() == values.data());
  output.layout = Layout::nhwc;
  CHECK(all({2, 2, 2}, 2) == std::vector<float>{0, 2, 4, 6, 1, 3, 5, 7});
  output.threshold = 0.5;
  CHECK(all({2, 2, 1}, 2) == std::vector<float>{0, 0, 0, 0, 0, 1, 2, 3});
  CHECK(all({2, 2}, 2) == std::vector<float>{0, 0, 0, 0, 0, 1, 2, 3});
  output.layout = Layout::nchw;
  output.kind = OutputKind::probabilities;
  output.threshold = 0.25;
  CHECK(all({2, 2, 2}, 3) == std::vector<float>{.25F, .25F, .25F, .25F, 0, 1, 2, 3, 4, 5, 6, 7});
  output.kind = OutputKind::logits;
  CHECK(std::fabs(all({1, 2, 2}, 2)[0] - std::log(0.25F / 0.75F)) < 1e-6F);
  CHECK(scoresOf(values.data(), {2, 2, 2}, output, 2).error().message ==
        "the manifest names 2 classes, the first without a channel, the network gives 2 channels; "
        "the manifest does not fit this file");
  CHECK_FALSE(scoresOf(values.data(), {8}, output, 2));
  CHECK_FALSE(scoresOf(values.data(), {2, 0, 2}, output, 2));
}
