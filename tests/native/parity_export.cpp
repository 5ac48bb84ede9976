// limbus_parity_export DIR [NET[:ENCODER]...]: every op sample and small versions of whole networks
// as .onnx, or the named networks with their usual options, with an input and what the executor
// answers, for the comparison with other engines.
//
// index.json lists {name, network, indices, input, output}; beside it lie NAME.onnx, NAME.input.bin
// and NAME.output.bin (little-endian float32). A resize that stands last is not in the file, nor in
// the output: the core's tail does it.
#include <torch/torch.h>

#include <algorithm>
#include <cstdio>

#include "native/system/files.h"
#include "native/train/executor/executor.h"
#include "op_graphs.h"
#include "shared/json_reader.h"
#include "shared/model/onnx_model.h"
#include "shared/nets/nets.h"
#include "small_nets.h"

using namespace limbus;

namespace {

struct Case {
  std::string name;
  bool network;
  Graph graph;
  Weights weights;
  Dims input;
};

// As the trainer would leave them: drawn weights, and running statistics that are not 0 and 1.
Weights networkWeights(const Graph& graph) {
  Weights weights = Executor(graph, 9).weights();
  for (std::size_t i = 0; i < graph.parameters.size(); ++i) {
    const Parameter& parameter = graph.parameters[i];
    if (parameter.learned) continue;
    Random random(9, 0, static_cast<std::uint32_t>(i), Purpose::test);
    const bool variance = parameter.init == Init::ones;
    for (float& value : weights[parameter.name].values) {
      value = static_cast<float>(variance ? random.uniform(0.5, 1.5) : random.uniform(-0.2, 0.2));
    }
  }
  return weights;
}

Case network(const std::string& name, const std::string& net, const char* options, int classes,
             const Dims& input) {
  Result<Graph> graph =
      buildNet(net, {.inputChannels = static_cast<int>(input[1]), .classes = classes}, options);
  if (!graph) throw std::runtime_error(graph.error().message);
  Weights weights = networkWeights(*graph);
  return {name, true, std::move(*graph), std::move(weights), input};
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (OpGraph& sample : opGraphs(true)) {
    Weights weights = samples::sampleWeights(sample.graph);
    all.push_back({sample.name, false, std::move(sample.graph), std::move(weights), sample.input});
  }
  all.push_back(network("dabnet_18", "dabnet", R"({"width": 18})", 4, {1, 1, 200, 320}));
  all.push_back(network("dabnet_odd_size", "dabnet", R"({"width": 8})", 5, {2, 3, 75, 53}));
  all.push_back(network("eye_s", "eye-s", R"({"width": 8})", 4, {1, 1, 224, 320}));
  all.push_back(network("eye_s_odd_size", "eye-s", R"({"width": 4})", 5, {2, 3, 75, 53}));
  all.push_back(network("ritnet_8", "ritnet", R"({"width": 8})", 4, {1, 1, 64, 96}));
  all.push_back(network("ritnet_odd_size", "ritnet", R"({"width": 4})", 5, {2, 3, 75, 53}));
  all.push_back(network("unet_16", "unet", R"({"width": 16})", 4, {1, 3, 64, 64}));
  for (const NetRow& row : nets()) {
    const std::string name = std::string("small_") + row.name;
    const int channels = row.usualChannels;
    all.push_back(
        network(name, row.name, samples::narrowest(row).c_str(), 4, {1, channels, 64, 96}));
  }
  return all;
}

// "unet", or "fpn:resnet50", with its usual options; three cells at the coarsest scale.
Case whole(const std::string& asked) {
  const std::size_t colon = asked.find(':');
  const std::string net = asked.substr(0, colon);
  Json options = Json::object();
  if (colon != std::string::npos) options["encoder"] = asked.substr(colon + 1);
  const NetRow* row = findRow(nets(), net);
  if (row == nullptr) throw std::runtime_error("unknown net '" + net + "'");
  const int side = std::max(32, row->sizeMultiple);
  std::string name = asked;
  std::replace(name.begin(), name.end(), ':', '_');
  return network(name, net, options.dump().c_str(), 4, {1, row->usualChannels, 2 * side, 3 * side});
}

// The graph whose output is what the file's "logits" are.
Graph withoutTail(Graph graph) {
  const Node* last = producerOf(graph, graph.outputs[0].value);
  if (last && last->op == Op::resize) graph.outputs[0].value = last->inputs[0];
  return graph;
}

Manifest manifestFor(const Case& one, std::int64_t classes) {
  Manifest manifest;
  manifest.name = one.name;
  manifest.input.width = static_cast<int>(one.input[3]);
  manifest.input.height = static_cast<int>(one.input[2]);
  manifest.input.multiple = 1;
  manifest.input.colour = one.input[1] == 1 ? Colour::grey : Colour::rgb;
  for (std::int64_t k = 0; k < classes; ++k) {
    manifest.classes.push_back({"class " + std::to_string(k), {}, ""});
  }
  return manifest;
}

Result<Json> exportCase(const Case& one, const std::filesystem::path& folder) {
  auto net = std::make_shared<Executor>(withoutTail(one.graph), 1);
  net->eval();
  if (auto loaded = net->load(one.weights); !loaded) return fail(loaded.error());
  const Tensor input = testInput(one.input);
  torch::NoGradGuard noGradients;
  const torch::Tensor output =
      net->forward(torch::tensor(input.values).view(torch::IntArrayRef(one.input)))[0].contiguous();

  const Result<std::string> onnx =
      writeOnnx(one.graph, one.weights, manifestFor(one, output.size(1)), {});
  if (!onnx) return fail(onnx.error());
  const auto bytes = [](const float* values, std::size_t count) {
    return std::string_view(reinterpret_cast<const char*>(values), count * sizeof(float));
  };
  const std::pair<const char*, std::string_view> files[] = {
      {".onnx", *onnx},
      {".input.bin", bytes(input.values.data(), input.values.size())},
      {".output.bin", bytes(output.data_ptr<float>(), static_cast<std::size_t>(output.numel()))},
  };
  for (const auto& [suffix, content] : files) {
    if (auto written = writeBytes(folder / (one.name + suffix), content, false); !written) {
      return fail(written.error());
    }
  }
  const auto& nodes = one.graph.nodes;
  const bool unpools = std::any_of(nodes.begin(), nodes.end(),
                                   [](const Node& node) { return node.op == Op::maxUnpool; });
  return Json{{"name", one.name},
              {"network", one.network},
              {"indices", unpools},
              {"input", one.input},
              {"output", output.sizes().vec()}};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: limbus_parity_export DIR [NET[:ENCODER]...]\n");
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  if (auto made = makeFolder(folder); !made) {
    std::fprintf(stderr, "%s\n", made.error().message.c_str());
    return 1;
  }
  Json index = Json::array();
  std::vector<Case> all;
  for (int i = 2; i < argc; ++i) all.push_back(whole(argv[i]));
  if (argc == 2) all = cases();
  for (const Case& one : all) {
    Result<Json> row = exportCase(one, folder);
    if (!row) {
      std::fprintf(stderr, "%s: %s\n", one.name.c_str(), row.error().message.c_str());
      return 1;
    }
    index.push_back(std::move(*row));
  }
  if (auto written = writeBytes(folder / "index.json", index.dump(1) + "\n"); !written) {
    std::fprintf(stderr, "%s\n", written.error().message.c_str());
    return 1;
  }
  std::printf("%zu graphs in %s\n", index.size(), folder.c_str());
  return 0;
}
