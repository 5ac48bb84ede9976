// A step and its parts: what a loss is handed, clipping, the hook, batches from elsewhere.
#include <torch/torch.h>

#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <cmath>

#include "native/system/files.h"
#include "native/train/loop.h"
#include "native/train/parameter_groups.h"
#include "native/train/pixel_counts.h"
#include "native/train/recent_losses.h"
#include "native/train/step.h"
#include "native_catch.h"
#include "scratch_folder.h"
#include "shared/graph/builder.h"
#include "small_nets.h"

using namespace limbus;
using Catch::Matchers::WithinAbs;

namespace {

// Logits of two classes, and of an auxiliary head at half the size.
Graph twoHeads() {
  Builder b("two-heads", 1);
  const ValueId x = b.conv(b.input(), "stem", {.out = 4, .kernel = 3, .padding = 1});
  b.auxiliary("side", b.conv(b.maxPool(x, "half", {.kernel = 2, .stride = 2}), "side", {.out = 2}));
  return b.finish(b.conv(x, "classifier", {.out = 2}));
}

DeviceBatch someBatch() {
  torch::manual_seed(7);
  return {.images = torch::randn({2, 1, 8, 8}), .target = torch::randint(0, 2, {2, 8, 8})};
}

double normOf(const Tensors& tensors) {
  double squares = 0;
  for (const torch::Tensor& tensor : tensors) squares += tensor.square().sum().item<double>();
  return std::sqrt(squares);
}

std::unique_ptr<Optimizer> sgd(const Executor& net) {
  return std::make_unique<Optimizer>(chosen(optimizers(), "sgd"), net.learned(),
                                     groupsOf(net.graph(), {}));
}

struct StepParts {
  Executor net{twoHeads(), 3};
  Loss loss;  // ce
  std::unique_ptr<Optimizer> optimizer = sgd(net);
};

// Batches that never saw a loader.
class MadeOnTheSpot : public BatchSource {
 public:
  void start(std::uint32_t, std::int64_t firstBatch) override {
    left_ = 3 - static_cast<int>(firstBatch);
  }
  Result<std::optional<DeviceBatch>> next() override {
    if (left_-- == 0) return std::optional<DeviceBatch>();
    return std::optional<DeviceBatch>(someBatch());
  }
  std::int64_t batchesPerEpoch() const override { return 3; }

 private:
  int left_ = 0;
};

// Three, of which the second holds no numbers.
class Broken : public MadeOnTheSpot {
 public:
  Result<std::optional<DeviceBatch>> next() override {
    Result<std::optional<DeviceBatch>> batch = MadeOnTheSpot::next();
    if (!batch || !*batch) return batch;
    (*batch)->ids = {"image-" + std::to_string(count_)};
    if (count_++ == 1) (*batch)->images.fill_(std::nan(""));
    return batch;
  }

 private:
  int count_ = 0;
};

// Two samples whose mask is 0 0 1 1.
class Halves : public Dataset {
 public:
  std::size_t size() const override { return 2; }
  Result<Sample> get(std::size_t index, std::uint32_t) const override {
    Sample sample{std::to_string(index), Image(4, 1, 1), Mask(4, 1, 1)};
    sample.mask.pixels = {0, 0, 1, 1};
    return sample;
  }
};

}  // namespace

