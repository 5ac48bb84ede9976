#include "native/train/executor/self_check_trial.h"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>

#include "shared/graph/op.h"
#include "shared/ops/ops.h"

namespace limbus {
namespace {

constexpr std::int64_t kImages = 2;
constexpr std::int64_t kImagesOfPoints = 8;        // of a batch norm with a pixel or two of each
constexpr std::int64_t kVector = 16;               // pixels, channels
constexpr std::int64_t kLargest[] = {48, 32, 16};  // pixels of height and width, as work allows
constexpr std::int64_t kWide = 96;                 // where kernels were wrong in wide images alone
constexpr std::int64_t kChannels = 4;              // of an input that another one sizes
constexpr std::int64_t kMostWeights = 1 << 18;     // of a convolution, as its channels allow
constexpr double kWork = 6e7;             // multiply-adds of a convolution, where it can be less
constexpr std::int64_t kCells = 1 << 16;  // of another operation's output, likewise

Graph alone(const Graph& graph, const Node& node) {
  Graph one;
  one.nodes = {node};
  one.nodes[0].parameters.clear();
  for (int index : node.parameters) {
    one.nodes[0].parameters.push_back(static_cast<int>(one.parameters.size()));
    one.parameters.push_back(graph.parameters[index]);
  }
  return one;
}

// What is larger shrinks, but keeps what a loop over vectors leaves over at the end.
std::int64_t shrunk(std::int64_t extent, std::int64_t largest) {
  if (extent <= largest) return extent;
  const std::int64_t over = extent % kVector;
  return over == 0 ? largest : largest - kVector + over;
}

bool isStridedAndDilated(const NodeView& view) {
  if (view.node.op != Op::conv) return false;
  const Extent stride = view.extent("stride"), dilation = view.extent("dilation");
  return std::max(stride.h, stride.w) > 1 && std::max(dilation.h, dilation.w) > 1;
}

// What training on a CPU may compute by Winograd's algorithm, from some size on (cpu_ops.h).
bool mayBeWinograd(const SelfCheckTrial& trial) {
  if (trial.node().op != Op::conv) return false;
  const Dims& weight = trial.graph.parameters[0].shape;
  const Extent stride = trial.view().extent("stride");
  return weight[1] > 1 && weight[2] == 3 && weight[3] == 3 && stride.h == 1 && stride.w == 1;
}

// A convolution of millions of weights is tried with fewer channels.
void shrinkChannels(SelfCheckTrial& trial) {
  if (!isConvolution(trial.node()) || trial.view().integer("groups") != 1) return;
  Dims& weight = trial.graph.parameters[0].shape;
  while (elementCount(weight) > kMostWeights && std::max(weight[0], weight[1]) > 2 * kVector) {
    std::int64_t& wider = weight[0] >= weight[1] ? weight[0] : weight[1];
    wider = shrunk(wider, wider / 2 / kVector * kVector);
  }
  const bool outFirst = trial.node().op == Op::conv;
  trial.inputs[0][1] = weight[outFirst ? 1 : 0];
  if (trial.graph.parameters.size() > 1) {
    trial.graph.parameters[1].shape = {weight[outFirst ? 0 : 1]};
  }
}

// Two values to norm by are as good as 1 and -1, and no gradient but rounding is left.
std::int64_t imagesFor(const Node& node, const Dims& shape) {
  const bool points = node.op == Op::batchNorm && shape[2] * shape[3] < 4;
  return points ? kImagesOfPoints : kImages;
}

Result<SelfCheckTrial> sized(SelfCheckTrial trial) {
  const Result<Shapes> shapes = opRow(trial.node().op).shapes(trial.view(), trial.inputs);
  if (!shapes) return fail(nodeError(trial.node(), shapes.error()));
  trial.output = shapes->front();
  return trial;
}

}  // namespace

bool isConvolution(const Node& node) { return node.op == Op::conv || node.op == Op::deconv; }

double channelWork(const SelfCheckTrial& trial) {
  const Dims& out = trial.output;
  const Dims& weight = trial.graph.parameters[0].shape;
  return static_cast<double>(out[0] * out[2] * out[3]) * static_cast<double>(elementCount(weight)) /
         static_cast<double>(out[1]);
}

Result<SelfCheckTrial> makeTrial(const Graph& graph, const Node& node,
                                 const std::vector<Dims>& shapes) {
  SelfCheckTrial trial{.graph = alone(graph, node), .reference = opReference(node.op)};
  if (trial.reference == nullptr) {
    throw std::logic_error(std::string("op '") + opName(node.op) + "' has no reference");
  }
  for (ValueId input : node.inputs) trial.inputs.push_back(shapes[static_cast<std::size_t>(input)]);
  for (Dims& shape : trial.inputs) shape[0] = imagesFor(node, shape);
  shrinkChannels(trial);
  if (node.inputs.size() == 2 && (node.op == Op::resize || node.op == Op::crop)) {
    trial.inputs[0][1] = std::min(trial.inputs[0][1], kChannels);
    trial.inputs[1][1] = 1;  // only its size is read
    return sized(trial);
  }
  std::vector<std::int64_t> sizes(std::begin(kLargest), std::end(kLargest));
  if (isStridedAndDilated(trial.view())) sizes.insert(sizes.begin(), kWide);
  if (mayBeWinograd(trial)) sizes.pop_back();
  std::optional<SelfCheckTrial> best;
  for (const std::int64_t largest : sizes) {
    SelfCheckTrial smaller = trial;
    for (Dims& shape : smaller.inputs) {
      shape[2] = shrunk(shape[2], largest);
      shape[3] = shrunk(shape[3], largest);
    }
    if (node.op == Op::maxUnpool) {  // room for all, each at a place of its own
      for (const int axis : {2, 3}) {
        smaller.inputs[2][axis] = std::max(smaller.inputs[2][axis], smaller.inputs[0][axis]);
      }
    }
    Result<SelfCheckTrial> next = sized(smaller);
    if (!next) break;  // too small for its window
    best = *next;
    const double channels = static_cast<double>(best->output[1]);
    const bool cheap = isConvolution(node) ? channelWork(*best) * channels <= kWork
                                           : elementCount(best->output) <= kCells;
    if (cheap) break;
  }
  if (best) return *best;
  return sized(trial);
}

}  // namespace limbus
