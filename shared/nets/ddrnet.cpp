// DDRNet-23-slim: Hong, Pan, Sun, Jia, "Deep Dual-resolution Networks for Real-time and Accurate
// Semantic Segmentation of Road Scenes", arXiv 2101.06085: one branch stays at an eighth, one goes
// down to a sixty-fourth, and each is added to the other twice. Layers, parameter names and initial
// values are those of the authors' code (ydhongHIT/DDRNet).
#include <string>

#include "shared/nets/layers.h"
#include "shared/nets/nets.h"

namespace limbus {
namespace {

struct DdrnetOptions {
  int width = 32;
  int poolWidth = 128;
  int headWidth = 64;
  bool stemBias = true;
  bool auxiliary = true;

  void describe(OptionVisitor& v) {
    v.whole("width", width, {4, 256}, "channels of the stem; twice as many at an eighth");
    v.whole("decoderWidth", poolWidth, {4, 512}, "channels of each branch of the pooling pyramid");
    v.whole("headWidth", headWidth, {4, 512}, "channels in front of the last conv");
    v.flag("stemBias", stemBias, "biases in the stem's convs, as its authors have them");
    v.flag("auxiliary", auxiliary, "a second head for training, where the branches first met");
  }
};

ConvOptions pointwise(std::int64_t out) { return {.out = out}; }

struct Residual {
  std::int64_t out;
  int stride = 1;
  bool activated = false;  // ends in a ReLU
};

ValueId joined(Builder& b, ValueId x, ValueId y, const Residual& block) {
  if (block.stride != 1 || b.channels(x) != block.out) {
    ConvOptions conv = pointwise(block.out);
    conv.stride = block.stride;
    x = convNorm(b, x, "downsample.0", "downsample.1", conv);
  }
  const ValueId sum = b.add(y, x, "sum");
  return block.activated ? b.relu(sum, "act") : sum;
}

// Two basic blocks; the second ends without a ReLU.
ValueId layer(Builder& b, ValueId x, const std::string& name, std::int64_t out, int stride = 1) {
  for (int i = 0; i < 2; ++i) {
    const auto scope = b.scope(name + "." + std::to_string(i));
    const Residual block{.out = out, .stride = i == 0 ? stride : 1, .activated = i == 0};
    const ValueId y = convNormRelu(b, x, "conv1", "bn1", threeByThree(out, block.stride));
    x = joined(b, x, convNorm(b, y, "conv2", "bn2", threeByThree(out)), block);
  }
  return x;
}

ValueId bottleneck(Builder& b, ValueId x, const std::string& name, std::int64_t inner, int stride) {
  const auto scope = b.scope(name + ".0");
  ValueId y = convNormRelu(b, x, "conv1", "bn1", pointwise(inner));
  y = convNormRelu(b, y, "conv2", "bn2", threeByThree(inner, stride));
  y = convNorm(b, y, "conv3", "bn3", pointwise(2 * inner));
  return joined(b, x, y, {.out = 2 * inner, .stride = stride});
}

// Norm, ReLU, conv, numbered from `first` on in one sequence.
ValueId normReluConv(Builder& b, ValueId x, const std::string& name, const ConvOptions& options,
                     int first = 0) {
  const auto scope = b.scope(name);
  const auto at = [&](int place) { return std::to_string(first + place); };
  return b.conv(b.relu(b.batchNorm(x, at(0)), at(1)), at(2), options);
}

// Means over ever larger windows, each refined together with the one before.
ValueId pooled(Builder& b, ValueId x, std::int64_t each, std::int64_t out) {
  const auto scope = b.scope("spp");
  std::vector<ValueId> levels{normReluConv(b, x, "scale0", pointwise(each))};
  for (int i = 1; i <= 4; ++i) {
    const std::string number = std::to_string(i), name = "scale" + number;
    const int stride = 1 << i;
    ValueId y = i == 4 ? b.globalAvgPool(x, name + ".0")
                       : b.avgPool(x, name + ".0",
                                   {.kernel = 2 * stride + 1, .stride = stride, .padding = stride});
    y = b.resize(normReluConv(b, y, name, pointwise(each), 1), name + ".up", {.like = x});
    y = b.add(y, levels.back(), "sum" + number);
    levels.push_back(normReluConv(b, y, "process" + number, threeByThree(each)));
  }
  const ValueId all = normReluConv(b, b.concat(levels, "join"), "compression", pointwise(out));
  return b.add(all, normReluConv(b, x, "shortcut", pointwise(out)), "sum");
}

ValueId classify(Builder& b, ValueId x, const std::string& name, std::int64_t width, int classes) {
  const auto scope = b.scope(name);
  x = b.conv(b.relu(b.batchNorm(x, "bn1"), "bn1.act"), "conv1", threeByThree(width));
  x = b.relu(b.batchNorm(x, "bn2"), "bn2.act");
  return b.conv(x, "conv2", {.out = classes, .bias = true});
}

struct Branches {
  ValueId coarse, fine;  // both before their ReLU
  ValueId met;           // the fine one where they first met
};

Branches encodeBranches(Builder& b, const DdrnetOptions& options) {
  const std::int64_t w = options.width, fineWidth = 2 * w;
  ConvOptions half = threeByThree(w, 2);
  half.bias = options.stemBias;
  ValueId x = convNormRelu(b, b.input(), "conv1.0", "conv1.1", half);
  x = convNormRelu(b, x, "conv1.3", "conv1.4", half);
  x = b.relu(layer(b, x, "layer1", w), "layer1.act");
  const ValueId eighth = b.relu(layer(b, x, "layer2", 2 * w, 2), "layer2.act");
  const auto toFine = [&](ValueId fine, ValueId coarse, const std::string& number) {
    const std::string name = "compression" + number;
    const ValueId act = b.relu(coarse, "layer" + number + ".act");
    const ValueId narrow = convNorm(b, act, name + ".0", name + ".1", pointwise(fineWidth));
    return b.add(fine, b.resize(narrow, name + ".up", {.like = fine}), name + ".sum");
  };
  ValueId coarse = layer(b, eighth, "layer3", 4 * w, 2);
  ValueId fine = layer(b, eighth, "layer3_", fineWidth);
  ValueId down = b.relu(fine, "layer3_.act");
  const ValueId met = toFine(fine, coarse, "3");
  down = convNorm(b, down, "down3.0", "down3.1", threeByThree(4 * w, 2));
  coarse = b.relu(b.add(coarse, down, "down3.sum"), "down3.act");

  coarse = layer(b, coarse, "layer4", 8 * w, 2);
  fine = layer(b, b.relu(met, "compression3.act"), "layer4_", fineWidth);
  down = b.relu(fine, "layer4_.act");
  fine = toFine(fine, coarse, "4");
  down = convNormRelu(b, down, "down4.0", "down4.1", threeByThree(4 * w, 2));
  down = convNorm(b, down, "down4.3", "down4.4", threeByThree(8 * w, 2));
  coarse = b.relu(b.add(coarse, down, "down4.sum"), "down4.act");

  fine = bottleneck(b, b.relu(fine, "compression4.act"), "layer5_", fineWidth, 1);
  return {bottleneck(b, coarse, "layer5", 8 * w, 2), fine, met};
}

Graph buildDdrnet(const NetPorts& ports, const DdrnetOptions& options) {
  Builder b("ddrnet", ports.inputChannels);
  const auto start = b.initialised({.weight = Init::kaimingNormalFanOut});
  const Branches branches = encodeBranches(b, options);
  b.part(Part::decoder);
  ValueId x = pooled(b, branches.coarse, options.poolWidth, 4 * std::int64_t{options.width});
  x = b.add(b.resize(x, "spp.up", {.like = branches.fine}), branches.fine, "sum");
  b.part(Part::head);
  const ValueId logits = classify(b, x, "final_layer", options.headWidth, ports.classes);
  if (options.auxiliary) {
    const ValueId aux =
        classify(b, branches.met, "seghead_extra", options.headWidth, ports.classes);
    b.auxiliary("auxiliary", b.resize(aux, "auxiliary_up", {.like = b.input()}));
  }
  return b.finish(b.resize(logits, "up", {.like = b.input()}));
}

}  // namespace

NetRow ddrnetRow() {
  return {
      .name = "ddrnet",
      .summary = "DDRNet-23-slim (Hong et al., 2021): two branches, one of an eighth throughout",
      .options = DdrnetOptions{},
      .build = typed<buildDdrnet>,
      .sizeMultiple = 64,
      .usualChannels = 3,
  };
}

}  // namespace limbus