TEST_CASE("step: counts the pixels that it is trained on, as the network answered before") {
  StepParts parts;
  parts.net.train();
  Step step(parts.net, parts.loss, *parts.optimizer);
  step.counts = pixelCounts(2, torch::kCPU);
  ConfusionMatrix expected(2);
  for (int i = 0; i < 2; ++i) {  // a second step adds to the first
    DeviceBatch batch = someBatch();
    batch.target[0][0].fill_(kVoidLabel);
    const torch::Tensor said = parts.net.forward(batch.images)[0].argmax(1);
    for (const auto& [truth, answer] :
         {std::pair(0, 0), std::pair(0, 1), std::pair(1, 0), std::pair(1, 1)}) {
      const torch::Tensor cell = (batch.target == truth).logical_and(said == answer);
      expected.count(truth, answer, cell.sum().item<std::int64_t>());
    }
    step(batch, {.lr = 0.1});
  }
  const ConfusionMatrix counted = matrixOf(step.counts);
  CHECK(counted.total() == 2 * (2 * 64 - 8));
  for (int truth = 0; truth < 2; ++truth) {
    for (int answer = 0; answer < 2; ++answer) {
      CHECK(counted.at(truth, answer) == expected.at(truth, answer));
    }
  }
}

TEST_CASE("step: every head reaches the loss at the target's size, and learns") {
  StepParts parts;
  parts.net.train();
  const DeviceBatch batch = someBatch();
  const LossInput input = lossInputOf(parts.net.forward(batch.images), batch);
  REQUIRE(input.heads.size() == 2);
  for (const torch::Tensor& logits : input.heads)
    CHECK(logits.sizes() == torch::IntArrayRef({2, 2, 8, 8}));

  const auto sideAfter = [&](double auxiliaryWeight) {
    StepParts fresh;
    fresh.net.train();
    fresh.loss.auxiliaryWeight = auxiliaryWeight;
    const std::vector<float> before = fresh.net.weights().at("side.weight").values;
    Step step(fresh.net, fresh.loss, *fresh.optimizer);
    step(batch, {0.1, std::nullopt});
    return fresh.net.weights().at("side.weight").values != before;
  };
  CHECK(sideAfter(0.4));
  CHECK(!sideAfter(0));
}

TEST_CASE("step: the hook sees the gradients before they are clipped, and what it does counts") {
  const DeviceBatch batch = someBatch();
  StepParts parts;
  parts.net.train();
  Step step(parts.net, parts.loss, *parts.optimizer, {.clip = 0.01});
  double before = 0;
  step.afterBackward = [&](const Tensors& gradients) { before = normOf(gradients); };
  step(batch, {0.1, std::nullopt});
  CHECK(before > 0.02);
  CHECK_THAT(normOf(parts.optimizer->gradients()), WithinAbs(0.01, 1e-6));

  StepParts still;
  still.net.train();
  Step stopped(still.net, still.loss, *still.optimizer);
  stopped.afterBackward = [](const Tensors& gradients) { torch::_foreach_zero_(gradients); };
  const std::vector<float> start = still.net.weights().at("stem.weight").values;
  stopped(batch, {0.1, std::nullopt});
  CHECK(still.net.weights().at("stem.weight").values == start);
}

TEST_CASE("step: small gradients are not scaled up to the clip") {
  const Tensors gradients = {torch::tensor({3.0, 0.0}, torch::kFloat64),
                             torch::tensor({4.0}, torch::kFloat64)};
  clipGradients(gradients, 10);
  CHECK(normOf(gradients) == 5.0);
  clipGradients(gradients, 1);
  CHECK_THAT(gradients[0][0].item<double>(), WithinAbs(0.6, 1e-12));
  CHECK_THAT(gradients[1][0].item<double>(), WithinAbs(0.8, 1e-12));
}

TEST_CASE("loop: an epoch runs over batches of any source") {
  const ScratchFolder scratch;
  Learner learner;
  learner.net = std::make_shared<Executor>(twoHeads(), 3);
  learner.schedule = chosen(schedules(), "constant");
  learner.optimizer = sgd(*learner.net);
  learner.step = std::make_unique<Step>(*learner.net, learner.loss, *learner.optimizer);
  MadeOnTheSpot source;
  Progress progress(scratch / "log", true);
  const Result<EpochReport> report = trainEpoch(learner, source, 0, progress);
  REQUIRE(report);
  CHECK(report->steps == 3);
  CHECK(report->loss > 0);
}

