// Names and shapes of others brought to the parameters of our networks.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <memory>
#include <regex>

#include "native/weights/weight_fit.h"
#include "result_text.h"
#include "shared/graph/builder.h"

using namespace limbus;

namespace {

// Tensors of counted values, as a file would hold them.
class MadeFile {
 public:
  void add(const std::string& name, const Dims& shape, const std::string& group = "") {
    auto values = std::make_shared<std::vector<float>>();
    for (std::int64_t i = 0; i < elementCount(shape); ++i) {
      values->push_back(static_cast<float>(i + 1));
    }
    kept_.push_back(values);
    auto at = std::find_if(file.groups.begin(), file.groups.end(),
                           [&](const WeightGroup& each) { return each.path == group; });
    if (at == file.groups.end()) at = file.groups.insert(at, {group, {}});
    at->tensors.emplace_back(
        name, StoredTensor{Element::float32,
                           shape,
                           denseStrides(shape),
                           0,
                           {reinterpret_cast<const char*>(values->data()), values->size() * 4}});
  }

  WeightFile file;

 private:
  std::vector<std::shared_ptr<std::vector<float>>> kept_;
};

// encoder.conv1 (2 of 3x3), encoder.bn1, head (1x1).
Graph smallNet(int inputChannels, int classes) {
  Builder b("small", inputChannels);
  ValueId x = b.conv(b.input(), "encoder.conv1", {.out = 2, .kernel = 3, .padding = 1});
  x = b.batchNorm(x, "encoder.bn1");
  return b.finish(b.conv(x, "head", {.out = classes, .kernel = 1, .bias = true}));
}

MadeFile fileFor(const Graph& graph, const std::string& before = "") {
  MadeFile made;
  for (const Parameter& parameter : graph.parameters) {
    made.add(before + parameter.name, parameter.shape);
  }
  return made;
}

WeightFit fitted(const MadeFile& made, const Graph& graph) {
  const Result<WeightFit> fit = fitWeights(made.file, graph);
  REQUIRE(fit);
  return *fit;
}

bool isWhole(const WeightFit& fit) {
  return fit.missing.empty() && fit.unexpected.empty() && fit.misshapen.empty();
}

}  // namespace

TEST_CASE("weight fit: names as they are, wrapped, and wrapped twice") {
  const Graph graph = smallNet(3, 2);
  for (const char* before : {"", "module.", "model.", "module.model.", "_orig_mod.module.",
                             "state_dict.net.", "student.", "my_net.segmentation."}) {
    INFO(before);
    const WeightFit fit = fitted(fileFor(graph, before), graph);
    CHECK(isWhole(fit));
    CHECK(fit.adapted.empty());
    CHECK(fit.weights.size() == graph.parameters.size());
    CHECK(fit.weights.at("encoder.conv1.weight").values[1] == 2);
  }
}

TEST_CASE("weight fit: an encoder alone, and counters of batches") {
  const Graph graph = smallNet(3, 2);
  for (const char* before : {"", "backbone.", "module."}) {
    MadeFile made;
    made.add(before + std::string("conv1.weight"), {2, 3, 3, 3});
    for (const char* part : {"weight", "bias", "running_mean", "running_var"}) {
      made.add(std::string(before) + "bn1." + part, {2});
    }
    made.add(std::string(before) + "bn1.num_batches_tracked", {});
    made.add("fc.weight", {10, 2});
    const WeightFit fit = fitted(made, graph);
    CHECK(fit.weights.size() == 5);
    CHECK(fit.missing == std::vector<std::string>{"head.bias", "head.weight"});
    CHECK(fit.unexpected == std::vector<std::string>{"fc.weight"});
  }
}

TEST_CASE("weight fit: of several dicts the one that fits") {
  const Graph graph = smallNet(1, 2);
  MadeFile made;
  made.add("exp_avg", {2}, "optimizer.state.0");
  for (const Parameter& parameter : graph.parameters) {
    made.add("module." + parameter.name, parameter.shape, "state_dict");
  }
  const WeightFit fit = fitted(made, graph);
  CHECK(isWhole(fit));
  CHECK(fit.group == "state_dict");

  MadeFile parts;  // {"encoder": {...}, "head": {...}}
  for (const Parameter& parameter : graph.parameters) {
    const std::size_t dot = parameter.name.find('.');
    parts.add(parameter.name.substr(dot + 1), parameter.shape, parameter.name.substr(0, dot));
  }
  CHECK(isWhole(fitted(parts, graph)));
}

