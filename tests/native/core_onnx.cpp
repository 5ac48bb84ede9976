// ONNX written, checked, read back and written again.
#include <unistd.h>

#include <catch2/catch_approx.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "onnx_samples.h"
#include "result_text.h"
#include "shared/onnx/facts.h"
#include "shared/onnx/proto.h"
#include "shared/ops/onnx_node_reader.h"
#include "shared/ops/summary.h"

using namespace limbus;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

namespace {

Result<std::string> write(const samples::OnnxSample& sample, const OnnxOptions& options) {
  return writeOnnx(sample.graph, sample.weights, sample.manifest, options);
}

Graph dabnet() { return buildNet("dabnet").value(); }

std::string dabnetBytes(const OnnxOptions& options = {}) {
  const Graph graph = dabnet();
  return writeOnnx(graph, samples::sampleWeights(graph), samples::manifestFor(graph, 4), options)
      .value();
}

}  // namespace

TEST_CASE("written, read and written again gives the same bytes", "[onnx]") {
  for (const auto& sample : samples::onnxSamples()) {
    for (const auto& row : samples::optionRows(sample)) {
      INFO(sample.name << ", " << row.name << ", fold " << row.options.foldBatchNorm << ", argmax "
                       << (row.options.tail == Tail::argmax));
      const Result<std::string> bytes = write(sample, row.options);
      if (!bytes) FAIL(bytes.error().message);
      CHECK(write(sample, row.options).value() == *bytes);
      const Result<OnnxModel> model = readOnnx(*bytes);
      if (!model) FAIL(model.error().message);
      const Result<std::string> again =
          writeOnnx(model->graph, model->weights, model->manifest, row.options);
      if (!again) FAIL(again.error().message);
      CHECK(*again == *bytes);
      CHECK(model->manifest.learnedParameters == countParameters(sample.graph));
    }
  }
}

TEST_CASE("without folding and cutting the graph comes back whole", "[onnx]") {
  for (const auto& sample : samples::onnxSamples()) {
    INFO(sample.name);
    const Weights& weights = sample.weights;
    const OnnxOptions options{.tail = Tail::argmax, .foldBatchNorm = false};
    const OnnxModel model =
        readOnnx(writeOnnx(sample.graph, weights, sample.manifest, options).value()).value();
    std::vector<const Node*> kept;
    std::set<std::string> stored;  // auxiliary heads stay behind
    const std::vector<bool> needed = neededNodes(sample.graph, false);
    for (std::size_t i = 0; i < needed.size(); ++i) {
      const Node& node = sample.graph.nodes[i];
      if (!needed[i]) continue;
      if (node.op != Op::dropout) kept.push_back(&node);
      for (int index : node.parameters) stored.insert(sample.graph.parameters[index].name);
    }
    // An average pool with ceil and counted padding is written as a pad and a pool.
    if (model.graph.nodes.size() == kept.size()) {
      for (std::size_t i = 0; i < kept.size(); ++i) {
        INFO(kept[i]->name);
        CHECK(model.graph.nodes[i].op == kept[i]->op);
        CHECK(model.graph.nodes[i].name == kept[i]->name);
        if (kept[i]->op != Op::avgPool)
          CHECK(model.graph.nodes[i].attributes == kept[i]->attributes);
      }
    } else {
      CHECK(sample.name == std::string("avgPool ceil counting padding"));
    }
    CHECK(model.graph.parameters.size() == stored.size());
    for (const auto& [name, tensor] : weights) {
      if (stored.count(name) == 0) continue;
      REQUIRE(model.weights.count(name) == 1);
      CHECK(model.weights.at(name).shape == tensor.shape);
      CHECK(model.weights.at(name).values == tensor.values);
    }
    CHECK(countMultiplyAdds(model.graph, sample.size).value() ==
          countMultiplyAdds(sample.graph, sample.size).value());
  }
}

TEST_CASE("a pool whose last window may begin in its padding has no form", "[onnx]") {
  Builder b("pool", 3);
  const ValueId pooled =
      b.avgPool(b.input(), "pool", {.kernel = 2, .stride = 2, .padding = 1, .ceil = true});
  const Graph graph = b.finish(b.resize(pooled, "up", {.mode = "nearest", .like = b.input()}));
  const Result<std::string> bytes =
      writeOnnx(graph, {}, samples::manifestFor(graph, 3), {.tail = Tail::logits});
  REQUIRE(!bytes);
  CHECK_THAT(bytes.error().message, ContainsSubstring("has no form in ONNX"));
}