TEST_CASE(
    "loop: steps without a finite loss are left out where that is borne, else they are named") {
  const ScratchFolder scratch;
  const auto after = [&](int spared, Learner& learner) {
    learner.net = std::make_shared<Executor>(samples::normed(), 3);
    learner.schedule = chosen(schedules(), "constant");
    learner.optimizer = std::make_unique<Optimizer>(
        chosen(optimizers(), "sgd"), learner.net->learned(), groupsOf(learner.net->graph(), {}));
    learner.step = std::make_unique<Step>(*learner.net, learner.loss, *learner.optimizer);
    learner.step->sparing = spared > 0;
    learner.spared = spared;
    Broken source;
    Progress progress(scratch / "log", true);
    return trainEpoch(learner, source, 0, progress);
  };
  Learner stopped;
  const Result<EpochReport> refused = after(0, stopped);
  REQUIRE(!refused);
  CHECK(refused.error().message.find("step 2") != std::string::npos);
  CHECK(refused.error().message.find("images image-1)") != std::string::npos);

  Learner borne;
  const Result<EpochReport> report = after(1, borne);
  REQUIRE(report);
  CHECK(report->steps == 3);
  CHECK(report->leftOut == 1);
  CHECK(std::isfinite(report->loss));
  CHECK(borne.optimizer->state().step == 3);
  for (const auto& [name, tensor] : borne.net->weights()) {  // statistics of norms among them
    INFO(name);
    for (const float value : tensor.values) CHECK(std::isfinite(value));
  }
  const std::string log = readBytes(scratch / "log").value();
  CHECK(log.find("step 2 left out, its loss or a gradient was no finite number: image-1") !=
        std::string::npos);
}

TEST_CASE("loop: of several steps the one whose loss broke first is named") {
  RecentLosses recent(4, torch::kCPU);
  double sum = 1;
  CHECK(!recent.look(sum));
  const auto add = [&](int number, float loss) {
    recent.add({.number = number, .lr = 0.1, .ids = {"image-" + std::to_string(number)}},
               torch::full({}, loss));
  };
  for (const int number : {1, 2, 3}) add(number, 0.5F);
  CHECK(!recent.full());
  CHECK(!recent.look(sum));
  CHECK(sum == 2.5);
  add(4, 1);
  for (const int number : {5, 6, 7}) add(number, std::numeric_limits<float>::infinity());
  CHECK(recent.full());
  const std::optional<RecentLosses::Step> broken = recent.look(sum);
  REQUIRE(broken);
  CHECK(broken->number == 5);
  CHECK(broken->ids == std::vector<std::string>{"image-5"});
  CHECK(!recent.look(sum));
}

TEST_CASE("losses: a row that needs distances gets them from the loader's workers") {
  const LossRow boundary{.name = "boundary",
                         .summary = "for this test",
                         .options = NoOptions{},
                         .compute =
                             [](const LossInput& input, const Options&) {
                               return (torch::softmax(input.logits(), 1) * input.distances).mean();
                             },
                         .needs = {.distances = true}};
  Loss loss;
  loss.sum.terms = {{.loss = {&boundary, NoOptions{}}, .weight = 1}};
  InputSpec input;
  input.width = 4;
  input.height = 1;
  input.multiple = 1;
  const Halves dataset;
  LoaderSource source(dataset, input, {},
                      {.batch = 2, .workers = 1, .maps = loss.needs(), .classes = 2}, torch::kCPU);
  source.start(0, 0);
  const Result<std::optional<DeviceBatch>> batch = source.next();
  REQUIRE(batch);
  REQUIRE(*batch);
  CHECK(!(*batch)->edges.defined());
  // -1 0 1 2 and 2 1 0 -1, each by a probability of one half.
  const LossInput even = lossInputOf({torch::zeros({2, 2, 1, 4})}, **batch);
  CHECK_THAT(loss(even).item<double>(), WithinAbs(0.25, 1e-7));
}
