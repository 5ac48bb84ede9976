// Models whose tensors lie in other files: which these are, and the one file made of them; hostile
// names and places are refused before a file is opened.
#include <catch2/matchers/catch_matchers_string.hpp>
#include <limits>

#include "onnx_samples.h"
#include "result_text.h"
#include "shared/onnx/external_data.h"
#include "shared/onnx/outline.h"
#include "split_onnx.h"

using namespace limbus;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

Result<JoinedOnnx> joinedOf(std::string_view model) {
  OnnxOutline outline(model.size());
  while (const std::uint64_t size = outline.wantedBytes()) {
    const auto given = outline.give(model.substr(outline.wantedOffset(), size));
    if (!given) return fail(given.error());
  }
  return joinedOnnx(outline);
}

std::string joinedBytes(const std::string& model, const std::string& data) {
  const JoinedOnnx joined = joinedOf(model).value();
  return assemble(joined,
                  [&](const JoinedPart& part, char* into) -> Result<void> {
                    const bool own = part.source == JoinedPart::fromModel;
                    (own ? model : data).copy(into, part.bytes, part.offset);
                    return {};
                  })
      .value();
}

// One Relu and one tensor of two floats, whose data lie where `entries` says.
std::string modelWith(const std::string& entries, Dims shape = {2}, int type = kOnnxFloat) {
  using namespace onnx_field;
  WireWriter tensor, node, graph, opset, model;
  for (const std::int64_t extent : shape) tensor.integer(kTensorDims, extent);
  tensor.integer(kTensorType, type);
  tensor.bytes(kTensorName, "w");
  node.bytes(kNodeInput, "x");
  node.bytes(kNodeOutput, "y");
  node.bytes(kNodeType, "Relu");
  graph.bytes(kGraphNode, node.str());
  graph.bytes(kGraphInitializer, tensor.str() + entries);
  opset.integer(kOpsetVersion, 13);
  model.integer(kModelIrVersion, 7);
  model.bytes(kModelGraph, graph.str());
  model.bytes(kModelOpset, opset.str());
  return model.take();
}

std::string refusalOf(const std::vector<std::pair<std::string_view, std::string>>& entries) {
  const std::string model = modelWith(samples::externalEntries(entries));
  const auto joined = joinedOf(model);
  const auto facts = inspectOnnx(model);
  if (joined || facts) return "";
  CHECK(joined.error().message == facts.error().message);
  return joined.error().message;
}

}  // namespace

TEST_CASE("a model and its external data become the one file that it was", "[onnx][external]") {
  int files = 0;
  for (const samples::OnnxSample& sample : samples::onnxSamples()) {
    INFO(sample.name);
    const std::string whole = writeOnnx(sample.graph, sample.weights, sample.manifest, {}).value();
    CHECK(joinedOf(whole)->files.empty());
    const samples::SplitOnnx split = samples::splitOnnx(whole, "model.onnx.data");
    const OnnxFacts facts = inspectOnnx(split.model).value();
    CHECK(facts.initializerElements == inspectOnnx(whole)->initializerElements);
    CHECK(facts.manifest.has_value());
    if (split.data.empty()) continue;
    ++files;
    REQUIRE(facts.externalFiles.size() == 1);
    CHECK(facts.externalFiles[0].name == "model.onnx.data");
    CHECK(facts.externalFiles[0].bytes == split.data.size());
    const std::string joined = joinedBytes(split.model, split.data);
    CHECK(inspectOnnx(joined)->externalFiles.empty());
    CHECK(joined == whole);
    CHECK_THAT(readOnnx(split.model).error().message,
               ContainsSubstring("keeps its data in another file"));
  }
  CHECK(files > 10);
}

TEST_CASE("numbers that the model holds itself stay, in constants and graphs within, too",
          "[onnx][external]") {
  using namespace onnx_field;
  const std::string numbers(4000, '\1'), few = "12345678";
  const auto tensor = [](const std::string& name, const std::string& raw) {
    WireWriter t;
    t.integer(kTensorDims, static_cast<std::int64_t>(raw.size() / 4));
    t.integer(kTensorType, kOnnxFloat);
    t.bytes(kTensorName, name);
    t.bytes(kTensorRaw, raw);
    return t.take();
  };
  const auto constant = [](const std::string& value) {
    WireWriter attribute, node;
    attribute.bytes(kAttributeName, "value");
    attribute.bytes(kAttributeTensor, value);
    node.bytes(kNodeType, "Constant");
    node.bytes(kNodeAttribute, attribute.str());
    return node.take();
  };
  WireWriter within, attribute, branch, sparse, graph, opset, function, model, last;
  last.integer(kTensorDims, 2);
  last.integer(kTensorType, kOnnxFloat);
  within.bytes(kGraphNode, constant(tensor("deep", numbers)));
  attribute.bytes(kAttributeGraph, within.str());
  branch.bytes(kNodeType, "If");
  branch.bytes(kNodeAttribute, attribute.str());
  sparse.bytes(kSparseValues, tensor("sparse", few));
  graph.bytes(kGraphNode, constant(tensor("constant", few)));
  graph.bytes(kGraphNode, branch.str());
  graph.bytes(kGraphInitializer, tensor("w", numbers));
  graph.bytes(kGraphSparse, sparse.str());
  function.bytes(kFunctionNode, constant(tensor("of a function", numbers)));
  opset.integer(kOpsetVersion, 13);
  model.integer(kModelIrVersion, 7);
  model.bytes(kModelGraph, graph.str());
  model.bytes(kModelOpset, opset.str());
  model.bytes(kModelFunctions, function.str());
  const std::string whole = model.str();
  const samples::SplitOnnx split = samples::splitOnnx(whole, "d");
  CHECK(split.data.size() > 3 * numbers.size());
  CHECK(joinedBytes(split.model, split.data) == whole);

  // One tensor in the other file, the long ones in this one: they are parts, not copied as text.
  const auto mixed = [&](const std::string& data) {
    WireWriter more, all;
    more.bytes(kGraphInitializer, last.str() + data);
    all.integer(kModelIrVersion, 7);
    all.bytes(kModelGraph, graph.str() + more.str());
    all.bytes(kModelOpset, opset.str());
    return all.take();
  };
  WireWriter own;
  own.bytes(kTensorRaw, few);
  const std::string partly = mixed(samples::externalEntries({{"location", "d"}}));
  CHECK(joinedBytes(partly, few) == mixed(own.str()));
  CHECK(joinedOf(partly)->text.size() < 1000);
}

