#include "native/train/executor/executor.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>
#include <stdexcept>

#include "native/system/text.h"
#include "native/train/executor/executor_ops.h"
#include "native/train/executor/norm_and_activation.h"
#include "native/train/executor/without_libraries.h"
#include "shared/graph/op.h"
#include "shared/random.h"

namespace limbus {
namespace {

constexpr std::size_t kNamedWeights = 20;  // weights in a message

// PyTorch's rule, also for transposed convolutions: the second dimension times the window.
double fanIn(const Dims& shape) {
  return static_cast<double>(elementCount(shape)) /
         static_cast<double>(shape.empty() ? 1 : shape[0]);
}

double fanOut(const Dims& shape) {
  return static_cast<double>(elementCount(shape)) /
         static_cast<double>(shape.size() < 2 ? 1 : shape[1]);
}

// [I,O,k,k]: a tent over the window where I and O are the same channel.
std::vector<float> bilinearValues(const Dims& shape) {
  const auto tent = [](std::int64_t at, std::int64_t window) {
    const double factor = static_cast<double>((window + 1) / 2);
    const double centre = window % 2 == 1 ? factor - 1 : factor - 0.5;
    return 1 - std::abs(static_cast<double>(at) - centre) / factor;
  };
  std::vector<float> values(static_cast<std::size_t>(elementCount(shape)));
  for (std::int64_t c = 0; c < std::min(shape[0], shape[1]); ++c) {
    for (std::int64_t y = 0; y < shape[2]; ++y) {
      for (std::int64_t x = 0; x < shape[3]; ++x) {
        const std::int64_t at = ((c * shape[1] + c) * shape[2] + y) * shape[3] + x;
        values[static_cast<std::size_t>(at)] =
            static_cast<float>(tent(y, shape[2]) * tent(x, shape[3]));
      }
    }
  }
  return values;
}

std::vector<float> initialValues(const Parameter& parameter, Random& random) {
  std::vector<float> values(static_cast<std::size_t>(elementCount(parameter.shape)));
  const auto fill = [&](auto draw) {
    for (float& value : values) value = static_cast<float>(draw());
  };
  const auto normal = [&](double deviation) { fill([&] { return deviation * random.normal(); }); };
  switch (parameter.init) {
    case Init::zeros:
      break;
    case Init::ones:
      fill([] { return 1.0; });
      break;
    case Init::constant:
      fill([&] { return parameter.value; });
      break;
    case Init::kaimingUniform: {
      const double bound = std::sqrt(1.0 / fanIn(parameter.shape));
      fill([&] { return random.uniform(-bound, bound); });
      break;
    }
    case Init::kaimingNormal:
      normal(std::sqrt(2.0 / fanIn(parameter.shape)));
      break;
    case Init::kaimingNormalFanOut:
      normal(std::sqrt(2.0 / fanOut(parameter.shape)));
      break;
    case Init::normal:
      normal(parameter.value);
      break;
    case Init::icnr: {
      normal(std::sqrt(2.0 / fanIn(parameter.shape)));
      const auto row = static_cast<std::size_t>(elementCount(parameter.shape) / parameter.shape[0]);
      const auto alike = static_cast<std::size_t>(parameter.value);
      for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = values[i / row / alike * alike * row + i % row];
      }
      break;
    }
    case Init::bilinear:
      values = bilinearValues(parameter.shape);
      break;
    case Init::uniform:
      fill([&] { return random.uniform(-parameter.value, parameter.value); });
      break;
  }
  return values;
}

// Module names may not contain dots.
std::string moduleName(const std::string& name) {
  std::string text = name;
  std::replace(text.begin(), text.end(), '.', '/');
  return text;
}

torch::Tensor tensorOf(const Tensor& tensor) {
  return torch::from_blob(const_cast<float*>(tensor.values.data()), tensor.shape, torch::kFloat32)
      .clone();
}

// For each node that is an activation: the batch norm whose values it alone reads, else -1. `given`
// are the values that somebody else sees.
std::vector<int> normsBefore(const Graph& graph, const std::vector<bool>& needed,
                             const std::set<ValueId>& given) {
  std::vector<int> readers(static_cast<std::size_t>(graph.valueCount)), norms(readers.size(), -1);
  std::vector<int> before(graph.nodes.size(), -1);
  for (const ValueId value : given) ++readers[value];
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (!needed[i]) continue;
    if (node.op == Op::batchNorm) norms[node.outputs[0]] = static_cast<int>(i);
    for (const ValueId value : node.inputs) ++readers[value];
  }
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!needed[i] || graph.nodes[i].inputs.size() != 1) continue;
    const ValueId read = graph.nodes[i].inputs[0];
    if (readers[read] == 1) before[i] = norms[read];
  }
  return before;
}

