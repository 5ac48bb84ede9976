// Learning from unlabelled images by agreeing with the average of the weights.
#include <torch/torch.h>

#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cmath>

#include "native/data/files/image_files.h"
#include "native/system/files.h"
#include "native/train/batches/unlabelled_source.h"
#include "native/train/files/checkpoint.h"
#include "native/train/parameter_groups.h"
#include "native/train/step.h"
#include "native_catch.h"
#include "same_weights.h"
#include "scratch_folder.h"
#include "shared/eyes/eyes.h"
#include "shared/graph/builder.h"
#include "small_runs.h"

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinAbs;
using namespace limbus;
namespace fs = std::filesystem;

namespace {

constexpr const char* kMeanTeacher =
    R"(meanTeacher={"unlabelled":[{"dataset":"rendered","preset":"openeds2019","count":4,)"
    R"("width":64,"height":64}],"augment":[{"name":"brightnessContrast"}],"rampUp":1})";

// Batches whose images hold 100 * epoch + their number.
class Numbered : public BatchSource {
 public:
  explicit Numbered(int count) : count_(count) {}
  void start(std::uint32_t epoch, std::int64_t firstBatch) override {
    epoch_ = static_cast<int>(epoch);
    at_ = static_cast<int>(firstBatch);
  }
  Result<std::optional<DeviceBatch>> next() override {
    if (at_ == count_) return std::optional<DeviceBatch>();
    return DeviceBatch{.images = torch::full({1}, 100 * epoch_ + at_++), .target = {}};
  }
  std::int64_t batchesPerEpoch() const override { return count_; }

