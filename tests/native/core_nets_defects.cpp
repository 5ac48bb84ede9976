// What went wrong in networks' sources does not here. More of it: encoders that were not the one
// asked for (core_nets.cpp), ResNet-GCN's stride and DUC's size (core_nets_options.cpp), counts
// that took one module for many (core_nets_published.cpp), frozen norms that moved on
// (native_train.cpp).
#include <algorithm>
#include <set>
#include <string>

#include "result_text.h"
#include "shared/graph/op.h"
#include "shared/nets/nets.h"
#include "shared/ops/ops.h"
#include "shared/ops/shapes.h"
#include "shared/options/json.h"

using namespace limbus;

namespace {

const Parameter& parameterOf(const Graph& graph, const std::string& name) {
  const auto found =
      std::find_if(graph.parameters.begin(), graph.parameters.end(),
                   [&](const Parameter& parameter) { return parameter.name == name; });
  REQUIRE(found != graph.parameters.end());
  return *found;
}

// Parameters that more than one node reads.
std::set<std::string> shared(const Graph& graph) {
  std::set<int> read;
  std::set<std::string> twice;
  for (const Node& node : graph.nodes) {
    for (const int index : node.parameters) {
      if (!read.insert(index).second) twice.insert(graph.parameters[index].name);
    }
  }
  return twice;
}

}  // namespace

// SegNet's decoder held the encoder's modules, PSPNet's DenseNet one conv of its stem twice.
// UperNet smooths three scales by one conv, and its published count says so.
TEST_CASE("no layer stands in for another, but where it is meant", "[nets]") {
  const std::set<std::string> smooth = {"FPN.smooth_conv.0.weight", "FPN.smooth_conv.0.bias"};
  for (const NetRow& row : nets()) {
    INFO(row.name);
    const bool meant = std::string(row.name) == "upernet";
    CHECK(shared(buildNet(row.name).value()) == (meant ? smooth : std::set<std::string>{}));
  }
  CHECK(shared(buildNet("pspnet", {}, R"({"encoder": {"name": "densenet121", "deepStem": true}})")
                   .value())
            .empty());
}

// That stem's convs had 64 channels whatever came behind, which DenseNet-161's 96 do not fit.
TEST_CASE("a DenseNet's deep stem is as wide as the DenseNet", "[nets]") {
  for (const auto& [name, width] : {std::pair{"densenet161", 96}, {"densenet201", 64}}) {
    INFO(name);
    const Json options = {{"encoder", {{"name", name}, {"deepStem", true}}}};
    const Graph graph = buildNet("pspnet", {.inputChannels = 1}, options.dump()).value();
    CHECK(parameterOf(graph, "encoder.features.conv0.6.weight").shape == Dims{width, width, 3, 3});
    CHECK(inferShapes(graph, {1, 1, 61, 83}).value()[graph.outputs[0].value] == Dims{1, 4, 61, 83});
  }
}

// One norm there had the published 18 channels in any network.
TEST_CASE("DABNet has any width", "[nets]") {
  for (const int width : {2, 7, 18, 33}) {
    INFO(width);
    const Json options = {{"width", width}};
    const Graph graph = buildNet("dabnet", {.inputChannels = 1}, options.dump()).value();
    CHECK(parameterOf(graph, "cat0.norm.weight").shape == Dims{width + 1});
    CHECK(parameterOf(graph, "cat2.norm.weight").shape == Dims{8 * width + 1});
  }
}

// The gateless one over an SE-ResNeXt handed 64 channels to a last conv that took 32.
TEST_CASE("scSE U-Net's last conv takes what comes, with and without gates", "[nets]") {
  const auto last = [](const char* gates) {
    const Json options = {{"encoder", "se_resnext50_32x4d"}, {"gates", gates}};
    const Graph graph = buildNet("scse-unet", {.inputChannels = 3}, options.dump()).value();
    CHECK(inferShapes(graph, {1, 3, 61, 83}).value()[graph.outputs[0].value] == Dims{1, 4, 61, 83});
    return parameterOf(graph, "final.0.weight").shape;
  };
  CHECK(last("none") == Dims{4, 64, 1, 1});
  CHECK(last("sum") == Dims{4, 32, 1, 1});
  CHECK(last("concat") == Dims{4, 32, 1, 1});
}

// Some expected six channels, of an image before and one after, unless told otherwise.
TEST_CASE("networks see a grey or a colour image unless told otherwise", "[nets]") {
  for (const NetRow& row : nets()) {
    INFO(row.name);
    CHECK((row.usualChannels == 1 || row.usualChannels == 3));
    const Graph graph = buildNet(row.name).value();
    CHECK(graph.inputChannels == row.usualChannels);
    CHECK(inferShapes(graph, {1, row.usualChannels, 128, 128}).has_value());
    CHECK(buildNet(row.name, {.inputChannels = 6}).value().inputChannels == 6);
  }
}

// Transposed convs double, and features of odd sizes are no doubles.
TEST_CASE("GCN's transposed convs come to any size", "[nets]") {
  const Graph graph = buildNet("gcn", {.inputChannels = 3}, R"({"deconv": true})").value();
  for (const Dims& size : {Dims{1, 3, 64, 96}, Dims{1, 3, 61, 83}, Dims{1, 3, 50, 37}}) {
    CHECK(inferShapes(graph, size).value()[graph.outputs[0].value] == Dims{1, 4, size[2], size[3]});
  }
}
