// What the parameters of each network and encoder are drawn from: the distributions of its source.
//
// The values of each, of many seeds, are divided by the deviation that its law states; they must
// then vary by 1 within the sampling error, stay within a uniform law's bounds, and leave them
// where the law is normal. Constants are compared as they are.
#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "native/train/executor/executor.h"
#include "native_catch.h"
#include "shared/graph/op.h"
#include "shared/nets/encoders.h"
#include "shared/nets/nets.h"
#include "shared/options/json.h"
#include "small_nets.h"

using namespace limbus;

namespace {

// Of conv weights [O,I,h,w], with a fan-in of I*h*w and a fan-out of O*h*w.
enum class Draw {
  torch,   // U(-b, b), b = sqrt(1 / fanIn)
  he,      // U(-b, b), b = sqrt(6 / fanIn)
  xavier,  // U(-b, b), b = sqrt(6 / (fanIn + fanOut))
  fanIn,   // N(0, sqrt(2 / fanIn))
  fanOut,  // N(0, sqrt(2 / fanOut))
  linear,  // N(0, 0.01)
};

enum class Biases { torch, zeros };  // torch: U(-b, b), b = sqrt(1 / fanIn) of the weight

// How a source starts convs and batch norms. All leave transposed convs to PyTorch, and what else a
// network may have starts alike everywhere.
struct Laws {
  Draw weights = Draw::torch;
  Biases biases = Biases::torch;
  float normBias = 0;
  int alike = 1;  // output channels behind each other that start alike
};

constexpr Laws kTorch{};
constexpr Laws kResnet{Draw::fanOut};  // torchvision's, as the next
constexpr Laws kVgg{Draw::fanOut, Biases::zeros};
constexpr Laws kLinear{Draw::linear, Biases::zeros};
constexpr Laws kSmp{Draw::he, Biases::zeros};  // segmentation_models.pytorch's
constexpr Laws kSmpHead{Draw::xavier, Biases::zeros};
constexpr Laws kNormal{Draw::fanIn, Biases::zeros};
constexpr Laws kYassouali{Draw::fanIn, Biases::torch, 1e-4F};  // yassouali/pytorch-segmentation's

// Of parameters whose names begin so; the first that fits.
using Exceptions = std::vector<std::pair<std::string, Laws>>;

struct StartRow {
  const char* name;
  Laws laws;
  Exceptions but = {};
  Json options = Json::object();
};

const std::vector<StartRow>& netRows() {
  static const std::vector<StartRow> rows = {
      {"albunet", kTorch, {}, {{"up", "deconv"}}},
      {"dabnet", kTorch},
      {"ddrnet", {Draw::fanOut}},
      {"deeplabv3plus", kYassouali},
      {"duc-hdc",
       kYassouali,
       {{"decoder.DUC.conv", {Draw::fanIn, Biases::torch, 0, 4}},
        {"DUC_out.conv", {Draw::fanIn, Biases::torch, 0, 16}}}},
      {"enet", kYassouali},
      {"eye-s", kTorch},
      {"fcn8s", kTorch, {{"features.", kVgg}, {"fc6.", kLinear}, {"fc7.", kLinear}}},
      {"fpn", kSmp, {{"segmentation_head.", kSmpHead}}},
      {"gcn", kYassouali, {{"final_conv.", kTorch}}, {{"deconv", true}, {"unusedNorms", true}}},
      {"linknet", kTorch},
      {"lraspp", kTorch},
      {"mobilenetv2-cs", {Draw::fanOut}, {{"up_part1.2.fc.", kTorch}}},
      {"pspnet", kYassouali},
      {"ritnet", kVgg},
      {"scse-unet", kNormal},
      {"segnet", kNormal, {{"encoder.", kVgg}}},
      {"segresnet",  // its decoder has blocks of the encoder's kind, before the last of each stage
       kTorch,
       {{"decoder.0.0.", kResnet},
        {"decoder.1.0.", kResnet},
        {"decoder.2.0.", kResnet},
        {"decoder.3.0.", kResnet}},
       {{"blocks", {2, 2, 2, 2}}}},
      {"smp-unet", kSmp, {{"segmentation_head.", kSmpHead}}, {{"attention", "scse"}}},
      {"smp-unetplusplus", kSmp, {{"segmentation_head.", kSmpHead}}, {{"attention", "scse"}}},
      {"ternausnet", kTorch},
      {"ternausnetv2", kTorch},
      {"unet", kNormal},
      {"upernet", kTorch},
  };
  return rows;
}

// One of each family, and of another source in a family, with their classifiers.
const std::vector<StartRow>& encoderRows() {
  static const std::vector<StartRow> rows = {
      {"resnet18", kResnet, {{"encoder.fc.", kTorch}}},
      {"resnet50_gcn", kYassouali, {{"encoder.fc.", kTorch}}, {{"width", 16}}},
      {"se_resnet50", kTorch},
      {"densenet121",
       {Draw::fanIn},
       {{"encoder.features.conv0.", kYassouali},  // its deep stem
        {"encoder.features.norm0.", kYassouali},
        {"encoder.classifier.", {Draw::torch, Biases::zeros}}},
       {{"deepStem", true}}},
      {"dpn92", kTorch},
      {"efficientnet-b0", kTorch},
      {"mobilenet_v2", {Draw::fanOut}, {{"encoder.classifier.", kLinear}}},
      {"mobilenet_v3_small", kVgg, {{"encoder.classifier.", kLinear}}},
      {"vgg11_bn", kVgg, {{"encoder.classifier.", kLinear}}, {{"width", 8}}},
      {"wider_resnet", kTorch, {}, {{"width", 8}}},
      {"xception", kYassouali, {{"encoder.fc.", kTorch}}, {{"width", 4}}},
  };
  return rows;
}

struct Law {
  bool normal;
  double deviation;
};

Law uniformLaw(double bound) { return {false, bound / std::sqrt(3.0)}; }

double fanIn(const Dims& weight) { return static_cast<double>(weight[1] * weight[2] * weight[3]); }

Law lawOf(Draw draw, const Dims& weight) {
  const double in = fanIn(weight);
  const auto out = static_cast<double>(weight[0] * weight[2] * weight[3]);
  switch (draw) {
    case Draw::torch:
      return uniformLaw(std::sqrt(1 / in));
    case Draw::he:
      return uniformLaw(std::sqrt(6 / in));
    case Draw::xavier:
      return uniformLaw(std::sqrt(6 / (in + out)));
    case Draw::fanIn:
      return {true, std::sqrt(2 / in)};
    case Draw::fanOut:
      return {true, std::sqrt(2 / out)};
    case Draw::linear:
      break;
  }
  return {true, 0.01};
}

// A network as it starts from some seeds.
class Starts {
 public:
  // As many seeds as make small networks' few values many.
  explicit Starts(const Graph& graph) : graph_(graph) {
    constexpr std::int64_t kValues = 500'000, kMost = 64;
    const std::int64_t seeds = std::clamp<std::int64_t>(kValues / countParameters(graph), 1, kMost);
    for (std::int64_t seed = 0; seed < seeds; ++seed) {
      weights_.push_back(Executor(graph, static_cast<std::uint64_t>(seed)).weights());
    }
  }

