// A further output for what lies between neighbours, learned beside the classes.
#include <torch/torch.h>

#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <limits>

#include "native/infer/model.h"
#include "native/system/files.h"
#include "native/train/executor/executor.h"
#include "native/train/executor/resize.h"
#include "native/train/losses.h"
#include "native/train/recipe/recipe.h"
#include "native_catch.h"
#include "scratch_folder.h"
#include "shared/eyes/eyes.h"
#include "shared/graph/builder.h"
#include "shared/nets/borders.h"
#include "shared/vision/preprocess.h"
#include "small_runs.h"
#include "tiny_model.h"

using Catch::Matchers::WithinAbs;
using namespace limbus;

namespace {

constexpr int kClasses = 3;

// Logits of all channels but at half the size, and what the network makes of them at its own.
Graph twoByTwo(bool resized) {
  Builder b("two-by-two", 1);
  const ValueId x =
      b.conv(b.input(), "classifier", {.out = kClasses + 1, .kernel = 2, .stride = 2});
  const Graph graph = b.finish(resized ? b.resize(x, "up", {.like = b.input()}) : x);
  return withBorders(graph, kClasses);
}

torch::Tensor withoutBorders(const torch::Tensor& all) {
  const torch::Tensor background = torch::maximum(all.select(1, 0), all.select(1, kClasses));
  return torch::cat({background.unsqueeze(1), all.slice(1, 1, kClasses)}, 1);
}

}  // namespace

TEST_CASE("borders: what is one is background, before the logits are enlarged") {
  torch::manual_seed(1);
  const torch::Tensor image = torch::randn({2, 1, 8, 12});
  for (const bool resized : {false, true}) {
    Executor net(twoByTwo(resized), 3);
    net.train();
    const std::vector<torch::Tensor> outputs = net.forward(image);
    REQUIRE(outputs.size() == 2);
    const torch::Tensor small =
        torch::conv2d(image, net.tensors()[0], {}, 2);  // [2,kClasses + 1,4,6]
    CHECK((small.select(1, kClasses) > small.select(1, 0)).any().item<bool>());
    CHECK((small.select(1, kClasses) < small.select(1, 0)).any().item<bool>());
    const auto enlarged = [&](const torch::Tensor& logits) {
      return resized ? resizeBilinear(logits, {8, 12}, false) : logits;
    };
    CHECK(outputs[1].allclose(enlarged(small), 1e-5, 1e-6));
    CHECK(outputs[0].allclose(enlarged(withoutBorders(small)), 1e-5, 1e-6));
    net.eval();
    CHECK(net.forward(image).size() == 1);
  }
}

TEST_CASE("borders: the loss of their output is ce+dice with narrow gaps as a class") {
  constexpr float kNone = std::numeric_limits<float>::infinity();
  const torch::Tensor all = torch::randn({1, kClasses + 1, 1, 4});
  const torch::Tensor target = torch::tensor({1, 0, 2, 0}).view({1, 1, 4});
  const auto at = [&](const BorderRules& rules, std::vector<torch::Tensor> heads) {
    const Loss loss{.sum = *parseLossTerms("ce"), .borders = rules};
    return loss({.heads = std::move(heads),
                 .target = target,
                 .gaps = torch::tensor({kNone, 4.0F, kNone, 9.0F}).view({1, 1, 4})})
        .item<double>();
  };
  const torch::Tensor plain = withoutBorders(all);
  const double classesAlone = at({}, {plain});  // as in validation
  CHECK_THAT(
      classesAlone,
      WithinAbs(torch::nll_loss2d(torch::log_softmax(plain, 1), target).item<double>(), 1e-6));
  const Loss three{.sum = *parseLossTerms("ce+dice")};
  const torch::Tensor inGap = torch::tensor({1, 3, 2, 0}).view({1, 1, 4});
  const double borders = three({.heads = {all}, .target = inGap}).item<double>();
  CHECK_THAT(at({.gapPx = 4, .weight = 1}, {plain, all}), WithinAbs(classesAlone + borders, 1e-6));
  CHECK_THAT(at({.gapPx = 4, .weight = 0.25}, {plain, all}),
             WithinAbs(classesAlone + 0.25 * borders, 1e-6));
  const double none = three({.heads = {all}, .target = target}).item<double>();
  CHECK_THAT(at({.gapPx = 3, .weight = 1}, {plain, all}), WithinAbs(classesAlone + none, 1e-6));
}

TEST_CASE("borders: a model that is exported knows of its classes alone") {
  const ScratchFolder scratch;
  const Graph graph =
      buildNet("eye-s", {.inputChannels = 1, .classes = 4, .borders = true}).value();
  Executor net(graph, 3);
  REQUIRE(writeBytes(scratch / "eye.onnx",
                     writeOnnx(graph, net.weights(), tinyManifest(), {}).value()));
  Result<Model> model = loadModel(scratch / "eye.onnx", "cpu");
  REQUIRE(model);
  CHECK(model->net->graph().outputs.size() == 1);
  const Image image = renderEye(eyePresets()[0].name, 5, 1, 96, 64)->image;
  Prepared prepared = *preprocess(image.view(), tinyManifest().input);
  net.eval();
  const torch::NoGradGuard noGradients;
  const torch::Tensor best =
      net.forward(torch::from_blob(prepared.tensor.values.data(), prepared.tensor.shape))[0]
          .argmax(1)
          .flatten()
          .to(torch::kUInt8);
  const Result<Field> field = predictorOf(std::move(*model))->predict(image.view());
  REQUIRE(field);
  const Mask mask = maskOf(*field).value();
  CHECK(best.equal(torch::from_blob(const_cast<std::uint8_t*>(mask.pixels.data()), {best.numel()},
                                    torch::kUInt8)));
}

TEST_CASE("borders: void keeps its number") {
  const auto problem = [](int classes) {
    Json list = Json::array();
    for (int i = 0; i < classes; ++i) list.push_back({{"name", "class " + std::to_string(i)}});
    const Result<Recipe> recipe =
        parseRecipe(kSmallRecipe, {"classes=" + list.dump(), "borders={}"});
    return recipe ? std::string() : recipe.error().message;
  };
  CHECK(problem(254).empty());
  CHECK(problem(255) == "recipe.borders: expected at most 254 classes beside them, got 255");
}