std::string showShape(const Dims& shape) { return describe(shape); }

}  // namespace

Executor::Executor(Graph graph, std::uint64_t seed) : graph_(std::move(graph)) {
  for (std::size_t i = 0; i < graph_.parameters.size(); ++i) {
    const Parameter& parameter = graph_.parameters[i];
    Random random(seed, 0, static_cast<std::uint32_t>(i), Purpose::initialise);
    const torch::Tensor start = tensorOf({parameter.shape, initialValues(parameter, random)});
    const std::string name = moduleName(parameter.name);
    tensors_.push_back(parameter.learned ? register_parameter(name, start)
                                         : register_buffer(name, start));
  }
  trainingPlan_ = plan(true);
  evaluationPlan_ = plan(false);
}

std::vector<torch::Tensor> Executor::parametersOf(const Node& node) const {
  std::vector<torch::Tensor> parameters;
  for (int index : node.parameters) parameters.push_back(tensors_[index]);
  return parameters;
}

BoundOp Executor::bound(std::size_t i) const {
  const Node& node = graph_.nodes[i];
  const OpExecution* execution = opExecution(node.op);
  if (execution == nullptr) {
    throw std::logic_error(std::string("op '") + opName(node.op) + "' has no row in the executor");
  }
  const std::vector<torch::Tensor> parameters = parametersOf(node);
  BoundOp run = execution->bind({graph_, node}, parameters);
  return isAvoided(i) ? withoutLibraries(std::move(run), parameters) : run;
}

std::optional<BoundOp> Executor::boundWithNorm(std::size_t activation, std::size_t norm) const {
  if (isAvoided(activation) || isAvoided(norm)) return std::nullopt;
  const Node &after = graph_.nodes[activation], &before = graph_.nodes[norm];
  const std::vector<torch::Tensor> parameters = parametersOf(before);
  const std::optional<NegativeSide> below = negativeSide({graph_, after}, parametersOf(after));
  if (!below) return std::nullopt;
  return normAndActivation({graph_, before}, parameters, *below, bound(norm), bound(activation));
}

std::vector<Executor::Step> Executor::plan(bool withAuxiliary) const {
  // By an output, or by a step that stands later.
  std::set<ValueId> read(watched_.begin(), watched_.end());
  for (const Output& output : graph_.outputs) {
    if (withAuxiliary || !output.auxiliary) read.insert(output.value);
  }
  std::vector<bool> needed = neededNodes(graph_, withAuxiliary);
  const std::vector<int> norms = normsBefore(graph_, needed, read);
  std::vector<Step> steps;
  for (std::size_t i = graph_.nodes.size(); i-- > 0;) {
    if (!needed[i]) continue;
    Step step{
        bound(i), graph_.nodes[i].inputs, graph_.nodes[i].outputs, {}, isStill(graph_.nodes[i])};
    if (norms[i] >= 0) {
      const auto norm = static_cast<std::size_t>(norms[i]);
      if (std::optional<BoundOp> both = boundWithNorm(i, norm)) {
        step.run = std::move(*both);
        step.inputs = graph_.nodes[norm].inputs;
        step.still = isStill(graph_.nodes[norm]);
        needed[norm] = false;
      }
    }
    for (ValueId output : step.outputs) {
      if (read.count(output) == 0) step.lastUses.push_back(output);
    }
    for (ValueId input : step.inputs) {
      if (read.insert(input).second) step.lastUses.push_back(input);
    }
    steps.push_back(std::move(step));
  }
  std::reverse(steps.begin(), steps.end());
  return steps;
}

void Executor::avoidLibraries(const std::vector<bool>& nodes) {
  avoided_ = nodes;
  ++planNumber_;
  trainingPlan_ = plan(true);
  evaluationPlan_ = plan(false);
}