TEST_CASE("weight fit: the stem from colour to grey sums, back it divides") {
  MadeFile colour = fileFor(smallNet(3, 2));
  const WeightFit toGrey = fitted(colour, smallNet(1, 2));
  CHECK(isWhole(toGrey));
  CHECK(toGrey.adapted == std::vector<std::string>{"encoder.conv1.weight from 3 channels to 1"});
  const Tensor& grey = toGrey.weights.at("encoder.conv1.weight");
  CHECK(grey.shape == Dims{2, 1, 3, 3});
  CHECK(grey.values[0] == 1 + 10 + 19);   // the counts of three windows of 9
  CHECK(grey.values[9] == 28 + 37 + 46);  // of the second output
  const WeightFit toColour = fitted(fileFor(smallNet(1, 2)), smallNet(3, 2));
  CHECK(isWhole(toColour));
  const Tensor& three = toColour.weights.at("encoder.conv1.weight");
  CHECK(three.shape == Dims{2, 3, 3, 3});
  for (int c : {0, 1, 2}) CHECK(three.values[static_cast<std::size_t>(9 * c + 2)] == 1.0F);
  // Only where the image is read: another conv of other channels does not fit.
  MadeFile other = fileFor(smallNet(3, 2));
  for (auto& [name, stored] : other.file.groups[0].tensors) {
    if (name == "head.weight") stored.shape = {2, 1, 1, 1};
  }
  CHECK(fitWeights(other.file, smallNet(3, 2))->misshapen.size() == 1);
}

TEST_CASE("weight fit: one logit becomes two classes, the first of logit 0") {
  const Graph two = smallNet(3, 2);
  const WeightFit fit = fitted(fileFor(smallNet(3, 1)), two);
  CHECK(isWhole(fit));
  REQUIRE(fit.adapted.size() == 2);
  CHECK(fit.adapted[0] == "head.weight from one logit to two classes, the first with logit 0");
  CHECK(fit.weights.at("head.weight").shape == Dims{2, 2, 1, 1});
  CHECK(fit.weights.at("head.weight").values == std::vector<float>{0, 0, 1, 2});
  CHECK(fit.weights.at("head.bias").values == std::vector<float>{0, 1});
  CHECK(fitted(fileFor(smallNet(3, 1)), smallNet(3, 3)).misshapen.size() == 2);

  // Of a transposed conv the classes come second. Behind anything else than a resize a first class
  // of zeros would not stay one.
  const auto net = [](int classes, bool normed) {
    Builder b("up", 1);
    const ValueId scores = b.deconv(b.input(), "head", {.out = classes});
    const ValueId x = normed ? b.batchNorm(scores, "norm") : scores;
    return b.finish(b.resize(x, "up", {.like = b.input()}));
  };
  CHECK(fitted(fileFor(net(1, false)), net(2, false)).weights.at("head.weight").values ==
        std::vector<float>{0, 0, 0, 0, 1, 2, 3, 4});
  const WeightFit normed = fitted(fileFor(net(1, true)), net(2, true));
  CHECK(normed.adapted.empty());
  CHECK(normed.misshapen[0].find("head.weight is [1,2,2,2] here and [1,1,2,2] there") == 0);

  for (const char* name : {"unet", "dabnet", "enet"}) {
    INFO(name);
    const Chosen<NetRow> row = chosen(nets(), name);
    CHECK(*classesOf(fileFor(*buildNet(row, {3, 1})).file, row, 3) == 2);
  }
}

TEST_CASE("weight fit: what does not fit is told, all of it") {
  MadeFile made = fileFor(smallNet(3, 5));
  made.add("stranger", {1});
  const WeightFit fit = fitted(made, smallNet(3, 2));
  REQUIRE(fit.misshapen.size() == 2);
  CHECK(fit.misshapen[0].find("head.weight is [2,2,1,1] here and [5,2,1,1] there") == 0);
  CHECK(fit.unexpected == std::vector<std::string>{"stranger"});
  CHECK(fit.missing.empty());
  // Extents of 1 in other places are the same numbers.
  MadeFile flat = fileFor(smallNet(3, 2));
  for (auto& [name, stored] : flat.file.groups[0].tensors) {
    if (name == "head.weight") stored.shape = {2, 2}, stored.strides = {2, 1};
  }
  CHECK(isWhole(fitted(flat, smallNet(3, 2))));
}

TEST_CASE("weight fit: values that are not finite are an error") {
  MadeFile made = fileFor(smallNet(3, 2));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  auto& [name, stored] = made.file.groups[0].tensors[0];
  std::string storage(stored.storage);
  std::copy_n(reinterpret_cast<const char*>(&nan), sizeof nan, storage.begin());
  stored.storage = storage;
  const Result<WeightFit> fit = fitWeights(made.file, smallNet(3, 2));
  REQUIRE(!fit);
  CHECK(fit.error().message.find("tensor 'encoder.conv1.weight' holds values") == 0);
}

