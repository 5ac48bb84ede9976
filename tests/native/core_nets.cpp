// Every architecture of the table, and the published numbers of each.
#include <algorithm>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <set>
#include <string>

#include "result_text.h"
#include "shared/graph/op.h"
#include "shared/nets/encoders.h"
#include "shared/nets/nets.h"
#include "shared/ops/shapes.h"
#include "shared/ops/summary.h"
#include "shared/options/paths.h"

using namespace limbus;
using Catch::Matchers::ContainsSubstring;

namespace {

// A stem and one stage: an encoder that U-Net's decoder has never seen.
Features twoScales(Builder& b) {
  const ValueId half = b.conv(b.input(), "a", {.out = 3, .kernel = 3, .stride = 2, .padding = 1});
  const ValueId eighth = b.conv(half, "b", {.out = 7, .kernel = 7, .stride = 4, .padding = 3});
  return {{half, 3, 2}, {eighth, 7, 8}};
}

}  // namespace

TEST_CASE("every net has an encoder and a head, and says what is which", "[nets]") {
  for (const NetRow& row : nets()) {
    INFO(row.name);
    const Graph graph = buildNet(row.name, {}).value();
    CHECK(graph.parameters.front().part == Part::encoder);
    CHECK(graph.parameters.back().part == Part::head);
    // In the order of the graph: a parameter of an earlier part never stands behind a later one's.
    CHECK(std::is_sorted(graph.parameters.begin(), graph.parameters.end(),
                         [](const Parameter& a, const Parameter& b) { return a.part < b.part; }));
    std::int64_t inHead = 0;
    for (const Parameter& p : graph.parameters) {
      if (p.part == Part::head) inHead += elementCount(p.shape);
    }
    CHECK(inHead * 20 < countParameters(graph));
  }
}

TEST_CASE("U-Net's encoder gives the features that it promises", "[nets]") {
  Builder b("features", 3);
  const Features features = unetEncoder(b, 4);
  const Graph graph = b.finish(features.back().value);
  const auto shapes = inferShapes(graph, {1, 3, 64, 96}).value();
  REQUIRE(features.size() == 5);
  for (const Scale& scale : features) {
    CHECK(shapes[scale.value] == Dims{1, scale.channels, 64 / scale.stride, 96 / scale.stride});
  }
  CHECK(features.front().stride == 1);
  CHECK(features.back().channels == 64);
}

TEST_CASE("U-Net's decoder takes any encoder", "[nets]") {
  Builder b("stranger", 1);
  const Features features = twoScales(b);
  const ValueId end = unetDecoder(b, features);
  CHECK(b.channels(end) == 3);
  const Graph graph = b.finish(end);
  CHECK(inferShapes(graph, {1, 1, 37, 50}).value()[end] == Dims{1, 3, 19, 25});  // any image size
}

// Whatever an original did with the name of its backbone.
TEST_CASE("every decoder takes every encoder, and it is the one that was asked for", "[nets]") {
  std::set<decltype(EncoderRow::build)> families;
  for (const EncoderRow& encoder : encoders()) {
    Builder alone("alone", 3);
    const Features features = encode(alone, chosen(encoders(), encoder.name));
    const Graph graph = alone.finish(features.back().value);
    const auto shapes = inferShapes(graph, {1, 3, 64, 96}).value();
    for (const Scale& scale : features) {
      INFO(encoder.name << " at " << scale.stride);
      CHECK(shapes[scale.value] == Dims{1, scale.channels, 64 / scale.stride, 96 / scale.stride});
    }
    if (!families.insert(encoder.build).second) continue;  // one of each in every network
    const std::int64_t own = countParameters(graph);
    for (const NetRow& row : nets()) {
      if (findOption(describeOptions(row.options), "encoder") == nullptr) continue;
      INFO(row.name << " over " << encoder.name);
      const Json options = {{"encoder", encoder.name}};
      const Graph net = buildNet(row.name, {.inputChannels = 3}, options.dump()).value();
      std::int64_t encoding = 0;
      for (const Parameter& p : net.parameters) {
        if (p.part == Part::encoder && p.learned) encoding += elementCount(p.shape);
      }
      const bool withoutNorm =
          std::string(row.name) == "pspnet" && std::string(encoder.name) == "densenet121";
      CHECK(encoding == own - (withoutNorm ? 2 * 1024 : 0));  // it reads what the last norm would
      const auto all = inferShapes(net, {1, 3, 61, 83});
      REQUIRE(all.has_value());
      CHECK((*all)[net.outputs[0].value] == Dims{1, 4, 61, 83});
    }
  }
}