void Executor::watch(std::vector<ValueId> values) {
  watched_ = std::move(values);
  ++planNumber_;
  trainingPlan_ = plan(true);
  evaluationPlan_ = plan(false);
}

bool Executor::isStill(const Node& node) const {
  if (node.parameters.empty()) return false;
  if (still_.norms && node.op == Op::batchNorm) return true;
  return still_.encoder && graph_.parameters[node.parameters[0]].part == Part::encoder;
}

void Executor::hold(Still still) {
  if (still == still_) return;
  still_ = still;
  for (const Node& node : graph_.nodes) {
    for (int index : node.parameters) {
      if (graph_.parameters[index].learned) tensors_[index].requires_grad_(!isStill(node));
    }
  }
  ++planNumber_;
  trainingPlan_ = plan(true);
}

void Executor::channelsLast() {
  for (torch::Tensor& tensor : tensors_) {
    if (tensor.dim() == 4) tensor.set_data(tensor.contiguous(at::MemoryFormat::ChannelsLast));
  }
}

Executor::Passed Executor::pass(const torch::Tensor& image) {
  std::vector<torch::Tensor> values(static_cast<std::size_t>(graph_.valueCount));
  values[0] = image;
  std::vector<torch::Tensor> inputs;
  for (const Step& step : is_training() ? trainingPlan_ : evaluationPlan_) {
    inputs.clear();
    for (ValueId id : step.inputs) inputs.push_back(values[id]);
    OpResults results = step.run(inputs, is_training() && !step.still);
    for (std::size_t i = 0; i < step.outputs.size(); ++i) {
      values[step.outputs[i]] = std::move(results.values[i]);
    }
    for (ValueId id : step.lastUses) values[id] = torch::Tensor();
  }
  Passed passed;
  for (const Output& output : graph_.outputs) {
    if (is_training() || !output.auxiliary) passed.outputs.push_back(values[output.value]);
  }
  for (ValueId id : watched_) passed.watched.push_back(values[id]);
  return passed;
}

LoadReport Executor::loadMatching(const Weights& weights) {
  torch::NoGradGuard noGradients;
  LoadReport report;
  std::set<std::string> known;
  for (std::size_t i = 0; i < graph_.parameters.size(); ++i) {
    const Parameter& parameter = graph_.parameters[i];
    known.insert(parameter.name);
    const auto found = weights.find(parameter.name);
    if (found == weights.end()) {
      report.missing.push_back(parameter.name);
    } else if (found->second.shape != parameter.shape) {
      report.misshapen.push_back(parameter.name + " is " + showShape(parameter.shape) +
                                 " here and " + showShape(found->second.shape) + " there");
    } else {
      tensors_[i].copy_(tensorOf(found->second));
      ++report.loaded;
    }
  }
  for (const auto& entry : weights) {
    if (known.count(entry.first) == 0) report.unexpected.push_back(entry.first);
  }
  return report;
}

Result<void> Executor::load(const Weights& weights) {
  const LoadReport report = loadMatching(weights);
  std::string problem;
  const auto tell = [&](const char* what, const std::vector<std::string>& names) {
    if (!names.empty())
      problem += (problem.empty() ? "" : "; ") + (what + joinFirst(names, kNamedWeights));
  };
  tell("missing: ", report.missing);
  tell("unexpected: ", report.unexpected);
  tell("of another shape: ", report.misshapen);
  if (problem.empty()) return {};
  return fail(ErrorCode::badData, "weights do not fit net '" + graph_.name + "'; " + problem);
}

Weights Executor::weights() const {
  Weights weights;
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    const torch::Tensor copy = tensors_[i].detach().to(torch::kCPU, torch::kFloat32).contiguous();
    Tensor& tensor = weights[graph_.parameters[i].name];
    tensor.shape = graph_.parameters[i].shape;
    tensor.values.assign(copy.data_ptr<float>(), copy.data_ptr<float>() + copy.numel());
  }
  return weights;
}

std::vector<torch::Tensor> Executor::learned() const {
  std::vector<torch::Tensor> learned;
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    if (graph_.parameters[i].learned) learned.push_back(tensors_[i]);
  }
  return learned;
}

}  // namespace limbus