TEST_CASE("further outputs are written where something reads them", "[onnx]") {
  std::map<std::string, std::vector<std::string>> outputs;  // of the pooling, by sample
  for (const auto& sample : samples::onnxSamples()) {
    const std::string bytes = write(sample, {}).value();
    const OnnxFile file = parseOnnx(bytes).value();
    for (const OnnxNode& node : file.graph.nodes) {
      if (node.name != "pool") continue;
      outputs[sample.name].assign(node.outputs.begin(), node.outputs.end());
    }
  }
  CHECK(outputs["maxPool floor"] == std::vector<std::string>{"pool"});
  CHECK(outputs["maxPool with unread indices"] == std::vector<std::string>{"pool"});
  CHECK(outputs["maxUnpool 2x2"] == std::vector<std::string>{"pool", "pool/indices"});
}

TEST_CASE("a list of any length is read from a node", "[onnx]") {
  const OnnxNode onnx{
      .attributes = {{.name = "bins", .kind = onnx_field::kKindInts, .integers = {2, 3, 6}},
                     {.name = "scale", .kind = onnx_field::kKindFloat, .number = 2}}};
  const OnnxNames names;
  Graph graph;
  Node node;
  OnnxNodeReader reader(onnx, names, graph, node);
  REQUIRE(reader.list("bins", "bins"));
  CHECK(NodeView{graph, node}.list("bins") == std::vector<std::int64_t>{2, 3, 6});
  const auto refused = [](const Result<void>& ok) { return ok ? "" : ok.error().message; };
  CHECK(refused(reader.finish()) == "attribute 'scale' is not understood here");
  CHECK(refused(reader.list("scale", "scale")) == "attribute 'scale' must be whole numbers");
}

TEST_CASE("no file needs its doc strings", "[onnx]") {
  for (const auto& sample : samples::onnxSamples()) {
    for (const auto& row : samples::optionRows(sample)) {
      INFO(sample.name << ", " << row.name);
      const std::string bytes = write(sample, row.options).value();
      const OnnxFile file = parseOnnx(bytes).value();
      for (const OnnxNode& node : file.graph.nodes) CHECK(node.doc.empty());
    }
  }
}

TEST_CASE("the tail is cut and the manifest says what is left", "[onnx]") {
  const OnnxModel logits = readOnnx(dabnetBytes()).value();
  CHECK(logits.manifest.output.kind == OutputKind::logits);
  CHECK(logits.manifest.output.stride == 8);
  CHECK_FALSE(logits.manifest.output.alignCorners);
  CHECK(logits.manifest.learnedParameters == 242662);
  CHECK(logits.graph.nodes.back().name == "classifier");

  const OnnxModel argmax = readOnnx(dabnetBytes({.tail = Tail::argmax})).value();
  CHECK(argmax.manifest.output.kind == OutputKind::argmax);
  CHECK(argmax.manifest.output.stride == 1);
  CHECK(argmax.graph.nodes.back().op == Op::resize);
  CHECK(argmax.graph.nodes.back().inputs[1] == 0);
}

TEST_CASE("facts of a written file", "[onnx]") {
  const OnnxFacts facts = inspectOnnx(dabnetBytes({.metadata = {{"note", "mine"}}})).value();
  CHECK(facts.irVersion == 8);
  CHECK(facts.opset == 17);
  CHECK(facts.producer == "limbus");
  REQUIRE(facts.inputs.size() == 1);
  CHECK(facts.inputs[0].name == "image");
  CHECK(facts.inputs[0].type == "float");
  CHECK(facts.inputs[0].shape == std::vector<std::string>{"N", "1", "H", "W"});
  REQUIRE(facts.outputs.size() == 1);
  CHECK(facts.outputs[0].name == "logits");
  CHECK(facts.outputs[0].shape == std::vector<std::string>{"N", "4", "H/8", "W/8"});
  REQUIRE(facts.manifest.has_value());
  CHECK(facts.manifest->classes.size() == 4);
  CHECK(facts.opCounts.at("PRelu") == 3 + 2 + 3 + 7 * 9);
  CHECK(facts.opCounts.count("Resize") == 0);

  const OnnxFacts mask =
      inspectOnnx(dabnetBytes({.tail = Tail::argmax, .batch = 2, .height = 400, .width = 640}))
          .value();
  CHECK(mask.inputs[0].shape == std::vector<std::string>{"2", "1", "400", "640"});
  CHECK(mask.outputs[0].name == "mask");
  CHECK(mask.outputs[0].type == "int64");
  CHECK(mask.outputs[0].shape == std::vector<std::string>{"2", "400", "640"});
  CHECK(mask.opCounts.at("ArgMax") == 1);
}