TEST_CASE("an encoder stops halving where it is told", "[nets]") {
  for (const EncoderRow& row : encoders()) {
    const Chosen<EncoderRow> encoder = chosen(encoders(), row.name);
    Builder whole("whole", 1);
    encode(whole, encoder);
    const std::int64_t parameters = countParameters(whole.finish(0));
    for (const int stride : {8, 16}) {
      INFO(row.name << " to " << stride);
      Builder b("dilated", 1);
      const Features features = encode(b, encoder, {.outputStride = stride});
      const Graph graph = b.finish(features.back().value);
      CHECK(inferShapes(graph, {1, 1, 64, 96}).value()[features.back().value] ==
            Dims{1, features.back().channels, 64 / stride, 96 / stride});
      CHECK(features.back().stride == stride);
      CHECK(countParameters(graph) == parameters);  // the same weights fit
    }
  }
  CHECK_THAT(buildNet("smp-unet", {}, R"({"encoder": {"name": "resnet18", "outputStride": 4}})")
                 .error()
                 .message,
             ContainsSubstring("outputStride"));
}

TEST_CASE("every net builds, validates and fits many sizes", "[nets]") {
  for (const NetRow& row : nets()) {
    INFO(row.name);
    CHECK(std::string(row.summary).size() > 10);
    for (int channels : {1, 3}) {
      const Graph graph = buildNet(row.name, {channels, 5}).value();
      CHECK(graph.name == row.name);
      const int m = row.sizeMultiple;
      for (const Dims& size : {Dims{1, channels, 4 * m, 6 * m}, Dims{2, channels, 5 * m, 3 * m},
                               Dims{1, channels, 61, 83}, Dims{1, channels, 50, 37}}) {
        const auto shapes = inferShapes(graph, size);
        REQUIRE(shapes.has_value());
        CHECK((*shapes)[graph.outputs[0].value] == Dims{size[0], 5, size[2], size[3]});
      }
      const GraphSummary summary = summarise(graph, {1, channels, 4 * m, 4 * m}).value();
      std::int64_t sum = 0;
      for (const LayerSummary& layer : summary.layers) sum += layer.parameters;
      CHECK(sum == summary.parameters);
    }
    for (const OptionDescription& option : describeOptions(row.options)) {
      INFO(option.key);
      if (option.kind != OptionDescription::Kind::whole) continue;
      const auto builds = [&](double value) {
        const Json options = {{option.key, value}};
        return buildNet(row.name, {}, options.dump()).has_value();
      };
      CHECK(builds(option.byDefault.get<double>()));
      CHECK(builds(option.limits.low));
      CHECK_FALSE(builds(option.limits.low - 1));
      CHECK_FALSE(builds(option.limits.high + 1));
      CHECK_FALSE(builds(option.limits.low + 0.5));
    }
  }
}

TEST_CASE("every net can tell borders from its classes, and they are folded away", "[nets]") {
  for (const NetRow& row : nets()) {
    INFO(row.name);
    const Graph plain = buildNet(row.name, {.classes = 5}).value();
    const Result<Graph> graph = buildNet(row.name, {.classes = 4, .borders = true});
    REQUIRE(graph);
    CHECK(countParameters(*graph) == countParameters(plain));
    REQUIRE(graph->outputs.size() == plain.outputs.size() + 1);
    CHECK(graph->outputs.back().name == "borders");
    CHECK(graph->outputs.back().auxiliary);
    const std::int64_t side = std::int64_t{2} * row.sizeMultiple;
    const Dims image{1, graph->inputChannels, side, side};
    const std::vector<Dims> shapes = inferShapes(*graph, image).value();
    const Dims logits = inferShapes(plain, image).value()[plain.outputs[0].value];
    CHECK(shapes[graph->outputs.back().value] == logits);
    for (std::size_t i = 0; i < plain.outputs.size(); ++i) {
      CHECK(shapes[graph->outputs[i].value] == Dims{1, 4, logits[2], logits[3]});
    }
  }
}

TEST_CASE("DABNet's logits stand at an eighth", "[nets]") {
  const Graph graph = buildNet("dabnet").value();
  const auto shapes = inferShapes(graph, {1, 1, 640, 400}).value();
  const Node& last = graph.nodes.back();
  CHECK(last.op == Op::resize);
  CHECK(last.inputs[1] == 0);
  CHECK(shapes[last.inputs[0]] == Dims{1, 4, 80, 50});
}

TEST_CASE("unknown nets and options list what is known", "[nets]") {
  CHECK_THAT(buildNet("dabent").error().message,
             ContainsSubstring("unknown net 'dabent'; known: albunet, dabnet, ") &&
                 ContainsSubstring("; did you mean 'dabnet'?"));
  CHECK(buildNet("dabnet", {}, R"({"widht": 18})").error().message ==
        "dabnet.widht: unknown key; known: width, block1, block2; did you mean 'width'?");
  CHECK(buildNet("dabnet", {}, R"({"width": 17.5})").error().message ==
        "dabnet.width: expected an integer from 2 to 256, got 17.5");
}
