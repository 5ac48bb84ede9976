// ONNX files of others: described, passed over in outlines, refused where they are hostile or
// damaged.
#include <catch2/matchers/catch_matchers_string.hpp>

#include "onnx_samples.h"
#include "result_text.h"
#include "shared/onnx/facts.h"
#include "shared/onnx/outline.h"
#include "shared/onnx/proto.h"
#include "shared/onnx/wire.h"

using namespace limbus;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

// A minimal foreign model built field by field: one Relu, one initializer.
struct Foreign {
  WireWriter tensor, node, graph, model;
  std::string bytes() {
    using namespace onnx_field;
    WireWriter g;
    g.bytes(kGraphNode, node.str());
    g.bytes(kGraphInitializer, tensor.str());
    WireWriter opset, m;
    opset.integer(kOpsetVersion, 13);
    m.integer(kModelIrVersion, 7);
    m.bytes(kModelGraph, g.str() + graph.str());
    m.bytes(kModelOpset, opset.str());
    return m.str() + model.str();
  }
};

Foreign foreign(const Dims& shape, int type, std::string_view raw) {
  using namespace onnx_field;
  Foreign file;
  file.node.bytes(kNodeInput, "x");
  file.node.bytes(kNodeOutput, "y");
  file.node.bytes(kNodeType, "Relu");
  file.tensor.bytes(kTensorName, "w");
  for (std::int64_t extent : shape) file.tensor.integer(kTensorDims, extent);
  file.tensor.integer(kTensorType, type);
  if (!raw.empty()) file.tensor.bytes(kTensorRaw, raw);
  return file;
}

std::string inspectError(const std::string& bytes) {
  const auto facts = inspectOnnx(bytes);
  return facts ? "" : facts.error().message;
}

}  // namespace

TEST_CASE("foreign files are described", "[onnx]") {
  const float values[2] = {1, 2};
  const OnnxFacts facts =
      inspectOnnx(foreign({2}, kOnnxFloat, {reinterpret_cast<const char*>(values), 8}).bytes())
          .value();
  CHECK(facts.opset == 13);
  CHECK(facts.initializerElements == 2);
  CHECK(facts.opCounts.at("Relu") == 1);
  CHECK_FALSE(facts.manifest.has_value());
  const auto model = readOnnx(foreign({2}, kOnnxFloat, "12345678").bytes());
  CHECK_THAT(model.error().message, ContainsSubstring("carries no limbus manifest"));
}

TEST_CASE("hostile and damaged files are refused in one line", "[onnx]") {
  using namespace onnx_field;
  CHECK(inspectError("") == "not an ONNX file: it is empty");
  CHECK_THAT(inspectError("hello, this is text"), StartsWith("not an ONNX file: "));
  CHECK_THAT(inspectError(std::string(100, '\0')), StartsWith("not an ONNX file: "));
  CHECK_THAT(inspectError("\x89PNG\r\n\x1a\n"), StartsWith("not an ONNX file: "));
  const samples::OnnxSample net = samples::onnxSamples().back();
  const std::string good =
      writeOnnx(net.graph, samples::sampleWeights(net.graph), net.manifest, {}).value();
  CHECK_THAT(inspectError(good.substr(0, good.size() / 2)),
             ContainsSubstring("cut off or damaged"));

  CHECK_THAT(inspectError(foreign({-2}, kOnnxFloat, "12345678").bytes()),
             ContainsSubstring("absurd shape [-2]"));
  const std::int64_t wide = std::int64_t{1} << 40;
  CHECK_THAT(inspectError(foreign({wide, wide}, kOnnxFloat, "12345678").bytes()),
             ContainsSubstring("absurd shape"));
  CHECK_THAT(inspectError(foreign({3}, kOnnxFloat, "12345678").bytes()),
             ContainsSubstring("[3] should hold 12 bytes, got 8"));
  CHECK_THAT(inspectError(foreign({1 << 30}, kOnnxFloat, "").bytes()),
             ContainsSubstring("should hold"));
  CHECK_THAT(inspectError(foreign({2}, 99, "12345678").bytes()),
             ContainsSubstring("unknown element type"));

  // A tensor without data hidden in an attribute of a node in a subgraph.
  WireWriter tensor, inner, innerNode, attribute, graphAttribute, subgraph;
  tensor.bytes(kTensorName, "hidden");
  tensor.integer(kTensorType, kOnnxFloat);
  tensor.integer(kTensorLocation, 1);
  attribute.bytes(kAttributeTensor, tensor.str());
  innerNode.bytes(kNodeType, "Constant");
  innerNode.bytes(kNodeAttribute, attribute.str());
  subgraph.bytes(kGraphNode, innerNode.str());
  graphAttribute.bytes(kAttributeGraph, subgraph.str());
  Foreign hidden = foreign({2}, kOnnxFloat, "12345678");
  hidden.node.bytes(kNodeAttribute, graphAttribute.str());
  CHECK_THAT(inspectError(hidden.bytes()), ContainsSubstring("tensor 'hidden' does not say"));

  // Graphs in graphs in graphs.
  std::string nest;
  for (int depth = 0; depth < 200; ++depth) {
    WireWriter attributeOf, nodeOf, graphOf;
    attributeOf.bytes(kAttributeGraph, nest);
    nodeOf.bytes(kNodeType, "If");
    nodeOf.bytes(kNodeAttribute, attributeOf.str());
    graphOf.bytes(kGraphNode, nodeOf.str());
    nest = graphOf.str();
  }
  Foreign deep = foreign({2}, kOnnxFloat, "12345678");
  deep.graph = WireWriter();
  WireWriter deepModel;
  deepModel.bytes(kModelGraph, nest);
  CHECK_THAT(inspectError(deepModel.str()), ContainsSubstring("nested too deeply"));

  Foreign twice = foreign({2}, kOnnxFloat, "12345678");
  twice.model.bytes(kModelGraph, nest.substr(0, 0));
  CHECK_THAT(inspectError(twice.bytes()), ContainsSubstring("two graphs"));
}

