// Our networks against those of other libraries: equal weights, equal logits.
//
// tests/peers/make_peers.py filled the others' networks by a formula over tensor name and index
// (it stands there), and kept a few hundred logits of each in tests/cases/peers.json.
#include <cmath>
#include <nlohmann/json.hpp>

#include "formula.h"
#include "native/system/files.h"
#include "native/train/executor/executor.h"
#include "native_catch.h"
#include "shared/graph/op.h"
#include "shared/nets/nets.h"

using namespace limbus;
using formula::hashOf;
using formula::uniform;

namespace {

bool endsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// What is made of a number in [0,1): offset + slope * u.
struct Line {
  double offset, slope;
};

Line lineOf(const Parameter& parameter, bool slopes) {
  if (slopes) return {0, 0.5};
  if (endsWith(parameter.name, "running_var")) return {0.5, 1};
  if (parameter.shape.size() == 1) {
    return endsWith(parameter.name, "weight") ? Line{0.75, 0.5} : Line{-0.1, 0.2};
  }
  const double fanIn =
      static_cast<double>(elementCount(parameter.shape)) / static_cast<double>(parameter.shape[0]);
  const double bound = std::sqrt(6 / fanIn);
  return {-bound, 2 * bound};
}

// By parameter: whether it holds the slopes of a PReLU.
std::vector<bool> areSlopes(const Graph& graph) {
  std::vector<bool> are(graph.parameters.size(), false);
  for (const Node& node : graph.nodes) {
    if (node.op == Op::prelu) are[static_cast<std::size_t>(node.parameters.at(0))] = true;
  }
  return are;
}

Weights filled(const Graph& graph) {
  Weights weights;
  const std::vector<bool> slopes = areSlopes(graph);
  for (std::size_t p = 0; p < slopes.size(); ++p) {
    const Parameter& parameter = graph.parameters[p];
    Tensor& tensor = weights[parameter.name];
    tensor.shape = parameter.shape;
    const std::uint64_t hash = hashOf(parameter.name);
    const Line line = lineOf(parameter, slopes[p]);
    tensor.values.resize(static_cast<std::size_t>(elementCount(parameter.shape)));
    for (std::size_t i = 0; i < tensor.values.size(); ++i) {
      tensor.values[i] = static_cast<float>(line.offset + line.slope * uniform(hash, i));
    }
  }
  return weights;
}

torch::Tensor image(const nlohmann::json& row) {
  torch::Tensor input = torch::empty({1, row.at("inputChannels").get<int>(),
                                      row.at("height").get<int>(), row.at("width").get<int>()});
  float* values = input.data_ptr<float>();
  const std::uint64_t hash = hashOf("image");
  for (std::int64_t i = 0; i < input.numel(); ++i) {
    values[i] = static_cast<float>(2 * uniform(hash, static_cast<std::uint64_t>(i)) - 1);
  }
  return input;
}

}  // namespace

// tests/peers/make_table.py reads what the checks of this test compare.
TEST_CASE("peers: parameters and logits are those of other libraries' networks") {
  const Result<std::string> text = readBytes(std::string(LIMBUS_CASES) + "/peers.json");
  REQUIRE(text);
  const nlohmann::json peers = nlohmann::json::parse(*text).at("peers");
  REQUIRE(!peers.empty());
  for (const nlohmann::json& row : peers) {
    INFO(row.at("peer").get<std::string>());
    Result<Graph> graph =
        buildNet(row.at("net").get<std::string>(),
                 {.inputChannels = row.at("inputChannels"), .classes = row.at("classes")},
                 row.at("options").dump());
    REQUIRE(graph);
    CHECK(countParameters(*graph) == row.at("parameters").get<std::int64_t>());
    // Drawing first values takes most of the time, and none of them stays.
    for (Parameter& parameter : graph->parameters) parameter.init = Init::zeros;
    Executor net(*graph, 0);
    REQUIRE(net.load(filled(*graph)));
    net.eval();
    const torch::NoGradGuard noGradients;
    const torch::Tensor logits = net.forward(image(row)).at(0).flatten();
    const float* values = logits.data_ptr<float>();
    const std::vector<double> theirs = row.at("logits");
    const std::int64_t step = row.at("step");
    REQUIRE(static_cast<std::int64_t>(theirs.size()) == (logits.numel() + step - 1) / step);
    double largest = 0;
    for (std::size_t i = 0; i < theirs.size(); ++i) {
      largest =
          std::max(largest, std::abs(values[static_cast<std::int64_t>(i) * step] - theirs[i]));
    }
    CHECK(largest / row.at("largest").get<double>() <= 1e-4);
  }
}
