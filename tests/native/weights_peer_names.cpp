// What torchvision, timm, segmentation_models.pytorch and mmsegmentation call an encoder's layers,
// or a whole network's, brought to ours: all names and shapes of their models, which
// tests/peers/make_names.py kept.
//
// All of them and ours hold the layers in the order in which they are computed, so that the n-th
// tensor of theirs must become the n-th of ours, whatever it is called.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <sstream>

#include "core_cases.h"
#include "native/weights/weight_fit.h"

using namespace limbus;

namespace {

// Tensor n counts up from n. All lie in one storage, n elements apart.
class CountedFile {
 public:
  // Of make_names.py's words: "conv1 64x3x7x7", "fc 10x2 + bias", "bn1 64 norm".
  void addLayer(const std::string& below, const std::string& layer) {
    std::istringstream words(layer);
    std::string name, extents, kind;
    words >> name >> extents >> kind;
    Dims shape;
    std::istringstream numbers(extents);
    for (std::string extent; std::getline(numbers, extent, 'x');) {
      shape.push_back(std::stoll(extent));
    }
    add(below + name + ".weight", shape);
    if (!kind.empty()) add(below + name + ".bias", {shape[0]});
    if (kind != "norm") return;
    add(below + name + ".running_mean", {shape[0]});
    add(below + name + ".running_var", {shape[0]});
    file_.groups[0].tensors.push_back({below + name + ".num_batches_tracked", {}});
  }

  std::size_t count() const { return count_; }  // of tensors, but for counters of batches

  const WeightFile& file() {
    for (std::size_t i = values_.size(); i < most_; ++i) values_.push_back(static_cast<float>(i));
    for (auto& entry : file_.groups[0].tensors) {
      entry.second.storage = {reinterpret_cast<const char*>(values_.data()), values_.size() * 4};
    }
    return file_;
  }

 private:
  void add(const std::string& name, const Dims& shape) {
    auto& tensors = file_.groups[0].tensors;
    const std::size_t first = count_++;
    tensors.push_back(
        {name,
         StoredTensor{
             Element::float32, shape, denseStrides(shape), static_cast<std::int64_t>(first), {}}});
    most_ = std::max(most_, first + static_cast<std::size_t>(elementCount(shape)));
  }

  WeightFile file_{"made", {{"", {}}}, nullptr};
  std::vector<float> values_;
  std::size_t count_ = 0, most_ = 0;
};

// Our parameters that the file is to fill, in order: of net and encoder, or of the encoder alone.
std::vector<Parameter> wanted(const Graph& graph, bool encoderAlone) {
  std::vector<Parameter> parameters;
  for (const Parameter& each : graph.parameters) {
    if (!encoderAlone || each.part == Part::encoder) parameters.push_back(each);
  }
  return parameters;
}

}  // namespace

TEST_CASE("weight fit: encoders and networks as other libraries call their layers") {
  const Json table = cases::read("peer_names.json");
  for (const Json& row : table.at("rows")) {
    const auto text = [&](const char* key) { return row.at(key).get<std::string>(); };
    const std::string options = row.at("options").dump();
    INFO(text("peer") << " as " << text("net") << " " << options);
    CountedFile made;
    for (const Json& layer : row.at("layers")) made.addLayer(text("below"), layer);
    const std::size_t fitting = made.count();
    for (const Json& layer : row.at("more")) made.addLayer(text("below"), layer);
    const Graph graph = buildNet(text("net"), {3, 21}, options).value();
    const WeightFit fit = fitWeights(made.file(), graph).value();
    CHECK(fit.misshapen.empty());
    CHECK(fit.adapted.empty());
    const std::vector<Parameter> parameters = wanted(graph, row.at("fills") == "encoder");
    CHECK(fitting == parameters.size());
    CHECK(fit.weights.size() == parameters.size());
    CHECK(fit.missing.size() == graph.parameters.size() - parameters.size());
    float n = 0;
    for (const Parameter& parameter : parameters) {
      INFO(parameter.name);
      REQUIRE(fit.weights.count(parameter.name) == 1);
      CHECK(fit.weights.at(parameter.name).values.front() == n);
      ++n;
    }
    CHECK(fit.unexpected.size() == made.count() - fitting);
  }
}

