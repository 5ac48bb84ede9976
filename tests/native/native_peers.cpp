// Our networks against those of other libraries: equal weights, equal logits.
//
// tests/peers/make_peers.py filled the others' networks by a formula over tensor name and index
// (it stands there), and kept a few hundred logits of each in tests/cases/peers.json.
#include <cmath>
#include <nlohmann/json.hpp>

#include "native/system/files.h"
#include "native/train/executor.h"
#include "native_catch.h"
#include "shared/nets/nets.h"

using namespace limbus;

namespace {

// Value `index` of the tensor `name`, in [0,1).
double uniform(const std::string& name, std::uint64_t index) {
  std::uint64_t z = 0xcbf29ce484222325ULL;
  for (const char c : name) z = (z ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  z += (index + 1) * 0x9e3779b97f4a7c15ULL;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
  z ^= z >> 31;
  return static_cast<double>(z >> 40) / (1 << 24);
}

bool endsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

double value(const Parameter& parameter, double u, std::int64_t count) {
  if (endsWith(parameter.name, "running_var")) return 0.5 + u;
  if (parameter.shape.size() == 1) {
    return endsWith(parameter.name, "weight") ? 0.75 + 0.5 * u : 0.2 * (u - 0.5);
  }
  return (2 * u - 1) *
         std::sqrt(6 / (static_cast<double>(count) / static_cast<double>(parameter.shape[0])));
}

Weights filled(const Graph& graph) {
  Weights weights;
  for (const Parameter& parameter : graph.parameters) {
    Tensor& tensor = weights[parameter.name];
    tensor.shape = parameter.shape;
    const std::int64_t count = elementCount(parameter.shape);
    for (std::int64_t i = 0; i < count; ++i) {
      tensor.values.push_back(static_cast<float>(
          value(parameter, uniform(parameter.name, static_cast<std::uint64_t>(i)), count)));
    }
  }
  return weights;
}

torch::Tensor image(const nlohmann::json& row) {
  torch::Tensor input = torch::empty({1, row.at("inputChannels").get<int>(),
                                      row.at("height").get<int>(), row.at("width").get<int>()});
  float* values = input.data_ptr<float>();
  for (std::int64_t i = 0; i < input.numel(); ++i) {
    values[i] = static_cast<float>(2 * uniform("image", static_cast<std::uint64_t>(i)) - 1);
  }
  return input;
}

}  // namespace

TEST_CASE("peers: parameters and logits are those of other libraries' networks") {
  const Result<std::string> text = readBytes(std::string(LIMBUS_CASES) + "/peers.json");
  REQUIRE(text);
  const nlohmann::json peers = nlohmann::json::parse(*text).at("peers");
  REQUIRE(!peers.empty());
  for (const nlohmann::json& row : peers) {
    INFO(row.at("peer").get<std::string>());
    const Result<Graph> graph =
        buildNet(row.at("net").get<std::string>(),
                 {.inputChannels = row.at("inputChannels"), .classes = row.at("classes")},
                 row.at("options").dump());
    REQUIRE(graph);
    CHECK(countParameters(*graph) == row.at("parameters").get<std::int64_t>());
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
    CHECK(largest <= 1e-4 * row.at("largest").get<double>());
  }
}
