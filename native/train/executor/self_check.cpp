#include "native/train/executor/self_check.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

#include "native/train/executor/op_references.h"
#include "native/train/executor/self_check_memory.h"
#include "native/train/executor/self_check_trial.h"
#include "native/train/executor/without_libraries.h"
#include "native/train/mixed_precision.h"
#include "native/train/torch_compat.h"
#include "shared/graph/op.h"
#include "shared/json_reader.h"
#include "shared/ops/shapes.h"
#include "shared/random.h"
#include "shared/vision/preprocess.h"

namespace limbus {
namespace {

constexpr double kTerms = 4e5;                 // multiply-adds of a convolution's reference, about
constexpr std::size_t kDraws = 8191;           // different values; a prime, so that no rows repeat
constexpr double kExactTolerance = 1e-4;       // of the largest value of a tensor
constexpr double kTensorCoreTolerance = 2e-2;  // CUDA multiplies 10-bit mantissas (TF32)
// Of bfloat16's 7 bits processors without instructions for it lose some more by adding up in them;
// a wrong kernel is off by about the largest value.
constexpr double kMixedTolerance = 0.25;

bool isMixed(Precision precision) {
  return precision == Precision::bfloat16 || precision == Precision::float16;
}

// On a CPU TF32 is float32.
std::string inPrecision(const SelfCheckOptions& options) {
  if (!options.device.is_cuda() && !isMixed(options.precision)) return "";
  for (const auto& [value, name] : precisions()) {
    if (value == options.precision) return std::string(" in ") + name;
  }
  return "";
}

std::string signatureOf(const SelfCheckTrial& trial, const SelfCheckOptions& options) {
  std::string text = opName(trial.node().op);
  for (const auto& [name, value] : trial.node().attributes) {
    text += " " + name + "=" + std::visit([](const auto& v) { return Json(v).dump(); }, value);
  }
  for (const Dims& shape : trial.inputs) text += " " + describe(shape);
  for (const Parameter& parameter : trial.graph.parameters) text += " " + describe(parameter.shape);
  const std::size_t outputs = trial.node().outputs.size();
  if (outputs > 1) text += " with " + std::to_string(outputs) + " outputs";
  if (options.channelsLast) text += " channels last";
  text += inPrecision(options);
  if (at::globalContext().deterministicAlgorithms()) text += " deterministic";
  return text + (trial.training ? " training" : "");
}

Cells drawn(const Dims& shape, Random& random, bool positive) {
  Cells cells{shape, {}, {}};
  const std::size_t count = static_cast<std::size_t>(elementCount(shape));
  cells.value.reserve(count);
  for (std::size_t i = 0; i < std::min(count, kDraws); ++i) {  // as floats: both sides see the same
    cells.value.push_back(static_cast<float>(positive ? random.uniform(0.5, 2) : random.normal()));
  }
  for (std::size_t i = kDraws; i < count; ++i) cells.value.push_back(cells.value[i - kDraws]);
  cells.gradient.assign(count, 0.0);
  return cells;
}

bool isIndices(const SelfCheckTrial& trial, std::size_t input) {
  const std::vector<ValueKind>& kinds = opRow(trial.node().op).inputKinds;
  return input < kinds.size() && kinds[input] == ValueKind::indices;
}

// Pixels of the output's planes, in each plane none twice.
Cells spreadIndices(const Dims& shape, const Dims& output) {
  const std::int64_t area = shape[2] * shape[3], room = output[2] * output[3];
  Cells cells{shape, {}, {}};
  for (std::int64_t i = 0; i < elementCount(shape); ++i) {
    cells.value.push_back(static_cast<double>((i % area * room / area + i / area) % room));
  }
  cells.gradient.assign(cells.value.size(), 0.0);
  return cells;
}

// All output channels; of a convolution as many as its budget allows, from the first to the last.
std::vector<std::int64_t> chosenChannels(const SelfCheckTrial& trial) {
  std::int64_t count = trial.output[1];
  if (isConvolution(trial.node())) {
    const auto affordable = std::llround(kTerms / channelWork(trial));
    count = std::min(count, std::max<std::int64_t>(2, affordable));
  }
  std::vector<std::int64_t> channels;
  for (std::int64_t i = 0; i < count; ++i) {
    channels.push_back(count == 1 ? 0 : i * (trial.output[1] - 1) / (count - 1));
  }
  return channels;
}

torch::Tensor tensorOf(const Cells& cells, const std::vector<double>& values,
                       const SelfCheckOptions& options) {
  const torch::Tensor tensor = torch::from_blob(const_cast<double*>(values.data()),
                                                torch::IntArrayRef(cells.shape), torch::kFloat64)
                                   .to(torch::kFloat32)
                                   .to(options.device);
  const bool last = options.channelsLast && tensor.dim() == 4;
  return last ? tensor.contiguous(at::MemoryFormat::ChannelsLast) : tensor;
}

std::vector<double> valuesOf(const torch::Tensor& tensor) {
  const torch::Tensor copy = tensor.detach().to(torch::kCPU, torch::kFloat64).contiguous();
  return {copy.data_ptr<double>(), copy.data_ptr<double>() + copy.numel()};
}

// Largest difference as a share of the largest wanted value; infinite where one is not a number.
double difference(const std::vector<double>& found, const std::vector<double>& wanted) {
  if (found.size() != wanted.size()) return INFINITY;
  double largest = 0, scale = 1e-3;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double gap = std::abs(found[i] - wanted[i]);
    if (!std::isfinite(gap)) return INFINITY;
    largest = std::max(largest, gap);
    scale = std::max(scale, std::abs(wanted[i]));
  }
  return largest / scale;
}

// The operands of one trial, the same for LibTorch and for the reference.
struct Operands {
  std::vector<Cells> inputs, parameters;
  Cells output;
  std::vector<std::int64_t> channels;
};

Operands drawOperands(const SelfCheckTrial& trial) {
  Random random(1, 0, 0, Purpose::test);
  Operands operands;
  const bool positive = opRow(trial.node().op).ofPositive;
  for (std::size_t i = 0; i < trial.inputs.size(); ++i) {
    operands.inputs.push_back(isIndices(trial, i) ? spreadIndices(trial.inputs[i], trial.output)
                                                  : drawn(trial.inputs[i], random, positive));
  }
  for (std::size_t i = 0; i < trial.graph.parameters.size(); ++i) {
    const bool variance = std::string(opRow(trial.node().op).parameters[i].name) == "running_var";
    operands.parameters.push_back(drawn(trial.graph.parameters[i].shape, random, variance));
  }
  operands.channels = chosenChannels(trial);
  operands.output = {trial.output, {}, {}};
  const std::size_t area = static_cast<std::size_t>(trial.output[2] * trial.output[3]);
  operands.output.value.assign(static_cast<std::size_t>(elementCount(trial.output)), 0.0);
  operands.output.gradient = operands.output.value;
  for (std::int64_t n = 0; n < trial.output[0]; ++n) {
    for (const std::int64_t c : operands.channels) {
      const std::size_t first = static_cast<std::size_t>(n * trial.output[1] + c) * area;
      for (std::size_t i = first; i < first + area; ++i) {
        operands.output.gradient[i] = static_cast<float>(random.normal());
      }
    }
  }
  return operands;
}

// What LibTorch makes of them.
struct LibTorchAnswer {
  torch::Tensor output;
  std::vector<torch::Tensor> inputs, parameters;  // with their gradients
};

LibTorchAnswer askLibTorch(const SelfCheckTrial& trial, const Operands& operands,
                           const SelfCheckOptions& options, bool libraries) {
  const torch::AutoGradMode withGraph(true);
  LibTorchAnswer answer;
  for (std::size_t i = 0; i < operands.inputs.size(); ++i) {
    const Cells& input = operands.inputs[i];
    const torch::Tensor tensor = tensorOf(input, input.value, options);
    answer.inputs.push_back(isIndices(trial, i) ? tensor.to(torch::kInt64)
                                                : tensor.requires_grad_());
  }
  for (std::size_t i = 0; i < operands.parameters.size(); ++i) {
    const Cells& parameter = operands.parameters[i];
    const bool learned = trial.graph.parameters[i].learned;
    answer.parameters.push_back(
        tensorOf(parameter, parameter.value, options).requires_grad_(learned));
  }
  BoundOp run = options.execution(trial.node().op)->bind(trial.view(), answer.parameters);
  if (!libraries) run = withoutLibraries(std::move(run), answer.parameters);
  {
    const MixedPrecision mixed(options.precision, options.device.type());
    answer.output = run(answer.inputs, trial.training).values[0];
  }
  answer.output = answer.output.to(torch::kFloat32);
  answer.output.backward(tensorOf(operands.output, operands.output.gradient, options));
  return answer;
}

// Output cells of the channels that the reference computed.
std::vector<double> ofChannels(const std::vector<double>& values, const Operands& operands) {
  const Dims& shape = operands.output.shape;
  const std::ptrdiff_t area = shape[2] * shape[3];
  std::vector<double> chosen;
  for (std::int64_t n = 0; n < shape[0]; ++n) {
    for (const std::int64_t c : operands.channels) {
      const auto first = values.begin() + (n * shape[1] + c) * area;
      chosen.insert(chosen.end(), first, first + area);
    }
  }
  return chosen;
}

double compare(const SelfCheckTrial& trial, const SelfCheckOptions& options, bool libraries) {
  Operands operands = drawOperands(trial);
  const LibTorchAnswer answer = askLibTorch(trial, operands, options, libraries);
  if (answer.output.sizes() != torch::IntArrayRef(trial.output)) return INFINITY;
  const std::vector<double> observed = valuesOf(answer.output);
  trial.reference->run({trial.view(), operands.inputs, operands.parameters, operands.output,
                        operands.channels, observed, trial.training});

  double worst =
      difference(ofChannels(observed, operands), ofChannels(operands.output.value, operands));
  const auto look = [&](const torch::Tensor& tensor, const Cells& cells) {
    if (tensor.grad().defined()) {
      worst = std::max(worst, difference(valuesOf(tensor.grad()), cells.gradient));
    } else if (tensor.requires_grad()) {  // not read: no gradient is a zero one
      worst =
          std::max(worst, difference(std::vector<double>(cells.gradient.size()), cells.gradient));
    }
  };
  for (std::size_t i = 0; i < answer.inputs.size(); ++i) look(answer.inputs[i], operands.inputs[i]);
  for (std::size_t i = 0; i < answer.parameters.size(); ++i) {
    look(answer.parameters[i], operands.parameters[i]);
    if (answer.parameters[i].requires_grad()) continue;
    worst =
        std::max(worst, difference(valuesOf(answer.parameters[i]), operands.parameters[i].value));
  }
  return worst;
}

// While it lives, cuDNN takes the kernels that it thinks best, instead of trying all of them on
// each of many small operations.
class WithoutTryingKernels {
 public:
  WithoutTryingKernels() { at::globalContext().setBenchmarkCuDNN(false); }
  ~WithoutTryingKernels() { at::globalContext().setBenchmarkCuDNN(before_); }
  WithoutTryingKernels(const WithoutTryingKernels&) = delete;
  WithoutTryingKernels& operator=(const WithoutTryingKernels&) = delete;