  void checkConstant(int parameter, float value) const {
    const std::string& name = graph_.parameters[parameter].name;
    INFO(name);
    for (const Weights& weights : weights_) {
      const std::vector<float>& values = weights.at(name).values;
      CHECK(std::all_of(values.begin(), values.end(), [&](float v) { return v == value; }));
    }
  }

  // Of every `alike` rows one is drawn. Means vary by 1 / n, means of squares by 2 / n where normal
  // and 0.8 / n where uniform; six standard errors are allowed.
  void checkDrawn(int parameter, const Law& law, int alike = 1) const {
    const std::string& name = graph_.parameters[parameter].name;
    INFO(name);
    double count = 0, sum = 0, squares = 0, largest = 0;
    bool neighboursAlike = true;
    for (const Weights& weights : weights_) {
      const Tensor& tensor = weights.at(name);
      const std::size_t row = tensor.values.size() / static_cast<std::size_t>(tensor.shape[0]);
      for (std::size_t i = 0; i < tensor.values.size(); ++i) {
        const std::size_t first = i / row / alike * alike * row + i % row;
        if (first != i) {
          neighboursAlike &= tensor.values[first] == tensor.values[i];
          continue;
        }
        const double z = tensor.values[i] / law.deviation;
        count += 1;
        sum += z;
        squares += z * z;
        largest = std::max(largest, std::abs(z));
      }
    }
    CHECK(neighboursAlike);
    const double bound = std::sqrt(3.0) * (1 + 1e-6);  // of uniform values, rounded to floats
    if (!law.normal) CHECK(largest <= bound);
    constexpr double kEnough = 60;
    if (count < kEnough) return;
    CHECK(std::abs(sum / count) < 6 / std::sqrt(count));
    CHECK(std::abs(squares / count - 1) < 6 * std::sqrt((law.normal ? 2 : 0.8) / count));
    if (law.normal) CHECK(largest > bound);  // which one in twelve is
  }

