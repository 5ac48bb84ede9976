// Distillation: trained networks as the teacher of another.
#include <torch/torch.h>

#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cmath>
#include <csignal>

#include "native/commands/parts/recipe_teacher.h"
#include "native/infer/model.h"
#include "native/infer/teacher.h"
#include "native/system/files.h"
#include "native/system/interrupt.h"
#include "native/train/executor/executor.h"
#include "native/train/files/checkpoint.h"
#include "native/train/parameter_groups.h"
#include "native/train/step.h"
#include "native_catch.h"
#include "same_weights.h"
#include "scratch_folder.h"
#include "shared/graph/builder.h"
#include "shared/nets/nets.h"
#include "shared/nets/scales.h"
#include "small_runs.h"
#include "tiny_model.h"

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinAbs;
using namespace limbus;

namespace {

// Two tiny networks of other weights, as files.
struct TwoModels {
  ScratchFolder scratch;
  std::vector<std::filesystem::path> files;

  TwoModels() {
    for (const std::uint64_t seed : {3, 4}) {
      const Executor net(tinyGraph(), seed);
      files.push_back(scratch / (std::to_string(seed) + ".onnx"));
      REQUIRE(writeBytes(files.back(),
                         writeOnnx(tinyGraph(), net.weights(), tinyManifest(), {}).value(), false));
    }
  }
  TeacherPlan plan(Averaged averaged) const {
    return {.models = {{files[0], 1}, {files[1], 3}},
            .averaged = averaged,
            .input = tinyManifest().input,
            .classes = tinyManifest().classes,
            .device = "cpu"};
  }
  // What one says, at the images' size.
  torch::Tensor said(std::size_t which, const torch::Tensor& images) const {
    const torch::NoGradGuard noGradients;
    const Model model = loadModel(files[which], "cpu").value();
    return torch::upsample_bilinear2d(model.net->forward(images).at(0),
                                      {images.size(2), images.size(3)}, false);
  }
};

double largestDifference(const torch::Tensor& a, const torch::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

// Always the same answer.
class Fixed : public Teacher {
 public:
  explicit Fixed(torch::Tensor answer) : answer_(std::move(answer)) {}
  Taught teach(const torch::Tensor&) const override { return {answer_}; }

 private:
  torch::Tensor answer_;
};

std::vector<std::string> taughtBy(const std::filesystem::path& teacher) {
  return {"teacher.models=[\"" + teacher.string() + "\"]", "loss=ce*0.5+distill*0.5"};
}

}  // namespace

TEST_CASE("teacher: the weighted mean of its models, in logits or in probabilities") {
  const TwoModels models;
  torch::manual_seed(5);
  const torch::Tensor images = torch::randn({2, 1, 64, 96});
  const torch::Tensor a = models.said(0, images), b = models.said(1, images);

  const auto logits = openTeacher(models.plan(Averaged::logits));
  REQUIRE(logits);
  const torch::Tensor answer = (*logits)->teach(images).logits;
  CHECK_FALSE(answer.requires_grad());
  CHECK(largestDifference(answer, a * 0.25 + b * 0.75) < 1e-5);

  const auto probabilities = openTeacher(models.plan(Averaged::probabilities));
  REQUIRE(probabilities);
  CHECK(largestDifference(torch::softmax((*probabilities)->teach(images).logits, 1),
                          torch::softmax(a, 1) * 0.25 + torch::softmax(b, 1) * 0.75) < 1e-5);
}

TEST_CASE("teacher: what takes another input or knows other classes is refused") {
  const TwoModels models;
  TeacherPlan plan = models.plan(Averaged::logits);
  plan.input.mean = {0.25};
  CHECK_THAT(openTeacher(plan).error().message, ContainsSubstring("input.normalise differs"));
  plan = models.plan(Averaged::logits);
  plan.input.width = 640;  // sources are taken as they are: the size does not matter
  CHECK(openTeacher(plan));
  plan.classes[1].name = "white";
  CHECK_THAT(openTeacher(plan).error().message, ContainsSubstring("has other classes"));
  plan = models.plan(Averaged::logits);
  plan.models = {{models.scratch / "none.onnx", 1}};
  CHECK_THAT(openTeacher(plan).error().message, ContainsSubstring("no such run or model file"));
}

TEST_CASE("teacher: with weight 1 and temperature 1 a step's loss is the soft cross-entropy") {
  Builder b("one", 1);
  const Graph graph = b.finish(b.conv(b.input(), "classifier", {.out = 2, .bias = true}));
  Executor net(graph, 3);
  net.train();
  torch::manual_seed(6);
  const DeviceBatch batch{.images = torch::randn({1, 1, 2, 3}),
                          .target = torch::randint(0, 2, {1, 2, 3})};
  const torch::Tensor taught = torch::randn({1, 2, 2, 3});
  const torch::Tensor own = net.forward(batch.images).at(0).detach();
  double expected = 0;
  for (int y = 0; y < 2; ++y) {
    for (int x = 0; x < 3; ++x) {
      const auto probability = [&](const torch::Tensor& logits, int k) {
        const double v0 = std::exp(logits[0][0][y][x].item<double>());
        const double v1 = std::exp(logits[0][1][y][x].item<double>());
        return (k == 0 ? v0 : v1) / (v0 + v1);
      };
      for (int k = 0; k < 2; ++k) {
        expected -= probability(taught, k) * std::log(probability(own, k)) / 6;
      }
    }
  }
  const Loss loss{.sum = parseLossTerms("distill").value(),
                  .teacher = std::make_shared<const Fixed>(taught)};
  CHECK(loss.needsTeacher());
  Optimizer optimizer(chosen(optimizers(), "sgd"), net.learned(), groupsOf(graph, {}));
  Step step(net, loss, optimizer);
  CHECK_THAT(step(batch, {0.1, std::nullopt}).item<double>(), WithinAbs(expected, 1e-6));
}

TEST_CASE("teacher: a run learns from another, and resumed ends bit for bit the same") {
  const ScratchFolder scratch;
  trained(requestFor(scratch / "teacher", {}));
  const std::vector<std::string> overrides = taughtBy(scratch / "teacher");
  TrainRequest request = requestFor(scratch / "straight", overrides);
  CHECK_THAT(train(request).error().message, ContainsSubstring("has a teacher"));
  request.openTeacher = openRecipeTeacher;
  trained(request);

  TrainRequest stopped = requestFor(scratch / "stopped", overrides);
  stopped.openTeacher = openRecipeTeacher;
  stopped.afterEpoch = [](int) { std::raise(SIGINT); };
  REQUIRE(trained(stopped).interrupted);
  stopped.afterEpoch = nullptr;
  stopped.resume = true;
  REQUIRE(trained(stopped).epochs == 2);
  const SavedRun a = readSavedRun(scratch / "straight" / "last.safetensors").value();
  requireSame(a.weights, readSavedRun(scratch / "stopped" / "last.safetensors").value().weights);
  const Json config = Json::parse(readBytes(scratch / "straight" / "config.json").value());
  CHECK(config.at("teacher").at("models")[0] == (scratch / "teacher").string());

  // It learns from it: without the teacher's answers the weights are others.
  trained(requestFor(scratch / "alone", {"loss=ce*0.5"}));
  CHECK(
      readSavedRun(scratch / "alone" / "last.safetensors").value().weights.begin()->second.values !=
      a.weights.begin()->second.values);
}

TEST_CASE("teacher: a recipe names one where its loss asks for it, and only there") {
  const auto refusal = [](const std::vector<std::string>& overrides) {
    const Result<Recipe> recipe = parseRecipe(kSmallRecipe, overrides);
    REQUIRE_FALSE(recipe);
    return recipe.error().message;
  };
  CHECK_THAT(refusal({"loss=distill"}), ContainsSubstring("learns from a teacher"));
  CHECK_THAT(refusal({R"(teacher.models=["runs/a"])"}),
             ContainsSubstring("no term of the loss asks it"));
  CHECK_THAT(refusal({"loss=distill", "teacher.models=[]"}), ContainsSubstring("at least one"));
  CHECK_THAT(refusal({"loss=distill", R"(teacher={"models":["a"],"temperature":2})"}),
             ContainsSubstring("unknown key"));
}

TEST_CASE("teacher: scales of a network on its way down") {
  const auto stridesOf = [](const char* net) {
    const Graph graph = buildNet(chosen(nets(), net), {1, 4}).value();
    std::vector<std::pair<int, std::int64_t>> strides;
    const Features scales = scalesOf(graph, {1, 1, 160, 224}).value();
    for (const Scale& scale : scales) {
      strides.emplace_back(scale.stride, scale.channels);
    }
    return strides;
  };
  using Strides = std::vector<std::pair<int, std::int64_t>>;
  CHECK(stridesOf("unet") == Strides{{1, 64}, {2, 128}, {4, 256}, {8, 512}, {16, 1024}});
  CHECK(stridesOf("enet") == Strides{{2, 16}, {4, 64}, {8, 128}});
  CHECK(stridesOf("dabnet") == Strides{{2, 19}, {4, 73}, {8, 145}});
}

TEST_CASE("teacher: attention is the mean of its models', each of unit length") {
  const TwoModels models;
  TeacherPlan plan = models.plan(Averaged::logits);
  CHECK(openTeacher(plan).value()->teach(torch::zeros({1, 1, 64, 96})).attention.empty());
  plan.strides = {2, 4, 64};
  const auto teacher = openTeacher(plan);
  REQUIRE(teacher);
  torch::manual_seed(5);
  const torch::Tensor images = torch::randn({2, 1, 64, 96});
  const Taught taught = (*teacher)->teach(images);
  REQUIRE((*teacher)->strides().size() == taught.attention.size());
  REQUIRE_FALSE(taught.attention.empty());
  CHECK(largestDifference(
            taught.logits,
            openTeacher(models.plan(Averaged::logits)).value()->teach(images).logits) == 0);
  torch::Tensor expected;
  for (std::size_t which : {0, 1}) {
    const torch::NoGradGuard noGradients;
    Model model = loadModel(models.files[which], "cpu").value();
    const Features scales = scalesOf(model.net->graph(), {1, 1, 64, 96}).value();
    for (const Scale& scale : scales) {
      if (scale.stride == (*teacher)->strides()[0]) model.net->watch({scale.value});
    }
    const torch::Tensor looks = model.net->pass(images).watched.at(0).square().sum(1);
    const torch::Tensor unit = looks / looks.square().sum({1, 2}, true).sqrt();
    expected = which == 0 ? unit * 0.25 : expected + unit * 0.75;
  }
  CHECK(largestDifference(taught.attention[0], expected) < 1e-6);
  plan.everyStride = true;
  CHECK_THAT(openTeacher(plan).error().message, ContainsSubstring("no feature maps of stride 64"));
}

TEST_CASE("teacher: a network that looks where its teacher does has nothing to learn of it") {
  const ScratchFolder scratch;
  trained(requestFor(scratch / "teacher", {}));
  const auto requestWith = [&](const char* run, std::vector<std::string> more) {
    std::vector<std::string> overrides = taughtBy(scratch / "teacher");
    overrides.back() = "loss=attention";
    overrides.insert(overrides.end(), more.begin(), more.end());
    TrainRequest request = requestFor(scratch / run, overrides);
    request.openTeacher = openRecipeTeacher;
    return request;
  };
  const auto lossOf = [&](const char* run) {
    return records(scratch / run).back().at("validation").at("loss").get<double>();
  };
  TrainRequest same = requestWith("same", {"epochs=1", "freezeNorms=true", "schedule.lr=0"});
  same.init = scratch / "teacher";
  trained(same);
  CHECK(lossOf("same") < 1e-9);
  trained(requestWith("other", {"seed=4"}));
  CHECK(lossOf("other") > 1e-4);
  CHECK(lossOf("other") <
        records(scratch / "other").front().at("validation").at("loss").get<double>());
  CHECK_THAT(train(requestWith("refused", {"teacher.strides=[3]"})).error().message,
             ContainsSubstring("no feature maps of stride 3; it has 1, 2"));
}
