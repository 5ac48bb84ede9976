// Every architecture of the table, and the published numbers of each.
#include <algorithm>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cmath>
#include <set>
#include <string>

#include "result_text.h"
#include "shared/graph/op.h"
#include "shared/nets/features.h"
#include "shared/nets/nets.h"
#include "shared/ops/shapes.h"
#include "shared/ops/summary.h"
#include "shared/options/description.h"

using namespace limbus;
using Catch::Matchers::ContainsSubstring;

namespace {

// A stem and one stage: an encoder that U-Net's decoder has never seen.
Features twoScales(Builder& b) {
  const ValueId half = b.conv(b.input(), "a", {.out = 3, .kernel = 3, .stride = 2, .padding = 1});
  const ValueId eighth = b.conv(half, "b", {.out = 7, .kernel = 7, .stride = 4, .padding = 3});
  return {{half, 3, 2}, {eighth, 7, 8}};
}

struct Published {
  const char* net;
  std::string options;
  std::int64_t parameters;
  std::int64_t height, width;
  double gmac;
  NetPorts ports = {};
};

std::string width(int channels) { return "{\"width\": " + std::to_string(channels) + "}"; }

}  // namespace

TEST_CASE("published parameter and multiply-add counts", "[nets]") {
  std::set<std::string> counted;
  const Published rows[] = {
      {"dabnet", width(4), 14112, 640, 400, 0.084},
      {"dabnet", width(6), 29698, 640, 400, 0.183},
      {"dabnet", width(8), 50972, 640, 400, 0.320},
      {"dabnet", width(9), 63742, 640, 400, 0.403},
      {"dabnet", width(10), 77934, 640, 400, 0.495},
      {"dabnet", width(12), 110584, 640, 400, 0.708},
      {"dabnet", width(14), 148922, 640, 400, 0.959},
      {"dabnet", width(16), 192948, 640, 400, 1.248},
      {"dabnet", "{}", 242662, 640, 400, 1.576},
      {"dabnet", "{}", 242662, 320, 200, 0.394},
      {"dabnet", "{}", 242662, 320, 240, 0.473},
      {"dabnet", "{}", 242662, 256, 256, 0.403},
      {"dabnet", width(20), 298064, 640, 400, 1.941},
      {"dabnet", width(24), 425932, 640, 400, 2.785},
      {"dabnet", width(32), 749924, 640, 400, 4.930},
      {"dabnet", "{}", 244236, 640, 400, -1, {.inputChannels = 3}},
      {"dabnet", width(32), 756643, 512, 1024, 10.22, {.inputChannels = 3, .classes = 19}},
      {"ritnet", "{}", 248900, 640, 400, 16.42},
      {"unet", "{}", 31043716, 640, 400, 188.2},
      {"eye-s", "{}", 55132, 200, 320, 0.033},  // our own: what a 640x400 image costs it
  };
  for (const Published& row : rows) {
    const Graph graph = buildNet(row.net, row.ports, row.options).value();
    INFO(row.net << " " << row.parameters);
    counted.insert(row.net);
    CHECK(countParameters(graph) == row.parameters);
    if (row.gmac < 0) continue;
    const std::int64_t count =
        countMultiplyAdds(graph, {1, graph.inputChannels, row.height, row.width}).value();
    // The published figures are rounded to their last digit.
    const double digits = row.gmac >= 100 ? 10 : row.gmac >= 10 ? 100 : 1000;
    CHECK(std::lround(static_cast<double>(count) / 1e9 * digits) == std::lround(row.gmac * digits));
  }
  for (const NetRow& row : nets()) {
    INFO("no row with the counts of " << row.name);
    CHECK(counted.count(row.name) == 1);
  }
}

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
             ContainsSubstring("unknown net 'dabent'; known: dabnet, eye-s, ") &&
                 ContainsSubstring("; did you mean 'dabnet'?"));
  CHECK(buildNet("dabnet", {}, R"({"widht": 18})").error().message ==
        "dabnet.widht: unknown key; known: width, block1, block2; did you mean 'width'?");
  CHECK(buildNet("dabnet", {}, R"({"width": 17.5})").error().message ==
        "dabnet.width: expected an integer from 2 to 256, got 17.5");
}