 private:
  int count_, epoch_ = 0, at_ = 0;
};

// The unlabelled batches of an epoch from `first` on.
std::vector<int> unlabelledOf(std::uint32_t epoch, std::int64_t first) {
  const std::unique_ptr<BatchSource> source = withUnlabelled(
      std::make_unique<Numbered>(3), std::make_unique<Numbered>(2), std::make_unique<Numbered>(2));
  source->start(epoch, first);
  std::vector<int> seen;
  while (true) {
    const Result<std::optional<DeviceBatch>> batch = source->next();
    REQUIRE(batch);
    if (!*batch) return seen;
    CHECK((*batch)->unlabelled.equal((*batch)->unlabelledPlain));
    seen.push_back((*batch)->unlabelled.item<int>());
  }
}

// A network of logits w x for class 1 and 0 for class 0.
Graph oneWeight() {
  Builder b("one-weight", 1);
  return b.finish(b.conv(b.input(), "classifier", {.out = 2}));
}

std::shared_ptr<Executor> weighing(float weight) {
  auto net = std::make_shared<Executor>(oneWeight(), 3);
  const torch::NoGradGuard noGradients;
  net->tensors()[0].view(-1)[0].fill_(0);
  net->tensors()[0].view(-1)[1].fill_(weight);
  return net;
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

// The loss of a first step with a consistency term of weight 1, and where the weight went.
struct Stepped {
  double loss;
  float weight;
};
Stepped stepped(double confidence) {
  const std::shared_ptr<Executor> net = weighing(1);
  net->train();
  const std::shared_ptr<Executor> average = weighing(2);
  average->eval();
  Optimizer optimizer(chosen(optimizers(), "sgd"), net->learned(), groupsOf(oneWeight(), {}));
  Step step(*net, {}, optimizer);
  step.consistency = Consistency{average, {.rampUp = 0, .confidence = confidence}};
  const DeviceBatch batch{.images = torch::ones({1, 1, 1, 1}),
                          .target = torch::full({1, 1, 1}, kVoidLabel, torch::kInt64),
                          .unlabelled = torch::tensor({1.0F, 0.5F}).view({1, 1, 1, 2}),
                          .unlabelledPlain = torch::tensor({2.0F, 0.25F}).view({1, 1, 1, 2})};
  const double loss = step(batch, {0.1, std::nullopt}).item<double>();
  return {loss, net->tensors()[0].view(-1)[1].item<float>()};
}

}  // namespace

TEST_CASE("mean teacher: unlabelled batches go on where an epoch or a stopped run left them") {
  CHECK(unlabelledOf(0, 0) == std::vector<int>{0, 1, 100});
  CHECK(unlabelledOf(1, 0) == std::vector<int>{101, 200, 201});
  CHECK(unlabelledOf(1, 2) == std::vector<int>{201});
  CHECK(unlabelledOf(2, 0) == std::vector<int>{300, 301, 400});
}

TEST_CASE("mean teacher: the loss is the squared difference of both answers, where one is sure") {
  // Probabilities of class 1: of the network at 1 and 0.5 by weight 1, of the average at 2 and 0.25
  // by weight 2. Both classes differ by as much.
  const double first = std::pow(sigmoid(1) - sigmoid(4), 2);
  const double second = std::pow(sigmoid(0.5) - sigmoid(0.5), 2);
  const Stepped all = stepped(0);
  CHECK_THAT(all.loss, WithinAbs(2 * (first + second) / 2, 1e-6));
  CHECK(all.weight > 1);                                          // towards the average
  CHECK_THAT(stepped(0.9).loss, WithinAbs(2 * first / 2, 1e-6));  // the second is at 0.62
  const Stepped none = stepped(0.99);
  CHECK(none.loss == 0);
  CHECK(none.weight == 1);
}

TEST_CASE("mean teacher: its weight grows as the paper has it") {
  const MeanTeacherRules rules{.weight = 2, .rampUp = 4};
  CHECK_THAT(rules.weightAt(0), WithinAbs(2 * std::exp(-5), 1e-12));
  CHECK_THAT(rules.weightAt(2), WithinAbs(2 * std::exp(-1.25), 1e-12));
  CHECK(rules.weightAt(4) == 2);
  CHECK(rules.weightAt(9) == 2);
}

TEST_CASE("mean teacher: unlabelled images change what a run learns, their labels do not") {
  const ScratchFolder scratch;
  const auto weightsOf = [&](const char* run, const std::vector<std::string>& overrides) {
    trained(requestFor(scratch / run, overrides));
    return readSavedRun(scratch / run / "last.safetensors").value().training;
  };
  const Weights alone = weightsOf("alone", {"emaDecay=0.9"});
  const Weights taught = weightsOf("taught", {"emaDecay=0.9", kMeanTeacher});
  CHECK(alone.begin()->second.values != taught.begin()->second.values);
}

TEST_CASE("mean teacher: images that validation holds are not among the unlabelled ones") {
  const ScratchFolder scratch;
  const std::string folder = (scratch / "eyes").string();
  for (int i = 0; i < 5; ++i) {
    const Render render =
        renderEye("openeds2019", 1, static_cast<std::uint32_t>(i), 64, 64).value();
    const std::string name = std::to_string(i) + ".png";
    REQUIRE(makeFolder(scratch / "eyes" / "images"));
    REQUIRE(makeFolder(scratch / "eyes" / "masks"));
    REQUIRE(writePng(scratch / "eyes" / "images" / name, render.image.view(), false));
    REQUIRE(writePng(scratch / "eyes" / "masks" / name, render.mask.view(), false));
  }
  const auto trainedBy = [&](int batch, const std::string& root) {
    TrainRequest request = requestFor(
        scratch / ("run" + std::to_string(batch)),
        {"emaDecay=0.9", R"(data={"dataset":"folder"})",
         R"(meanTeacher={"unlabelled":[{"dataset":"folder","root":")" + root + R"("}],"rampUp":1})",
         "meanTeacher.batch=" + std::to_string(batch), "epochs=1"});
    request.data = folder;
    return train(request);
  };
  CHECK(trainedBy(4, ""));
  // By whichever way the same files are reached.
  REQUIRE(makeFolder(scratch / "others"));
  for (const char* part : {"images", "masks"}) {
    std::filesystem::create_directory_symlink(scratch / "eyes" / part, scratch / "others" / part);
  }
  for (const std::string& root : {std::string(), (scratch / "others").string()}) {
    const Result<TrainSummary> all = trainedBy(5, root);
    REQUIRE_FALSE(all);
    CHECK_THAT(all.error().message, ContainsSubstring("the unlabelled images, 4, are fewer"));
  }
}

// Nothing has to be said of masks, and those that are there may hold anything.
TEST_CASE("mean teacher: unlabelled images are a folder of them, whatever lies beside") {
  const ScratchFolder scratch;
  const auto folder = [&](const char* name, const char* images, const char* masks) {
    REQUIRE(makeFolder(scratch / name / images));
    for (int i = 0; i < 3; ++i) {
      const Render render = renderEye("usb", 1, static_cast<std::uint32_t>(i), 64, 64).value();
      const fs::path file = scratch / name / images / ("a" + std::to_string(i) + ".png");
      REQUIRE(writePng(file, render.image.view(), false));
      if (masks == nullptr) continue;
      REQUIRE(makeFolder(scratch / name / masks));
      const std::string mask = file.stem().string() + (i == 0 ? "_mask.png" : ".png");
      if (masks == std::string(images) && i > 0) continue;
      REQUIRE(writePng(scratch / name / masks / mask, Image(64, 64, 1, 9).view(), false));
    }
    return (scratch / name).string();
  };
  const auto weightsBy = [&](const std::string& root) {
    const fs::path run = scratch / "run";
    fs::remove_all(run);
    trained(requestFor(run, {"emaDecay=0.9", "epochs=1",
                             R"(meanTeacher={"unlabelled":[{"dataset":"folder","root":")" + root +
                                 R"("}],"batch":3})"}));
    return readSavedRun(run / "last.safetensors").value().training;
  };
  const Weights alone = weightsBy(folder("alone", "", nullptr));
  requireSame(alone, weightsBy(folder("labelled", "images", "masks")));
  requireSame(alone, weightsBy(folder("among", "images", "images")));
}

TEST_CASE("mean teacher: what does not go together is said") {
  const auto refusal = [](const std::vector<std::string>& overrides) {
    const Result<Recipe> recipe = parseRecipe(kSmallRecipe, overrides);
    REQUIRE_FALSE(recipe);
    return recipe.error().message;
  };
  CHECK_THAT(refusal({kMeanTeacher}), ContainsSubstring("\"emaDecay\": 0.999"));
  CHECK_THAT(
      refusal({"emaDecay=0.9", kMeanTeacher, R"(meanTeacher.augment=[{"name":"flipHorizontal"}])"}),
      ContainsSubstring("'flipHorizontal' moves pixels"));
  CHECK_THAT(refusal({"emaDecay=0.9", R"(meanTeacher={"weight":1})"}),
             ContainsSubstring("at least one data set"));
  const ScratchFolder scratch;
  const Result<TrainSummary> few =
      train(requestFor(scratch / "run", {"emaDecay=0.9", kMeanTeacher, "meanTeacher.batch=5"}));
  REQUIRE_FALSE(few);
  CHECK_THAT(few.error().message, ContainsSubstring("fewer than a batch of them, 5"));
}