  // Each channel to itself, by a tent whose values add up to the pixels that one becomes.
  void checkInterpolating(int parameter, std::int64_t pixels) const {
    const std::string& name = graph_.parameters[parameter].name;
    INFO(name);
    const Tensor& tensor = weights_.front().at(name);
    const std::int64_t channels = tensor.shape[0], window = tensor.shape[2] * tensor.shape[3];
    for (std::int64_t plane = 0; plane < channels * channels; ++plane) {
      double sum = 0;
      for (std::int64_t i = 0; i < window; ++i) sum += tensor.values[plane * window + i];
      CHECK(sum == (plane % (channels + 1) == 0 ? static_cast<double>(pixels) : 0.0));
    }
  }

 private:
  const Graph& graph_;
  std::vector<Weights> weights_;
};

void checkConv(const Starts& starts, const Graph& graph, const Node& node, const Laws& laws) {
  const Dims& weight = graph.parameters[node.parameters[0]].shape;
  starts.checkDrawn(node.parameters[0], lawOf(laws.weights, weight), laws.alike);
  if (node.parameters.size() < 2) return;
  if (laws.biases == Biases::zeros) return starts.checkConstant(node.parameters[1], 0);
  starts.checkDrawn(node.parameters[1], uniformLaw(std::sqrt(1 / fanIn(weight))));
}

void checkNode(const Starts& starts, const Graph& graph, const Node& node, const Laws& laws) {
  switch (node.op) {
    case Op::conv:
      return checkConv(starts, graph, node, laws);
    case Op::deconv: {
      const Parameter& weight = graph.parameters[node.parameters[0]];
      if (weight.learned) return checkConv(starts, graph, node, kTorch);
      const std::int64_t factor = weight.shape[2] / 2;
      return starts.checkInterpolating(node.parameters[0], factor * factor);
    }
    case Op::batchNorm:
      starts.checkConstant(node.parameters[2], 0);
      starts.checkConstant(node.parameters[3], 1);
      starts.checkConstant(node.parameters[0], 1);
      return starts.checkConstant(node.parameters[1], laws.normBias);
    case Op::groupNorm:
      starts.checkConstant(node.parameters[0], 1);
      return starts.checkConstant(node.parameters[1], 0);
    case Op::prelu:
      return starts.checkConstant(node.parameters[0], 0.25F);
    default:
      CHECK(node.parameters.empty());
  }
}

void check(const Graph& graph, const Laws& laws, const Exceptions& but) {
  const Starts starts(graph);
  for (const Node& node : graph.nodes) {
    INFO(node.name);
    const auto other = std::find_if(but.begin(), but.end(), [&](const auto& exception) {
      return (node.name + ".").find(exception.first) == 0;
    });
    checkNode(starts, graph, node, other == but.end() ? laws : other->second);
  }
}

}  // namespace

TEST_CASE("initialisation: every net starts as its source") {
  for (const NetRow& net : nets()) {
    INFO(net.name);
    const auto row = std::find_if(
        netRows().begin(), netRows().end(),
        [&](const StartRow& candidate) { return candidate.name == std::string(net.name); });
    REQUIRE(row != netRows().end());
    Json options = parseJson(samples::narrowest(net), "options").value();
    options.update(row->options);
    const Graph graph = buildNet(net.name, {.inputChannels = 3}, options.dump()).value();
    Exceptions but = row->but;
    but.emplace_back("encoder.", kResnet);
    check(graph, row->laws, but);
  }
}

TEST_CASE("initialisation: every family of encoders starts as its source") {
  std::set<decltype(EncoderRow::build)> families;
  for (const StartRow& row : encoderRows()) {
    INFO(row.name);
    Json options = row.options;
    options["classifier"] = true;
    const auto encoder = chooseRow(encoders(), "encoder", row.name, options, "encoder").value();
    families.insert(encoder.row->build);
    Builder b("encoder", 3);
    check(b.finish(encode(b, encoder).back().value), row.laws, row.but);
  }
  for (const EncoderRow& encoder : encoders()) {
    INFO("no row for the family of " << encoder.name);
    CHECK(families.count(encoder.build) == 1);
  }
}