TEST_CASE("weight fit: classifiers of other libraries where ours is on") {
  const auto whole = [](const char* options, const std::vector<std::string>& layers) {
    CountedFile made;
    for (const std::string& layer : layers) made.addLayer("", layer);
    const WeightFit fit =
        fitWeights(made.file(), buildNet("smp-unet", {3, 2}, options).value()).value();
    return fit.unexpected.empty() && fit.misshapen.empty();
  };
  const char* efficientnet = R"({"encoder": {"name": "efficientnet-b0", "classifier": true}})";
  CHECK(whole(efficientnet, {"conv_head 1280x320x1x1", "bn2 1280 norm"}));
  CHECK(whole(efficientnet, {"features.8.0 1280x320x1x1", "features.8.1 1280 norm"}));
  const char* mobilenet = R"({"encoder": {"name": "mobilenet_v2", "classifier": true}})";
  CHECK(whole(mobilenet, {"classifier 1000x1280 + bias"}));
  CHECK(whole(mobilenet, {"classifier.1 1000x1280 + bias"}));
  const char* small = R"({"encoder": {"name": "mobilenet_v3_small", "classifier": true}})";
  CHECK(whole(small, {"classifier.0 1024x576 + bias", "classifier.3 1000x1024 + bias"}));
  CHECK(whole(small, {"conv_head 1024x576x1x1 + bias", "classifier 1000x1024 + bias"}));
  const char* densenet = R"({"encoder": {"name": "densenet121", "classifier": true}})";
  CHECK(whole(densenet, {"classifier 1000x1024 + bias"}));
  const char* dpn = R"({"encoder": {"name": "dpn92", "classifier": true}})";
  CHECK(whole(dpn, {"last_linear 1000x2688x1x1 + bias"}));
  CHECK(whole(dpn, {"classifier 1000x2688x1x1 + bias"}));
  const char* senet = R"({"encoder": {"name": "se_resnet50", "classifier": true}})";
  CHECK(whole(senet, {"last_linear 1000x2048 + bias"}));
  CHECK(whole(senet, {"fc 1000x2048 + bias"}));
  const char* vgg = R"({"encoder": {"name": "vgg11", "classifier": true}})";
  CHECK(whole(vgg, {"classifier.6 1000x4096 + bias"}));
  CHECK(whole(vgg, {"head.fc 1000x4096 + bias"}));
}

TEST_CASE("weight fit: the stem of SENet-154 as timm has it") {
  CountedFile made;
  for (const char* layer : {"conv1.0 64x3x3x3", "conv1.1 64 norm", "conv1.3 64x64x3x3",
                            "conv1.4 64 norm", "conv1.6 128x64x3x3", "bn1 128 norm"}) {
    made.addLayer("", layer);
  }
  const Graph graph = buildNet("smp-unet", {3, 2}, R"({"encoder": "senet154"})").value();
  const WeightFit fit = fitWeights(made.file(), graph).value();
  CHECK(fit.unexpected.empty());
  REQUIRE(fit.weights.size() == 15);
  for (std::size_t n = 0; n < 15; ++n) {
    CHECK(fit.weights.at(graph.parameters[n].name).values.front() == static_cast<float>(n));
  }
}

TEST_CASE("weight fit: blocks that an encoder has not are unexpected") {
  CountedFile made;
  for (const char* layer :
       {"blocks.0.0.conv_dw 32x1x3x3", "blocks.0.1.conv_dw 32x1x3x3", "blocks.9.0.conv_dw 32x1x3x3",
        "blocks.x.0.conv_dw 32x1x3x3", "blocks.99999999999.0.conv_dw 32x1x3x3"}) {
    made.addLayer("", layer);
  }
  const Graph graph = buildNet("smp-unet", {3, 2}, R"({"encoder": "efficientnet-b0"})").value();
  const WeightFit fit = fitWeights(made.file(), graph).value();
  CHECK(fit.weights.size() == 1);
  CHECK(fit.weights.count("encoder._blocks.0._depthwise_conv.weight") == 1);
  CHECK(fit.unexpected.size() == 4);
}
