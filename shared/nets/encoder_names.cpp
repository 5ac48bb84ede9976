#include "shared/nets/encoder_names.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <string_view>

#include "shared/graph/op.h"

namespace limbus {
namespace {

// Layers by their whole names. Segments that stand for something: S and B a stage and a block of
// it, N the block as we count it, through all stages; * any one, the same on both sides. Of rows
// for one layer the first holds whose outcome exists: blocks with a gate before those without.
struct Row {
  const char *theirs, *ours;
  const char* beside = "";  // a layer that our encoder has where the row holds
};

// Blocks of the first stage do not widen.
constexpr Row kTimmEfficientnet[] = {
    {"conv_stem", "_conv_stem"},
    {"bn1", "_bn0"},
    {"blocks.0.B.conv_dw", "_blocks.N._depthwise_conv"},
    {"blocks.0.B.bn1", "_blocks.N._bn1"},
    {"blocks.0.B.conv_pw", "_blocks.N._project_conv"},
    {"blocks.0.B.bn2", "_blocks.N._bn2"},
    {"blocks.S.B.conv_pw", "_blocks.N._expand_conv"},
    {"blocks.S.B.bn1", "_blocks.N._bn0"},
    {"blocks.S.B.conv_dw", "_blocks.N._depthwise_conv"},
    {"blocks.S.B.bn2", "_blocks.N._bn1"},
    {"blocks.S.B.se.conv_reduce", "_blocks.N._se_reduce"},
    {"blocks.S.B.se.conv_expand", "_blocks.N._se_expand"},
    {"blocks.S.B.conv_pwl", "_blocks.N._project_conv"},
    {"blocks.S.B.bn3", "_blocks.N._bn2"},
    {"conv_head", "_conv_head"},
    {"bn2", "_bn1"},
};

constexpr Row kTorchvisionEfficientnet[] = {
    {"features.0.0", "_conv_stem"},
    {"features.0.1", "_bn0"},
    {"features.1.B.block.0.0", "_blocks.N._depthwise_conv"},
    {"features.1.B.block.0.1", "_blocks.N._bn1"},
    {"features.1.B.block.1.fc1", "_blocks.N._se_reduce"},
    {"features.1.B.block.1.fc2", "_blocks.N._se_expand"},
    {"features.1.B.block.2.0", "_blocks.N._project_conv"},
    {"features.1.B.block.2.1", "_blocks.N._bn2"},
    {"features.S.B.block.0.0", "_blocks.N._expand_conv"},
    {"features.S.B.block.0.1", "_blocks.N._bn0"},
    {"features.S.B.block.1.0", "_blocks.N._depthwise_conv"},
    {"features.S.B.block.1.1", "_blocks.N._bn1"},
    {"features.S.B.block.2.fc1", "_blocks.N._se_reduce"},
    {"features.S.B.block.2.fc2", "_blocks.N._se_expand"},
    {"features.S.B.block.3.0", "_blocks.N._project_conv"},
    {"features.S.B.block.3.1", "_blocks.N._bn2"},
    {"features.8.0", "_conv_head"},
    {"features.8.1", "_bn1"},
};

constexpr Row kTimmMobilenetV2[] = {
    {"conv_stem", "features.0.0"},
    {"bn1", "features.0.1"},
    {"blocks.0.B.conv_dw", "features.N.conv.0.0"},
    {"blocks.0.B.bn1", "features.N.conv.0.1"},
    {"blocks.0.B.conv_pw", "features.N.conv.1"},
    {"blocks.0.B.bn2", "features.N.conv.2"},
    {"blocks.S.B.conv_pw", "features.N.conv.0.0"},
    {"blocks.S.B.bn1", "features.N.conv.0.1"},
    {"blocks.S.B.conv_dw", "features.N.conv.1.0"},
    {"blocks.S.B.bn2", "features.N.conv.1.1"},
    {"blocks.S.B.conv_pwl", "features.N.conv.2"},
    {"blocks.S.B.bn3", "features.N.conv.3"},
    {"conv_head", "features.18.0"},
    {"bn2", "features.18.1"},
    {"classifier", "classifier.1"},
};

// Its last stage is a conv alone.
constexpr Row kTimmMobilenetV3[] = {
    {"conv_stem", "features.0.0"},
    {"bn1", "features.0.1"},
    {"blocks.0.B.conv_dw", "features.N.block.0.0"},
    {"blocks.0.B.bn1", "features.N.block.0.1"},
    {"blocks.0.B.se.conv_reduce", "features.N.block.1.fc1"},
    {"blocks.0.B.se.conv_expand", "features.N.block.1.fc2"},
    {"blocks.0.B.conv_pw", "features.N.block.2.0"},
    {"blocks.0.B.bn2", "features.N.block.2.1"},
    {"blocks.0.B.conv_pw", "features.N.block.1.0"},
    {"blocks.0.B.bn2", "features.N.block.1.1"},
    {"blocks.S.B.conv_pw", "features.N.block.0.0"},
    {"blocks.S.B.bn1", "features.N.block.0.1"},
    {"blocks.S.B.conv_dw", "features.N.block.1.0"},
    {"blocks.S.B.bn2", "features.N.block.1.1"},
    {"blocks.S.B.se.conv_reduce", "features.N.block.2.fc1"},
    {"blocks.S.B.se.conv_expand", "features.N.block.2.fc2"},
    {"blocks.S.B.conv_pwl", "features.N.block.3.0"},
    {"blocks.S.B.bn3", "features.N.block.3.1"},
    {"blocks.S.B.conv_pwl", "features.N.block.2.0"},
    {"blocks.S.B.bn3", "features.N.block.2.1"},
    {"blocks.S.B.conv", "features.N.0"},
    {"blocks.S.B.bn1", "features.N.1"},
    {"conv_head", "classifier.0"},
    {"classifier", "classifier.3"},
};

// SENet-154's stem of three convs is counted there with its activations.
constexpr Row kTimmSenet[] = {
    {"conv1.0", "layer0.conv1"},         {"conv1.1", "layer0.bn1"},
    {"conv1.3", "layer0.conv2"},         {"conv1.4", "layer0.bn2"},
    {"conv1.6", "layer0.conv3"},         {"bn1", "layer0.bn3"},
    {"conv1", "layer0.conv1"},           {"bn1", "layer0.bn1"},
    {"*.*.se.fc1", "*.*.se_module.fc1"}, {"*.*.se.fc2", "*.*.se_module.fc2"},
};

// Classifiers, where they are built.
constexpr Row kTimmLast[] = {
    {"fc", "last_linear"},
    {"classifier", "last_linear"},
    {"pre_logits.fc1", "classifier.0"},
    {"pre_logits.fc2", "classifier.3"},
    {"head.fc", "classifier.6"},
};

// As the published files have them; torchvision renames them when it loads them.
constexpr Row kTorchvisionDensenet[] = {
    {"features.*.*.norm.1", "features.*.*.norm1"},
    {"features.*.*.conv.1", "features.*.*.conv1"},
    {"features.*.*.norm.2", "features.*.*.norm2"},
    {"features.*.*.conv.2", "features.*.*.conv2"},
};

// mmsegmentation's deep stem, of ResNetV1c.
constexpr Row kMmsegResnet[] = {
    {"stem.0", "conv1.0"}, {"stem.1", "conv1.1"}, {"stem.3", "conv1.3"},
    {"stem.4", "conv1.4"}, {"stem.6", "conv1.6"}, {"stem.7", "bn1", "conv1.0"},
};

// Of yassouali/pytorch-segmentation, which takes torchvision's apart; PSPNet's stem may be deep.
constexpr Row kToolboxResnet[] = {
    {"layer0.0", "conv1"}, {"layer0.1", "bn1"},        {"initial.0", "conv1"},
    {"initial.1", "bn1"},  {"initial.0.*", "conv1.*"},
};

constexpr Row kToolboxDensenet[] = {
    {"block0.0", "features.conv0"},
    {"block0.1", "features.norm0"},
    {"block1.*.*", "features.denseblock1.*.*"},
    {"block2.*.*", "features.denseblock2.*.*"},
    {"block3.*.*", "features.denseblock3.*.*"},
    {"block4.*.*", "features.denseblock4.*.*"},
    {"transition1.*", "features.transition1.*"},
    {"transition2.0", "features.transition2.norm"},
    {"transition2.2", "features.transition2.conv"},
    {"transition3.0", "features.transition3.norm"},
    {"transition3.2", "features.transition3.conv"},
};

using Segments = std::vector<std::string_view>;

Segments split(std::string_view name) {
  Segments segments;
  for (std::size_t from = 0;;) {
    const std::size_t dot = name.find('.', from);
    segments.push_back(name.substr(from, dot - from));
    if (dot == std::string_view::npos) return segments;
    from = dot + 1;
  }
}

struct Rule {
  Segments theirs, ours;
  int firstStage;  // as they count
  std::string_view beside;
};

const std::vector<Rule>& rules() {
  static const std::vector<Rule> all = [] {
    std::vector<Rule> made;
    const auto add = [&](const auto& rows, int firstStage) {
      for (const Row& row : rows) {
        made.push_back({split(row.theirs), split(row.ours), firstStage, row.beside});
      }
    };
    add(kTimmEfficientnet, 0);
    add(kTorchvisionEfficientnet, 1);
    add(kTimmMobilenetV2, 0);
    add(kTimmMobilenetV3, 0);
    add(kTimmSenet, 0);
    add(kTimmLast, 0);
    add(kTorchvisionDensenet, 0);
    add(kMmsegResnet, 0);
    add(kToolboxResnet, 0);
    add(kToolboxDensenet, 0);
    return made;
  }();
  return all;
}

std::optional<int> numberIn(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

using Stages = std::vector<std::vector<int>>;

// Nothing: there is no such block.
std::optional<int> ourNumber(const Stages& stages, std::optional<int> stage,
                             std::optional<int> block) {
  if (!stage || !block || *stage < 0) return std::nullopt;
  const auto s = static_cast<std::size_t>(*stage), b = static_cast<std::size_t>(*block);
  if (s >= stages.size() || b >= stages[s].size()) return std::nullopt;
  return stages[s][b];
}

// `name`: a parameter, whose own part ("weight") is kept. Nothing: the rule is of another layer.
std::optional<std::string> applied(const Rule& rule, const Segments& name, const Stages& stages) {
  if (name.size() != rule.theirs.size() + 1) return std::nullopt;
  Segments kept;
  std::optional<int> number;
  for (std::size_t i = 0; i < rule.theirs.size(); ++i) {
    const std::string_view segment = rule.theirs[i];
    if (segment == "*") {
      kept.push_back(name[i]);
    } else if (segment == "B") {
      std::optional<int> stage = numberIn(name[i - 1]);
      if (stage) *stage -= rule.firstStage;
      number = ourNumber(stages, stage, numberIn(name[i]));
      if (!number) return std::nullopt;
    } else if (segment != "S" && segment != name[i]) {
      return std::nullopt;
    }
  }
  std::string ours;
  auto next = kept.begin();
  for (const std::string_view segment : rule.ours) {
    if (segment == "N") {
      ours += std::to_string(number.value_or(0));  // where ours has an N, theirs has a B
    } else {
      ours += segment == "*" ? *next++ : segment;
    }
    ours += '.';
  }
  return ours.append(name.back());
}

// What stands before the number of a block; the stem may be numbered too.
struct Numbered {
  std::string_view prefix;
  int first;
};
constexpr Numbered kNumbered[] = {{"encoder._blocks.", 0}, {"encoder.features.", 1}};

std::optional<int> blockOf(std::string_view name) {
  for (const Numbered& blocks : kNumbered) {
    if (name.substr(0, blocks.prefix.size()) != blocks.prefix) continue;
    name.remove_prefix(blocks.prefix.size());
    const std::optional<int> number = numberIn(name.substr(0, name.find('.')));
    if (number && *number >= blocks.first) return number;
  }
  return std::nullopt;
}

}  // namespace

// The first block of a stage changes size or channels, so that it cannot add what it was given; all
// others of our inverted residuals do.
EncoderNames::EncoderNames(const Graph& graph) {
  std::set<int> blocks, adding;
  for (const Node& node : graph.nodes) {
    layers_.insert(node.name);
    const std::optional<int> number = blockOf(node.name);
    if (!number) continue;
    blocks.insert(*number);
    if (node.op == Op::add) adding.insert(*number);
  }
  for (const int number : blocks) {
    if (stages_.empty() || adding.count(number) == 0) stages_.emplace_back();
    stages_.back().push_back(number);
  }
}

std::vector<std::string> EncoderNames::candidates(const std::string& theirs) const {
  const Segments name = split(theirs);
  std::vector<std::string> found;
  for (const Rule& rule : rules()) {
    const std::string beside = "encoder." + std::string(rule.beside);
    if (!rule.beside.empty() && layers_.count(beside) == 0) continue;
    if (std::optional<std::string> ours = applied(rule, name, stages_)) {
      found.push_back(std::move(*ours));
    }
  }
  return found;
}

}  // namespace limbus