 private:
  bool before_ = at::globalContext().benchmarkCuDNN();
};

std::string showError(double error) {
  if (!std::isfinite(error)) return "gives values that are no numbers, or another shape";
  char text[64];
  std::snprintf(text, sizeof text, "is off by %.2g of its largest value", error);
  return text;
}

std::string where(const SelfCheckOptions& options) {
  return std::string("LibTorch ") + compat::libtorchVersion() + " on " + options.device.str();
}

const char* libraryOf(const SelfCheckOptions& options) {
  return options.device.is_cuda() ? "cuDNN" : "oneDNN";
}

// Right, or wrong with the libraries; an error when it is wrong without them too.
Result<bool> isRight(const SelfCheckTrial& trial, const SelfCheckOptions& options) {
  const double tolerance = isMixed(options.precision) ? kMixedTolerance
                           : options.device.is_cuda() ? kTensorCoreTolerance
                                                      : kExactTolerance;
  if (compare(trial, options, true) <= tolerance) return true;
  const double error = compare(trial, options, false);
  if (error <= tolerance) return false;
  return fail(nodeError(
      trial.node(),
      {ErrorCode::unsupported, where(options) + " " + showError(error) + ", also without " +
                                   libraryOf(options) +
                                   "; use another LibTorch, or go on with --no-self-check"}));
}

// `here`: this process found one of them.
std::string lineOf(const std::vector<const Node*>& wrong, bool here,
                   const SelfCheckOptions& options) {
  if (wrong.empty()) return "";
  const std::size_t others = wrong.size() - 1;
  return "self-check: " + (here ? where(options) : "another rank's LibTorch") + " computes " +
         opName(wrong[0]->op) + " '" + wrong[0]->name + "'" +
         (others == 0 ? "" : " and " + std::to_string(others) + " more operations") +
         " wrongly with " + libraryOf(options) + "; without it for " +
         (others == 0 ? "this one" : "these");
}

}  // namespace