TEST_CASE("batch norms fold where only they read the convolution", "[onnx]") {
  const auto normsIn = [](const std::string& bytes) {
    const OnnxFacts facts = inspectOnnx(bytes).value();
    const auto found = facts.opCounts.find("BatchNormalization");
    return found == facts.opCounts.end() ? 0 : found->second;
  };
  // DABNet: 3 in the stem, 5 of 7 in each module, and the plain one of down2 fold.
  const int all = 3 + 1 + 1 + 9 * 7 + 1 + 1 + 1;
  CHECK(normsIn(dabnetBytes({.foldBatchNorm = false})) == all);
  CHECK(normsIn(dabnetBytes()) == all - 3 - 9 * 5 - 1);

  Builder b("twice", 1);
  const ValueId x = b.conv(b.input(), "conv", {.out = 2, .kernel = 1});
  const Graph graph = b.finish(b.add(x, b.batchNorm(x, "norm"), "sum"));
  CHECK(normsIn(writeOnnx(graph, samples::sampleWeights(graph), samples::manifestFor(graph, 2), {})
                    .value()) == 1);
}

TEST_CASE("folded numbers, by hand", "[onnx]") {
  Builder b("fold", 1);
  ValueId x = b.conv(b.input(), "conv", {.out = 2, .kernel = 1, .bias = true});
  const Graph graph = b.finish(b.batchNorm(x, "norm", {.eps = 1e-5}));
  Weights weights{{"conv.weight", {{2, 1, 1, 1}, {2.0f, -3.0f}}},
                  {"conv.bias", {{2}, {1.0f, 0.5f}}},
                  {"norm.weight", {{2}, {4.0f, 1.0f}}},
                  {"norm.bias", {{2}, {0.25f, -1.0f}}},
                  {"norm.running_mean", {{2}, {0.5f, 2.0f}}},
                  {"norm.running_var", {{2}, {3.99999f, 0.24999f}}}};
  const OnnxModel model =
      readOnnx(writeOnnx(graph, weights, samples::manifestFor(graph, 2), {}).value()).value();
  REQUIRE(model.graph.nodes.size() == 1);
  // scale = 4 / sqrt(4) = 2 and 1 / sqrt(0.25) = 2.
  const std::vector<float>& weight = model.weights.at("conv.weight").values;
  const std::vector<float>& bias = model.weights.at("conv.bias").values;
  CHECK(weight[0] == Approx(4.0));
  CHECK(weight[1] == Approx(-6.0));
  CHECK(bias[0] == Approx((1.0 - 0.5) * 2 + 0.25));
  CHECK(bias[1] == Approx((0.5 - 2.0) * 2 - 1.0));
}

TEST_CASE("a grouped deconvolution folds per output channel", "[onnx]") {
  Builder b("fold", 1);
  ValueId x = b.conv(b.input(), "widen", {.out = 4, .kernel = 1});
  x = b.deconv(x, "deconv", {.out = 4, .kernel = 1, .stride = 1, .groups = 2});
  const Graph graph = b.finish(b.batchNorm(x, "norm"));
  Weights weights = samples::sampleWeights(graph);
  weights["deconv.weight"].values = {1, 1, 1, 1, 1, 1, 1, 1};  // [4,2,1,1]
  weights["norm.weight"].values = {1, 2, 3, 4};
  weights["norm.running_var"].values.assign(4, 1.0f - 1e-5f);
  const OnnxModel model =
      readOnnx(writeOnnx(graph, weights, samples::manifestFor(graph, 4), {}).value()).value();
  const std::vector<float>& folded = model.weights.at("deconv.weight").values;
  const double expected[] = {1, 2, 1, 2, 3, 4, 3, 4};  // inputs 0, 1 -> outputs 0, 1; 2, 3 -> 2, 3
  for (int i = 0; i < 8; ++i) CHECK(folded[i] == Approx(expected[i]));
}