TEST_CASE("numbers of every kind take the room that ONNX gives them", "[onnx]") {
  using namespace onnx_field;
  struct Kind {
    std::vector<int> types;
    int rawBytes, field, entries;  // of three elements
  };
  const Kind kinds[] = {{{1}, 12, kTensorFloats, 3},
                        {{2, 3, 9}, 3, kTensorInt32s, 3},
                        {{4, 5, 10, 16}, 6, kTensorInt32s, 3},
                        {{6}, 12, kTensorInt32s, 3},
                        {{7}, 24, kTensorInt64s, 3},
                        {{11}, 24, kTensorDoubles, 3},
                        {{12}, 12, kTensorUint64s, 3},
                        {{13}, 24, kTensorUint64s, 3},
                        {{14}, 24, kTensorFloats, 6},
                        {{15}, 48, kTensorDoubles, 6},
                        {{17, 18, 19, 20}, 3, kTensorInt32s, 3},
                        {{21, 22, 23}, 2, kTensorInt32s, 2}};
  const auto inField = [](int type, int field, int entries) {
    Foreign file = foreign({3}, type, "");
    const std::size_t bytes = field == kTensorFloats ? 4U : field == kTensorDoubles ? 8U : 1U;
    file.tensor.bytes(field, std::string(bytes * static_cast<std::size_t>(entries), '\1'));
    return inspectError(file.bytes());
  };
  for (const auto& [types, rawBytes, field, entries] : kinds) {
    for (const int type : types) {
      INFO("type " << type);
      CHECK(inspectError(
                foreign({3}, type, std::string(static_cast<std::size_t>(rawBytes), '\1')).bytes())
                .empty());
      CHECK_THAT(inspectError(foreign({3}, type, "1").bytes()),
                 ContainsSubstring("should hold " + std::to_string(rawBytes) + " bytes, got 1"));
      CHECK(inField(type, field, entries).empty());
      CHECK_THAT(inField(type, field, entries + 1),
                 ContainsSubstring("should hold " + std::to_string(entries) + " values, got"));
      CHECK_THAT(inField(type, field == kTensorInt32s ? kTensorInt64s : kTensorInt32s, 3),
                 ContainsSubstring("holds data of another type than it says"));
    }
  }
  CHECK_THAT(inspectError(foreign({3}, 8, "123").bytes()),
             ContainsSubstring("holds strings as raw bytes"));
  CHECK_THAT(inspectError(foreign({3}, 24, "123").bytes()),
             ContainsSubstring("unknown element type"));
}

TEST_CASE("fields that say nothing to us are passed over in every message", "[onnx]") {
  using namespace onnx_field;
  // A graph with everything that has fields of its own, with unknown ones at each end of each.
  const auto file = [](bool more) {
    const auto ends = [&](const WireWriter& known) {
      if (!more) return known.str();
      WireWriter unknown;
      unknown.integer(50, 7);
      unknown.bytes(51, "\xff\xff no message");
      unknown.float32(52, 1);
      return unknown.str() + known.str() + unknown.str();
    };
    WireWriter dim, shape, tensorType, type, value, output, weight, attribute, node, graph, opset,
        entry, model;
    dim.integer(kDimValue, 5);
    shape.bytes(kShapeDim, ends(dim));
    tensorType.integer(kTensorTypeElement, kOnnxFloat);
    tensorType.bytes(kTensorTypeShape, ends(shape));
    type.bytes(kTypeTensor, ends(tensorType));
    value.bytes(kValueName, "x");
    value.bytes(kValueType, ends(type));
    output.bytes(kValueName, "y");
    output.bytes(kValueType, ends(type));
    weight.bytes(kTensorName, "w");
    weight.integer(kTensorType, kOnnxFloat);
    weight.integer(kTensorDims, 1);
    weight.bytes(kTensorRaw, "1234");
    attribute.bytes(kAttributeName, "value");
    attribute.bytes(kAttributeTensor, ends(weight));
    node.bytes(kNodeInput, "x");
    node.bytes(kNodeOutput, "y");
    node.bytes(kNodeType, "Relu");
    node.bytes(kNodeAttribute, ends(attribute));
    graph.bytes(kGraphNode, ends(node));
    graph.bytes(kGraphInitializer, ends(weight));
    graph.bytes(kGraphInput, ends(value));
    graph.bytes(kGraphOutput, ends(output));
    opset.integer(kOpsetVersion, 13);
    entry.bytes(kEntryKey, "names");
    entry.bytes(kEntryValue, "a");
    model.integer(kModelIrVersion, 7);
    model.bytes(kModelGraph, ends(graph));
    model.bytes(kModelOpset, ends(opset));
    model.bytes(kModelMetadata, ends(entry));
    return ends(model);
  };
  for (const bool more : {false, true}) {
    INFO("with unknown fields: " << more);
    const Result<OnnxFacts> facts = inspectOnnx(file(more));
    REQUIRE(facts);
    CHECK(facts->irVersion == 7);
    CHECK(facts->opset == 13);
    CHECK(facts->opCounts == std::map<std::string, int>{{"Relu", 1}});
    CHECK(facts->initializerElements == 2);
    CHECK(facts->metadata == std::map<std::string, std::string>{{"names", "a"}});
    for (const auto& ports : {facts->inputs, facts->outputs}) {
      REQUIRE(ports.size() == 1);
      CHECK(ports[0].type == std::string("float"));
      CHECK(ports[0].shape == std::vector<std::string>{"5"});
    }
  }
}

