// What only training shows of a network: how its norms follow the batches, and what it drops.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "result_text.h"
#include "shared/graph/op.h"
#include "shared/nets/encoders.h"
#include "shared/nets/nets.h"
#include "shared/ops/ops.h"
#include "shared/options/description.h"

using namespace limbus;

namespace {

using Norm = std::pair<double, double>;  // eps, and the share of the new batch

std::set<Norm> normsOf(const Graph& graph, bool encoder) {
  std::set<Norm> found;
  for (const Node& node : graph.nodes) {
    if (node.op != Op::batchNorm || (node.name.find("encoder.") == 0) != encoder) continue;
    const NodeView view{graph, node};
    found.insert({view.number("eps"), view.number("momentum")});
  }
  return found;
}

enum class Dropped { values, channels, images };

using Dropouts = std::map<std::pair<Dropped, double>, int>;  // what, by which chance: how many

Dropouts dropoutsOf(const Graph& graph) {
  Dropouts found;
  for (const Node& node : graph.nodes) {
    if (node.op != Op::dropout) continue;
    const NodeView view{graph, node};
    const Dropped what = view.integer("perImage") != 0     ? Dropped::images
                         : view.integer("perChannel") != 0 ? Dropped::channels
                                                           : Dropped::values;
    ++found[{what, view.number("p")}];
  }
  return found;
}

Graph encoderGraph(const EncoderRow& row) {
  Builder b("encoder", 3);
  return b.finish(encode(b, chosen(encoders(), row.name)).back().value);
}

constexpr Norm kUsual{1e-5, 0.1};  // PyTorch's

}  // namespace

TEST_CASE("norms have the source's eps and momentum", "[nets]") {
  const std::map<std::string, Norm> unusual = {{"dabnet", {1e-3, 0.1}}};
  const std::set<std::string> without = {"albunet",   "fcn8s",      "fpn",         "gcn",
                                         "scse-unet", "ternausnet", "ternausnetv2"};
  for (const NetRow& row : nets()) {
    INFO(row.name);
    const auto own = unusual.find(row.name);
    const std::set<Norm> expected =
        without.count(row.name) > 0 ? std::set<Norm>{}
                                    : std::set<Norm>{own == unusual.end() ? kUsual : own->second};
    CHECK(normsOf(buildNet(row.name).value(), false) == expected);
  }
  // Those of TensorFlow's families come with a share of 1 - 0.99, MXNet's DPN with PyTorch's.
  const std::map<std::string, Norm> families = {
      {"efficientnet", {1e-3, 0.01}}, {"mobilenet_v3", {1e-3, 0.01}}, {"dpn", {1e-3, 0.1}}};
  for (const EncoderRow& row : encoders()) {
    INFO(row.name);
    const std::string name = row.name;
    Norm expected = kUsual;
    for (const auto& [family, norm] : families) {
      if (name.find(family) == 0) expected = norm;
    }
    const bool plain = name.find("vgg") == 0 && name.find("_bn") == std::string::npos;
    CHECK(normsOf(encoderGraph(row), true) == (plain ? std::set<Norm>{} : std::set{expected}));
  }
}

TEST_CASE("networks drop what their sources drop", "[nets]") {
  const std::map<std::string, Dropouts> expected = {
      {"deeplabv3plus", {{{Dropped::values, 0.5}, 1}, {{Dropped::values, 0.1}, 1}}},
      {"duc-hdc", {{{Dropped::values, 0.5}, 1}, {{Dropped::values, 0.1}, 1}}},
      {"enet", {{{Dropped::channels, 0.01}, 5}, {{Dropped::channels, 0.1}, 22}}},
      {"fcn8s", {{{Dropped::values, 0.5}, 2}}},
      {"fpn", {{{Dropped::channels, 0.2}, 1}}},
      {"pspnet", {{{Dropped::channels, 0.1}, 2}}},        // in both heads
      {"ritnet", {{{Dropped::values, 0.2}, 24}}},         // 5 * 3 down, 4 * 2 up, and the head's
      {"ternausnetv2", {{{Dropped::channels, 0.3}, 4}}},  // its encoder's last two sizes
      {"upernet", {{{Dropped::channels, 0.1}, 1}}},
  };
  for (const NetRow& row : nets()) {
    INFO(row.name);
    const auto found = expected.find(row.name);
    CHECK(dropoutsOf(buildNet(row.name).value()) ==
          (found == expected.end() ? Dropouts{} : found->second));
  }
  for (const EncoderRow& row : encoders()) {
    INFO(row.name);
    const std::string name = row.name;
    if (name.find("efficientnet") == 0) continue;  // below
    CHECK(dropoutsOf(encoderGraph(row)) ==
          (name == "wider_resnet" ? Dropouts{{{Dropped::channels, 0.3}, 4}} : Dropouts{}));
  }
}

// 0.2 * i / 55 for block i of B7, where it adds its input.
TEST_CASE("EfficientNet skips later blocks more often", "[nets]") {
  constexpr int kBlocks[] = {4, 7, 7, 10, 10, 13, 4};
  std::vector<std::pair<std::string, double>> expected, found;
  int index = 0;
  for (const int blocks : kBlocks) {
    for (int i = 0; i < blocks; ++i, ++index) {
      if (i == 0) continue;  // other channels or another size
      expected.emplace_back("encoder._blocks." + std::to_string(index) + ".drop_connect",
                            0.2 * index / 55);
    }
  }
  const Graph graph = buildNet("smp-unet", {3, 4}, R"({"encoder": "efficientnet-b7"})").value();
  for (const Node& node : graph.nodes) {
    if (node.op != Op::dropout) continue;
    const NodeView view{graph, node};
    CHECK(view.integer("perImage") == 1);
    found.emplace_back(node.name, view.number("p"));
  }
  CHECK(found == expected);
}