TEST_CASE("auxiliary heads and dropout stay out of the file", "[onnx]") {
  Builder b("aux", 1);
  ValueId x = b.conv(b.input(), "trunk", {.out = 3, .kernel = 3, .padding = 1});
  x = b.dropout(x, "drop");
  b.auxiliary("aux", b.conv(x, "side", {.out = 4, .kernel = 1}));
  const Graph graph = b.finish(b.conv(x, "head", {.out = 4, .kernel = 1}));
  const OnnxModel model =
      readOnnx(writeOnnx(graph, samples::sampleWeights(graph), samples::manifestFor(graph, 4), {})
                   .value())
          .value();
  REQUIRE(model.graph.nodes.size() == 2);
  CHECK(model.graph.nodes[1].name == "head");
  CHECK(model.weights.count("side.weight") == 0);
}

TEST_CASE("what cannot be written is said", "[onnx]") {
  const Graph graph = dabnet();
  const Weights weights = samples::sampleWeights(graph);
  const Manifest manifest = samples::manifestFor(graph, 4);
  const auto error = [&](const Weights& w, const Manifest& m, const OnnxOptions& o = {}) {
    return writeOnnx(graph, w, m, o).error().message;
  };
  Weights missing = weights;
  missing.erase("classifier.weight");
  CHECK_THAT(error(missing, manifest), ContainsSubstring("no 'classifier.weight' [4,145,1,1]"));
  Weights misshapen = weights;
  misshapen["classifier.weight"].shape = {145, 4, 1, 1};
  CHECK_THAT(error(misshapen, manifest), ContainsSubstring("must be [4,145,1,1], got [145,4,1,1]"));
  Weights diverged = weights;
  diverged["classifier.weight"].values[3] = std::nanf("");
  CHECK_THAT(error(diverged, manifest),
             ContainsSubstring("'classifier.weight' holds a value that is not"));
  CHECK_THAT(error(weights, samples::manifestFor(graph, 5)), ContainsSubstring("names 5 classes"));
  Manifest colour = manifest;
  colour.input.colour = Colour::rgb;
  CHECK_THAT(error(weights, colour), ContainsSubstring("images of 3 channels"));
  CHECK_THAT(error(weights, manifest, {.height = -5, .width = 8}),
             ContainsSubstring("out of range"));
}

TEST_CASE("odd fixed sizes", "[onnx]") {
  const OnnxFacts facts =
      inspectOnnx(dabnetBytes({.batch = 1, .height = 101, .width = 83})).value();
  CHECK(facts.outputs[0].shape == std::vector<std::string>{"1", "4", "13", "11"});
}

TEST_CASE("ONNX's full checker accepts every written file", "[onnx]") {
  if (std::system("/usr/bin/python3 -c 'import onnx' >/dev/null 2>&1") != 0) {
    SKIP("python3-onnx is not installed");
  }
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / ("limbus-onnx-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  int index = 0;
  for (const auto& sample : samples::onnxSamples()) {
    for (const auto& row : samples::optionRows(sample)) {
      std::string name = std::to_string(index++) + " " + sample.name + " " + row.name;
      for (char& c : name) c = c == ' ' ? '_' : c;
      std::ofstream(folder / (name + ".onnx"), std::ios::binary)
          << write(sample, row.options).value();
    }
  }
  const std::string command = "/usr/bin/python3 '" LIMBUS_CASES "/../parity/check_onnx.py' " +
                              folder.string() + "/*.onnx > " + (folder / "log").string() + " 2>&1";
  const int status = std::system(command.c_str());
  std::ifstream stream(folder / "log");
  const std::string log{std::istreambuf_iterator<char>(stream), {}};
  INFO(log);
  CHECK(status == 0);
  CHECK_THAT(log, ContainsSubstring(std::to_string(index) + " files, 0 failed"));
  fs::remove_all(folder);
}
