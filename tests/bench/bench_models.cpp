// limbus_bench_models DIR: the networks whose speed the benchmarks compare, as .onnx with drawn
// weights: a network's time does not depend on what it has learned.
#include <cmath>
#include <cstdio>
#include <fstream>
#include <string>

#include "shared/model/onnx_model.h"
#include "shared/nets/nets.h"
#include "shared/random.h"

using namespace limbus;

namespace {

struct Row {
  const char* file;
  const char* net;
  int width, height;
  ResizeRule resize;
  int multiple;
  double gamma;
};

// All see a 640x400 image: the published ones as it is, our own as its recipe says, at 320x200.
constexpr Row kRows[] = {
    {"dabnet_18", "dabnet", 640, 400, ResizeRule::none, 8, 1.0},
    {"ritnet", "ritnet", 640, 400, ResizeRule::none, 16, 1.0},
    {"eye_s", "eye-s", 320, 320, ResizeRule::shrink, 32, 0.5},
};

// Spread so that values neither grow nor vanish from layer to layer.
Weights drawWeights(const Graph& graph) {
  Weights weights;
  for (std::size_t i = 0; i < graph.parameters.size(); ++i) {
    const Parameter& parameter = graph.parameters[i];
    Random random(1, 0, static_cast<std::uint32_t>(i), Purpose::test);
    const std::int64_t count = elementCount(parameter.shape);
    const double fanIn = static_cast<double>(count) / static_cast<double>(parameter.shape[0]);
    const double bound = std::sqrt(6.0 / fanIn);
    Tensor tensor{parameter.shape, {}};
    for (std::int64_t k = 0; k < count; ++k) {
      const bool drawn = parameter.shape.size() > 1;
      const double start = parameter.init == Init::ones ? 1.0 : 0.0;
      tensor.values.push_back(static_cast<float>(drawn ? random.uniform(-bound, bound) : start));
    }
    weights[parameter.name] = std::move(tensor);
  }
  return weights;
}

Manifest manifestFor(const Row& row) {
  Manifest manifest;
  manifest.name = row.net;
  manifest.input.width = row.width;
  manifest.input.height = row.height;
  manifest.input.resize = row.resize;
  manifest.input.interpolation = Interpolation::area;
  manifest.input.multiple = row.multiple;
  manifest.input.gamma = row.gamma;
  manifest.input.normalise = Normalise::image;
  for (const char* role : {"background", "sclera", "iris", "pupil"}) {
    manifest.classes.push_back({role, {}, role});
  }
  return manifest;
}

Result<void> write(const Row& row, const std::string& folder) {
  const Result<Graph> graph = buildNet(row.net);
  if (!graph) return fail(graph.error());
  const Result<std::string> onnx = writeOnnx(*graph, drawWeights(*graph), manifestFor(row), {});
  if (!onnx) return fail(onnx.error());
  const std::string path = folder + "/" + row.file + ".onnx";
  std::ofstream file(path, std::ios::binary);
  if (file.write(onnx->data(), static_cast<std::streamsize>(onnx->size())).flush()) return {};
  return fail(ErrorCode::io, "cannot write " + path);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: limbus_bench_models DIR\n");
    return 2;
  }
  for (const Row& row : kRows) {
    if (const Result<void> written = write(row, argv[1]); !written) {
      std::fprintf(stderr, "%s: %s\n", row.file, written.error().message.c_str());
      return 1;
    }
  }
}
