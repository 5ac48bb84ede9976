#include "native/weights/weight_fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "shared/graph/op.h"
#include "shared/nets/encoder_names.h"
#include "shared/nets/source_names.h"

namespace limbus {
namespace {

using Wanted = std::map<std::string, const Parameter*, std::less<>>;  // by name

constexpr int kMostWrappers = 8;  // more than anything is wrapped in, and few to look behind
// The last is that of our own checkpoints.
constexpr std::array<std::string_view, 7> kWrappers{
    "module.", "_orig_mod.", "model.", "state_dict.", "net.", "network.", "weights/"};

// How a name below "encoder." may start, and what stands for it there: of encoders alone, of
// segmentation_models.pytorch (around one of timm's, too), of EvgenyKashin/signate_segmentation and
// of torchvision's segmentation.
struct Place {
  std::string_view theirs, ours;
};
constexpr std::array<Place, 6> kEncoderPlaces{{{"", ""},
                                               {"encoder.", ""},
                                               {"resnet.", ""},
                                               {"encoder.model.", ""},
                                               {"backbone.", ""},
                                               {"backbone.", "features."}}};

bool endsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool isBatchCounter(std::string_view name) { return endsWith(name, "num_batches_tracked"); }

class Names {
 public:
  explicit Names(const Graph& graph) : rewrites_(sourceNames(graph.name)), encoder_(graph) {
    for (const Parameter& parameter : graph.parameters) wanted_[parameter.name] = &parameter;
  }

  const Wanted& wanted() const { return wanted_; }

  // Null: nothing of ours is called so.
  const Parameter* find(std::string_view theirs) const {
    std::string_view name = theirs;
    for (int i = 0; i <= kMostWrappers; ++i) {
      if (const Parameter* found = findPlain(std::string(name))) return found;
      const auto* wrapper =
          std::find_if(kWrappers.begin(), kWrappers.end(),
                       [&](std::string_view each) { return name.starts_with(each); });
      if (wrapper == kWrappers.end()) return nullptr;
      name.remove_prefix(wrapper->size());
    }
    return nullptr;
  }

 private:
  const Parameter* findPlain(const std::string& name) const {
    if (const Parameter* found = called(name)) return found;
    if (const Parameter* found = called(rewritten(name, rewrites_))) return found;
    for (const Place& place : kEncoderPlaces) {
      if (!name.starts_with(place.theirs)) continue;
      const std::string layer = std::string(place.ours) + name.substr(place.theirs.size());
      if (const Parameter* found = called("encoder." + layer)) return found;
      for (const std::string& ours : encoder_.candidates(layer)) {
        if (const Parameter* found = called("encoder." + ours)) return found;
      }
    }
    return nullptr;
  }

  const Parameter* called(const std::string& ours) const {
    const auto found = wanted_.find(ours);
    return found == wanted_.end() ? nullptr : found->second;
  }