TEST_CASE("an outline asks for what says something and passes over the rest", "[onnx]") {
  const std::string numbers(1 << 20, '\1');
  Foreign file = foreign({1 << 18}, kOnnxFloat, numbers);
  WireWriter after;
  for (int i = 0; i < 20000; ++i) after.bytes(onnx_field::kGraphNode, file.node.str());
  file.graph = after;  // longer than a slice, behind the numbers
  const std::string bytes = file.bytes();

  OnnxOutline outline(bytes.size());
  std::uint64_t read = 0, next = 0;
  while (const std::uint64_t size = outline.wantedBytes()) {
    REQUIRE(outline.wantedOffset() >= next);  // never back
    next = outline.wantedOffset() + 1;
    read += size;
    REQUIRE(outline.give(std::string_view(bytes).substr(outline.wantedOffset(), size)));
  }
  CHECK(read < bytes.size() - numbers.size() + (1 << 17));
  CHECK(outline.text().size() < bytes.size() - numbers.size() + 100);
  const OnnxFacts facts = inspectOnnx(bytes).value();
  CHECK(facts.opCounts.at("Relu") == 20001);
  CHECK(facts.initializerElements == 1 << 18);
}

TEST_CASE("an outline keeps the sizes of what it passes over", "[onnx]") {
  const std::string numbers(4000, '\1');
  CHECK_THAT(inspectError(foreign({999}, kOnnxFloat, numbers).bytes()),
             ContainsSubstring("tensor 'w' [999] should hold 3996 bytes, got 4000"));
  Foreign floats = foreign({1000}, kOnnxFloat, "");
  floats.tensor.bytes(onnx_field::kTensorFloats, numbers);
  CHECK(inspectOnnx(floats.bytes()).value().initializerElements == 1000);
  // A file that claims to be an outline holds nothing.
  Foreign liar = foreign({1000}, kOnnxFloat, "");
  liar.tensor.integer(onnx_field::kTensorPassedOver + onnx_field::kTensorRaw, 4000);
  CHECK_THAT(inspectError(liar.bytes()), ContainsSubstring("should hold 1000 values, got 0"));
  const std::string cut = foreign({1000}, kOnnxFloat, numbers).bytes().substr(0, 2000);
  CHECK(inspectError(cut) == parseOnnx(cut).error().message);
}

TEST_CASE("a wrong manifest inside a file is an error with its place", "[onnx]") {
  using namespace onnx_field;
  Foreign file = foreign({2}, kOnnxFloat, "12345678");
  WireWriter entry;
  entry.bytes(kEntryKey, Manifest::metadataKey);
  entry.bytes(kEntryValue, "{\"formatVersion\": 1, \"inptu\": {}}");
  file.model.bytes(kModelMetadata, entry.str());
  CHECK_THAT(inspectError(file.bytes()), StartsWith("manifest"));
}

TEST_CASE("what came in the place of an .onnx is named") {
  for (const auto& [bytes, words] : std::vector<std::pair<std::string, std::string>>{
           {"<!doctype html><html></html>", "not an ONNX file: a web page"},
           {"\n  <html>", "not an ONNX file: a web page"},
           {"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
            "git lfs pull"}}) {
    CAPTURE(bytes);
    const auto facts = limbus::inspectOnnx(bytes);
    REQUIRE(!facts);
    CHECK(facts.error().message.find(words) != std::string::npos);
    limbus::OnnxOutline outline(bytes.size());
    const auto given = outline.give(bytes);
    REQUIRE(!given);
    CHECK(given.error().message == facts.error().message);
  }
}