Result<SelfCheck> selfCheck(const Graph& graph, const Dims& image,
                            const SelfCheckOptions& options) {
  const Result<std::vector<Dims>> shapes = inferShapes(graph, image);
  if (!shapes) return fail(shapes.error());
  const WithoutTryingKernels quick;
  SelfCheckMemory memory(options.memory, options.device);
  SelfCheck check;
  const auto findOut = [&](const SelfCheckTrial& trial) -> Result<bool> {
    const std::string signature = signatureOf(trial, options);
    if (const std::optional<bool> known = memory.recall(signature)) return *known;
    const Result<bool> right = isRight(trial, options);
    if (!right) return right;
    ++check.checked;
    memory.learn(signature, *right);
    return right;
  };
  for (const Node& node : graph.nodes) {
    Result<SelfCheckTrial> trial = makeTrial(graph, node, *shapes);
    if (!trial) return fail(trial.error());
    Result<bool> right = findOut(*trial);
    if (right && *right && trial->reference->readsMode) {
      trial->training = true;
      right = findOut(*trial);
    }
    if (!right) return fail(right.error());
    check.wrong.push_back(!*right);
  }
  memory.save();
  const bool here = std::find(check.wrong.begin(), check.wrong.end(), true) != check.wrong.end();
  if (options.anywhere) check.wrong = options.anywhere(check.wrong);
  std::vector<const Node*> wrong;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (check.wrong[i]) wrong.push_back(&graph.nodes[i]);
  }
  check.line = lineOf(wrong, here, options);
  return check;
}

Result<std::string> selfCheck(const std::vector<Executor*>& nets, const InputSpec& input,
                              SelfCheckOptions options) {
  const Result<Placement> placement = placeImage(input.width, input.height, input);
  if (!placement) return fail(placement.error());
  options.memory = selfCheckMemory();
  const Result<SelfCheck> check =
      selfCheck(nets.front()->graph(),
                {1, input.channels(), placement->inputHeight, placement->inputWidth}, options);
  if (!check) return fail(check.error());
  for (Executor* net : nets) net->avoidLibraries(check->wrong);
  return check->line;
}

}  // namespace limbus