TEST_CASE("weight fit: the authors' names of DABNet, and the classes of a file") {
  const Chosen<NetRow> dabnet = chosen(nets(), "dabnet");
  const Graph graph = *buildNet(dabnet, {3, 7});
  // As the second place of OpenEDS 2019 calls its blocks, too.
  const std::string blocks = GENERATE("DAB", "Seg");
  MadeFile made;
  // What its authors' code calls a few of each kind.
  const std::pair<const char*, const char*> names[] = {
      {"module.init_conv.0.conv.weight", "init.0.conv.weight"},
      {"module.init_conv.2.bn_prelu.bn.running_var", "init.2.norm.running_var"},
      {"module.bn_prelu_2.acti.weight", "cat1.act.weight"},
      {"module.downsample_1.conv3x3.conv.weight", "down1.conv.weight"},
      {"module.downsample_2.bn_prelu.bn.bias", "down2.norm.bias"},
      {"module.DAB_Block_1.DAB_Module_1_2.conv3x3.bn_prelu.acti.weight",
       "block1.2.reduce.act.weight"},
      {"module.DAB_Block_2.DAB_Module_2_5.ddconv1x3.conv.weight",
       "block2.5.wide.horizontal.conv.weight"},
      {"module.DAB_Block_2.DAB_Module_2_0.dconv3x1.bn_prelu.bn.weight",
       "block2.0.local.vertical.norm.weight"},
      {"module.DAB_Block_1.DAB_Module_1_0.bn_relu_1.bn.weight", "block1.0.pre.norm.weight"},
      {"module.DAB_Block_1.DAB_Module_1_0.bn_relu_2.acti.weight", "block1.0.post.act.weight"},
      {"module.DAB_Block_1.DAB_Module_1_0.conv1x1.conv.weight", "block1.0.expand.weight"},
      {"module.classifier.0.conv.weight", "classifier.weight"},
  };
  for (const auto& [theirs, ours] : names) {
    const auto parameter = std::find_if(graph.parameters.begin(), graph.parameters.end(),
                                        [&](const Parameter& each) { return each.name == ours; });
    INFO(ours);
    REQUIRE(parameter != graph.parameters.end());
    made.add(std::regex_replace(theirs, std::regex("DAB"), blocks), parameter->shape);
  }
  const WeightFit fit = fitted(made, graph);
  CHECK(fit.unexpected.empty());
  CHECK(fit.misshapen.empty());
  for (const auto& entry : names) {
    INFO(entry.second);
    CHECK(fit.weights.count(entry.second) == 1);
  }
  CHECK(*classesOf(made.file, dabnet, 3) == 7);
  CHECK(*classesOf(MadeFile().file, dabnet, 3) == 0);
}

TEST_CASE("fit: a conv without the batch norm behind it was folded; other parts may be missing") {
  const Graph graph = smallNet(1, 4);
  const auto checked = [&](auto wanted) {
    MadeFile made;
    for (const Parameter& parameter : graph.parameters) {
      if (wanted(parameter.name)) made.add(parameter.name, parameter.shape);
    }
    made.file.format = "ONNX";
    return fitWeights(made.file, graph);
  };
  const auto isNorm = [](const std::string& name) { return name.find("bn1") != std::string::npos; };
  const auto isHead = [](const std::string& name) { return name.find("head") == 0; };
  CHECK(checked([](const std::string&) { return true; }));
  CHECK(checked([&](const std::string& name) { return !isHead(name); }));
  CHECK(checked([&](const std::string& name) { return isHead(name); }));
  const Result<WeightFit> folded = checked([&](const std::string& name) { return !isNorm(name); });
  REQUIRE(!folded);
  CHECK(folded.error().message.find("'encoder.bn1.weight' is missing") != std::string::npos);
}

TEST_CASE("fit: names that are all wrapper are looked behind for a while only") {
  const Graph graph = smallNet(1, 4);
  std::string before;
  for (int i = 0; i < 8; ++i) before += "module.";
  CHECK(fitted(fileFor(graph, before), graph).missing.empty());
  CHECK(!fitted(fileFor(graph, before + before + "module."), graph).missing.empty());
}

TEST_CASE("weight fit: rows of a linear layer are the windows of a conv that sees all it saw") {
  Builder b("small", 2);
  const Graph graph = b.finish(b.conv(b.input(), "fc", {.out = 3, .kernel = {2, 5}}));
  MadeFile made;
  made.add("fc.weight", {3, 20});
  const WeightFit fit = fitted(made, graph);
  REQUIRE(isWhole(fit));
  CHECK(fit.weights.at("fc.weight").shape == Dims{3, 2, 2, 5});
  for (int i = 0; i < 60; ++i) CHECK(fit.weights.at("fc.weight").values[i] == i + 1);
  MadeFile other;
  other.add("fc.weight", {3, 19});
  CHECK(fitted(other, graph).misshapen.size() == 1);
}