TEST_CASE("several files and ranges that overlap are taken", "[onnx][external]") {
  using namespace onnx_field;
  using samples::externalEntries;
  const auto graphWith = [](const std::vector<std::string>& entries) {
    std::string model = modelWith(entries[0]);
    WireWriter more, version;
    for (std::size_t i = 1; i < entries.size(); ++i) {
      WireWriter tensor;
      tensor.integer(kTensorDims, 2);
      tensor.integer(kTensorType, kOnnxFloat);
      more.bytes(kGraphInitializer, tensor.str() + entries[i]);
    }
    WireWriter node, graph, opset, out;
    node.bytes(kNodeType, "Relu");
    graph.bytes(kGraphNode, node.str());
    opset.integer(kOpsetVersion, 13);
    out.integer(kModelIrVersion, 7);
    out.bytes(kModelGraph, graph.str() + more.str());
    out.bytes(kModelOpset, opset.str());
    return out.take();
  };
  const std::string model = graphWith({"", externalEntries({{"location", "b"}, {"offset", "4"}}),
                                       externalEntries({{"location", "a"}, {"length", "8"}}),
                                       externalEntries({{"location", "b"}})});
  const JoinedOnnx joined = joinedOf(model).value();
  REQUIRE(joined.files.size() == 2);
  CHECK(joined.files[0].name == "a");
  CHECK(joined.files[0].bytes == 8);
  CHECK(joined.files[1].bytes == 12);
  const std::string a = "AAAAaaaa", b = "BBBBbbbbcccc";
  const std::string bytes = assemble(joined, [&](const JoinedPart& part, char* into) {
                              const bool first = part.source == JoinedPart::fromFirstFile;
                              (first ? a : b).copy(into, part.bytes, part.offset);
                              return Result<void>();
                            }).value();
  CHECK(bytes.size() == joined.bytes);
  CHECK(inspectOnnx(bytes)->initializerElements == 6);
  for (const char* part : {"bbbbcccc", "AAAAaaaa", "BBBBbbbb"}) {
    CHECK_THAT(bytes, ContainsSubstring(part));
  }

  std::vector<std::string> many(5000);
  for (std::size_t i = 0; i < many.size(); ++i) {
    many[i] = externalEntries({{"location", std::to_string(i)}});
  }
  CHECK_THAT(joinedOf(graphWith(many)).error().message, ContainsSubstring("in too many files"));
}

TEST_CASE("names that lead out of the folder and absurd places are refused", "[onnx][external]") {
  for (const std::string name : {"/etc/passwd", "../weights", "..", ".", "", "a/b", "a\\b",
                                 "\\\\host\\share", "*/_ORT_MEM_ADDR_/*"}) {
    INFO(name);
    CHECK_THAT(refusalOf({{"location", name}}),
               StartsWith("tensor 'w' keeps its data in '") &&
                   ContainsSubstring("expected the name of a file beside the model"));
  }
  CHECK_THAT(refusalOf({{"location", std::string("a\0b", 3)}}), ContainsSubstring("'a?b'"));
  CHECK_THAT(refusalOf({{"location", std::string(300, 'a')}}),
             ContainsSubstring("beside the model"));
  CHECK_THAT(refusalOf({}), ContainsSubstring("does not say in which file"));
  for (const std::string number :
       {"-1", "x", "", "8x", "99999999999999999999", "9007199254740993"}) {
    INFO(number);
    CHECK_THAT(refusalOf({{"location", "d"}, {"offset", number}}),
               ContainsSubstring("absurd offset '" + number + "'"));
    CHECK_THAT(refusalOf({{"location", "d"}, {"length", number}}),
               ContainsSubstring("absurd length"));
  }
  CHECK_THAT(refusalOf({{"location", "d"}, {"length", "9"}}),
             ContainsSubstring("tensor 'w' [2] should hold 8 bytes, has 9 in 'd'"));
  CHECK(refusalOf({{"location", "..data"}, {"offset", "9007199254740992"}}).empty());

  using samples::externalEntries;
  using namespace onnx_field;
  WireWriter twice;
  twice.bytes(kTensorRaw, "12345678");
  CHECK_THAT(
      joinedOf(modelWith(externalEntries({{"location", "d"}}) + twice.str())).error().message,
      ContainsSubstring("has its data twice"));
  CHECK_THAT(joinedOf(modelWith(externalEntries({{"location", "d"}}), {2}, 8)).error().message,
             ContainsSubstring("strings in another file"));
  CHECK_THAT(joinedOf(modelWith(externalEntries({{"location", "d"}}), {1 << 30})).error().message,
             ContainsSubstring("larger than 2 GiB"));
  CHECK_THAT(
      joinedOf(modelWith(externalEntries({{"location", "d"}}), {(1 << 29) - 1})).error().message,
      ContainsSubstring("larger than 2 GiB, which one .onnx cannot be"));
  CHECK(joinedOf(modelWith(externalEntries({{"location", "d"}}), {0}))->bytes > 0);
}