  Wanted wanted_;
  const std::vector<NameRewrite>& rewrites_;
  EncoderNames encoder_;
};

// All dicts of a file, and, where there are several, everything together by its whole path.
std::vector<WeightGroup> candidates(const WeightFile& file) {
  std::vector<WeightGroup> all = file.groups;
  if (all.size() < 2) return all;
  WeightGroup together;
  for (const WeightGroup& group : file.groups) {
    for (const auto& [name, stored] : group.tensors) {
      together.tensors.emplace_back(group.path.empty() ? name : group.path + "." + name, stored);
    }
  }
  all.push_back(std::move(together));
  return all;
}

std::size_t countFound(const WeightGroup& group, const Names& names) {
  std::set<const Parameter*> found;
  for (const auto& entry : group.tensors) {
    if (const Parameter* parameter = names.find(entry.first)) found.insert(parameter);
  }
  return found.size();
}

// Without what stands in front of most names that the net knows: the attribute, of any name, in
// which a training kept its network.
WeightGroup unwrapped(WeightGroup group, const Names& names) {
  std::map<std::string, std::size_t> prefixes;
  for (const auto& entry : group.tensors) {
    const std::string& name = entry.first;
    std::size_t dot = name.find('.');
    for (int i = 0; i < kMostWrappers && dot != std::string::npos; ++i) {
      if (names.find(std::string_view(name).substr(dot + 1)) != nullptr) {
        ++prefixes[name.substr(0, dot + 1)];
        break;
      }
      dot = name.find('.', dot + 1);
    }
  }
  const auto most = std::max_element(prefixes.begin(), prefixes.end(),
                                     [](auto& a, auto& b) { return a.second < b.second; });
  if (most == prefixes.end()) return group;
  for (auto& entry : group.tensors) {
    if (entry.first.rfind(most->first, 0) == 0) entry.first.erase(0, most->first.size());
  }
  return group;
}

WeightGroup bestGroup(const WeightFile& file, const Names& names) {
  WeightGroup best;
  std::size_t most = 0;
  const auto offer = [&](WeightGroup group) {
    const std::size_t found = countFound(group, names);
    if (found <= most && !best.tensors.empty()) return;
    most = found;
    best = std::move(group);
  };
  for (WeightGroup& group : candidates(file)) offer(std::move(group));
  if (most == names.wanted().size()) return best;
  for (WeightGroup& group : candidates(file)) offer(unwrapped(std::move(group), names));
  return best;
}

// A layer of the Xception that ImageNet's weights are of, and what begins as it does in the longer
// one of DeepLabV3+ (as yassouali/pytorch-segmentation has it); what is not here is called alike.
struct Begins {
  std::string_view theirs;
  std::vector<const char*> ours;
};

const std::vector<Begins>& longerXception() {
  static const std::vector<Begins> rows = {
      {"block11.",
       {"block11.", "block12.", "block13.", "block14.", "block15.", "block16.", "block17.",
        "block18.", "block19."}},
      {"block12.", {"block20."}},
      {"conv4.", {"conv5."}},
      {"bn3.", {"bn3.", "bn4."}},
      {"bn4.", {"bn5."}}};
  return rows;
}

// Where a layer's name stands in a tensor's; nowhere: npos.
std::size_t layerIn(std::string_view name, std::string_view layer) {
  const std::size_t at = name.find(layer);
  if (at == std::string_view::npos || at == 0 || name[at - 1] == '.') return at;
  return std::string_view::npos;
}

WeightGroup lengthened(const WeightGroup& group) {
  WeightGroup longer{group.path, {}};
  for (const auto& [name, stored] : group.tensors) {
    const auto row = std::find_if(longerXception().begin(), longerXception().end(),
                                  [&whole = name](const Begins& each) {
                                    return layerIn(whole, each.theirs) != std::string::npos;
                                  });
    if (row == longerXception().end()) {
      longer.tensors.emplace_back(name, stored);
      continue;
    }
    for (const char* ours : row->ours) {
      std::string as = name;
      longer.tensors.emplace_back(as.replace(layerIn(name, row->theirs), row->theirs.size(), ours),
                                  stored);
    }
  }
  return longer;
}

bool holdsLayer(const WeightGroup& group, std::string_view layer) {
  return std::any_of(group.tensors.begin(), group.tensors.end(), [&](const auto& each) {
    return layerIn(each.first, layer) != std::string::npos;
  });
}

// A file's dict in the words of a net that its authors built otherwise than we do.
WeightGroup asBuilt(WeightGroup group, const Wanted& wanted) {
  // Where block12 ends the blocks; in the longer one it is in the middle, and widens nothing.
  if (wanted.contains("encoder.block20.skip.weight") && holdsLayer(group, "block12.skip.")) {
    return lengthened(group);
  }
  // TernausNet counts what enlarges in front of a decoder block's convs, as we do;
  // EvgenyKashin/signate_segmentation does not.
  if (wanted.contains("center.block.2.conv.weight") && holdsLayer(group, "center.block.0.conv.")) {
    for (auto& entry : group.tensors)
      entry.first = rewritten(entry.first, {{".block.", ".block.", 1}});
  }
  return group;
}

Dims withoutOnes(Dims shape) {
  shape.erase(std::remove(shape.begin(), shape.end(), 1), shape.end());
  return shape;
}

// Equal but for extents of 1 in other places; or the rows of a linear layer, and windows that see
// all that it saw.
bool holdsSame(const Dims& from, const Dims& to) {
  if (withoutOnes(from) == withoutOnes(to)) return true;
  return from.size() == 2 && to.size() == 4 && from[0] == to[0] && from[1] == to[1] * to[2] * to[3];
}

// Weights of convs that read the image.
std::set<const Parameter*> stems(const Graph& graph) {
  std::set<const Parameter*> found;
  for (const Node& node : graph.nodes) {
    if (node.op == Op::conv && node.inputs[0] == 0 && !node.parameters.empty()) {
      found.insert(&graph.parameters[static_cast<std::size_t>(node.parameters[0])]);
    }
  }
  return found;
}

// [O,3,h,w] to [O,1,h,w] or back; nothing for any other pair of shapes.
std::optional<Tensor> withChannels(const Tensor& weight, const Dims& shape) {
  if (shape.size() != 4 || weight.shape.size() != 4) return std::nullopt;
  const std::int64_t from = weight.shape[1], to = shape[1];
  Dims other = weight.shape;
  other[1] = to;
  if (other != shape || std::min(from, to) != 1 || std::max(from, to) != 3) return std::nullopt;
  Tensor adapted{shape, std::vector<float>(static_cast<std::size_t>(elementCount(shape)))};
  const std::int64_t window = shape[2] * shape[3];
  for (std::int64_t out = 0; out < shape[0]; ++out) {
    for (std::int64_t i = 0; i < window; ++i) {
      float sum = 0;
      for (std::int64_t c = 0; c < from; ++c) {
        sum += weight.values[static_cast<std::size_t>((out * from + c) * window + i)];
      }
      for (std::int64_t c = 0; c < to; ++c) {
        adapted.values[static_cast<std::size_t>((out * to + c) * window + i)] =
            sum / static_cast<float>(to);
      }
    }
  }
  return adapted;
}

// Weights and biases of the convs that give the scores of two classes, with the axis of the
// classes: behind them scores are only added, resized or cropped, and zeros stay zeros.
std::map<const Parameter*, std::size_t> headsOfTwo(const Graph& graph) {
  std::map<const Parameter*, std::size_t> heads;
  std::vector<ValueId> open;
  for (const Output& output : graph.outputs) open.push_back(output.value);
  while (!open.empty()) {
    const Node* node = producerOf(graph, open.back());
    open.pop_back();
    if (node == nullptr) continue;
    if (node->op == Op::add) open.insert(open.end(), node->inputs.begin(), node->inputs.end());
    if (node->op == Op::resize || node->op == Op::crop) open.push_back(node->inputs[0]);
    if (node->op != Op::conv && node->op != Op::deconv) continue;
    for (const int index : node->parameters) {
      const Parameter& parameter = graph.parameters[static_cast<std::size_t>(index)];
      const std::size_t axis = node->op == Op::deconv && parameter.shape.size() == 4 ? 1 : 0;
      if (parameter.shape[axis] == 2) heads[&parameter] = axis;
    }
  }
  return heads;
}

// The same for one class.
Dims withOneClass(Dims shape, std::size_t axis) {
  shape[axis] = 1;
  return shape;
}

// Of the one logit of a sigmoid: a first class, whose own is 0, before it. Probabilities and masks
// stay the same.
Tensor withFirstClass(const Tensor& one, const Dims& shape, std::size_t axis) {
  const auto before = static_cast<std::size_t>(axis == 0 ? 1 : shape[0]);
  const std::size_t window = one.values.size() / before;
  Tensor two{shape, std::vector<float>(2 * one.values.size())};
  for (std::size_t i = 0; i < before; ++i) {
    std::copy_n(one.values.data() + i * window, window, two.values.data() + (2 * i + 1) * window);
  }
  return two;
}

bool allFinite(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

// A shape may ask for more than a misfit is worth reading.
bool mayFit(const StoredTensor& stored, const Parameter& parameter, bool isStem, bool isOneLogit) {
  if (isOneLogit || holdsSame(stored.shape, parameter.shape)) return true;
  return isStem && stored.shape.size() == 4 && stored.shape[1] <= 3;
}

// That no conv of the file comes without the batch norm behind it: an exporter that folds the norms
// away leaves convs of the same names and other values.
Result<void> checkNorms(const Graph& graph, const WeightFit& fit) {
  const auto loaded = [&](const Node& node) {
    return !node.parameters.empty() && fit.weights.count(graph.parameters[node.parameters[0]].name);
  };
  for (const Node& norm : graph.nodes) {
    if (norm.op != Op::batchNorm || loaded(norm)) continue;
    const auto maker = std::find_if(graph.nodes.begin(), graph.nodes.end(), [&](const Node& node) {
      return node.outputs[0] == norm.inputs[0];
    });
    if (maker == graph.nodes.end() || !loaded(*maker)) continue;
    return fail(ErrorCode::badData, "its batch norms are folded away ('" +
                                        graph.parameters[norm.parameters[0]].name +
                                        "' is missing); start from what it was exported from");
  }
  return {};
}

}  // namespace

Result<WeightFit> fitWeights(const WeightFile& file, const Graph& graph) {
  const Names names(graph);
  const WeightGroup group = asBuilt(bestGroup(file, names), names.wanted());
  const std::set<const Parameter*> stem = stems(graph);
  const std::map<const Parameter*, std::size_t> heads = headsOfTwo(graph);
  WeightFit fit;
  fit.group = group.path;
  std::set<const Parameter*> seen;
  for (const auto& [theirs, stored] : group.tensors) {
    if (isBatchCounter(theirs)) continue;
    const Parameter* parameter = names.find(theirs);
    if (parameter == nullptr || !seen.insert(parameter).second) {
      fit.unexpected.push_back(theirs);
      continue;
    }
    const std::string& name = parameter->name;
    const bool isStem = stem.count(parameter) > 0;
    const auto head = heads.find(parameter);
    const bool isOneLogit =
        head != heads.end() && stored.shape == withOneClass(parameter->shape, head->second);
    const std::string shapes = name + " is " + describe(parameter->shape) + " here and " +
                               describe(stored.shape) + " there";
    if (!mayFit(stored, *parameter, isStem, isOneLogit)) {
      fit.misshapen.push_back(shapes);
      continue;
    }
    Result<Tensor> tensor = readStored(stored);
    if (!tensor) {
      return fail(tensor.error().code, "tensor '" + theirs + "': " + tensor.error().message);
    }
    if (!allFinite(tensor->values)) {
      return fail(ErrorCode::badData, "tensor '" + theirs + "' holds values that are not finite");
    }
    if (holdsSame(tensor->shape, parameter->shape)) {
      tensor->shape = parameter->shape;
      fit.weights[name] = std::move(*tensor);
    } else if (isOneLogit) {
      fit.adapted.push_back(name + " from one logit to two classes, the first with logit 0");
      fit.weights[name] = withFirstClass(*tensor, parameter->shape, head->second);
    } else if (std::optional<Tensor> adapted = withChannels(*tensor, parameter->shape)) {
      fit.adapted.push_back(name + " from " + std::to_string(stored.shape[1]) + " channels to " +
                            std::to_string(parameter->shape[1]));
      fit.weights[name] = std::move(*adapted);
    } else {
      fit.misshapen.push_back(shapes);
    }
  }
  for (const auto& [name, parameter] : names.wanted()) {
    if (seen.count(parameter) == 0) fit.missing.push_back(name);
  }
  if (const Result<void> norms = checkNorms(graph, fit); file.format == "ONNX" && !norms) {
    return fail(norms.error());
  }
  return fit;
}

Result<int> classesOf(const WeightFile& file, const Chosen<NetRow>& net, int inputChannels) {
  const Result<Graph> two = buildNet(net, {inputChannels, 2}),
                      three = buildNet(net, {inputChannels, 3});
  if (!two) return fail(two.error());
  if (!three) return fail(three.error());
  const Names names(*two);
  const WeightGroup group = bestGroup(file, names);
  for (const auto& [theirs, stored] : group.tensors) {
    const Parameter* parameter = names.find(theirs);
    if (parameter == nullptr) continue;
    const Dims& a = parameter->shape;
    const Dims& b =
        three->parameters[static_cast<std::size_t>(parameter - two->parameters.data())].shape;
    if (a == b || stored.shape.size() != a.size()) continue;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const std::int64_t perClass = b[i] - a[i], rest = a[i] - 2 * perClass;
      if (perClass <= 0 || (stored.shape[i] - rest) % perClass != 0) continue;
      const std::int64_t classes = (stored.shape[i] - rest) / perClass;
      if (classes >= 1 && classes <= 255) return std::max(2, static_cast<int>(classes));
    }
  }
  return 0;
}

}  // namespace limbus
