// Steps that are recorded and replayed give the bits of plain ones, whatever changes between them.
#include <torch/torch.h>

#include "chosen.h"
#include "native/train/losses/attention.h"
#include "native/train/parameter_groups.h"
#include "native/train/step.h"
#include "native_catch.h"
#include "replayed_on_cpu.h"
#include "shared/graph/builder.h"
#include "shared/nets/borders.h"

using namespace limbus;
using samples::ReplayedOnCpu;

namespace {

constexpr bool kLeft = true;  // to LibTorch: no loop of our own takes images channels last

// Of layers that LibTorch runs, without any that this program computes by itself on a CPU.
Graph net() {
  Builder b("recorded", 3);
  ValueId x = b.conv(b.input(), "stem", {.out = 4, .kernel = 3, .stride = 2, .padding = 1});
  x = b.groupNorm(x, "norm", {.groups = 2});
  // Not before it: LibTorch 2.11 crashes in a group norm's gradient, channels last, where its image
  // wants none.
  b.part(Part::decoder);
  x = b.relu(x, "act");
  x = b.conv(x, "classifier", {.out = 2, .kernel = 1, .bias = true});
  b.auxiliary("side", b.conv(x, "side", {.out = 2, .kernel = 1}));
  return b.finish(b.resize(x, "up", {.scale = 2}));
}

DeviceBatch batchOf(int number, std::int64_t images = 2) {
  torch::manual_seed(number);
  return {.images = torch::randn({images, 3, 8, 8}),
          .target = torch::randint(0, 2, {images, 8, 8}, torch::kInt64)};
}

// With void, and what the loader's workers compute beside the target.
DeviceBatch wholeBatchOf(int number) {
  DeviceBatch batch = batchOf(number);
  batch.target.masked_fill_(torch::rand({2, 8, 8}) < 0.1, kVoidLabel);
  batch.distances = torch::randn({2, 2, 8, 8});
  batch.edges = torch::rand({2, 8, 8}) < 0.5;
  batch.gaps = 2 + 30 * torch::rand({2, 8, 8});
  return batch;
}

// Says what another network of that kind does.
class NetTeacher : public Teacher {
 public:
  Taught teach(const torch::Tensor& images) const override {
    const torch::NoGradGuard noGradients;
    const torch::Tensor logits = net_->forward(images).at(0);
    return {logits, {attentionOf(logits)}};
  }

 private:
  std::shared_ptr<Executor> net_ = std::make_shared<Executor>(net(), 9);
};

// Rates and momentum of another value in every step.
Rates ratesOf(int step) { return {0.01 + 0.002 * step, 0.9 - 0.01 * step}; }

// The losses of some steps, the same where they are replayed.
void checkReplayed(const Graph& graph, const Loss& loss) {
  const auto losses = [&](const Recorder& recorder) {
    Executor net(graph, 3);
    net.train();
    if (loss.needsFeatures()) net.watch({graph.outputs[0].value});
    Optimizer optimizer(chosen(optimizers(), "sgd"), net.learned(), groupsOf(graph, {}));
    Step step(net, loss, optimizer, {.channelsLast = kLeft, .record = recorder});
    if (!recorder) optimizer.keepFactorsInTensors();
    std::vector<double> all;
    for (int i = 0; i < 16; ++i) {
      all.push_back(step(wholeBatchOf(i), ratesOf(i), i / 5).item<double>());
    }
    CHECK(step.recordingProblem() == "");
    return all;
  };
  const std::vector<double> expected = losses(nullptr);
  CHECK(losses(ReplayedOnCpu::record) == expected);
  CHECK(expected.front() != expected.back());
}

struct Trained {
  Executor net{::net(), 3};
  Optimizer optimizer;
  Step step;

  Trained(const Named& named, const Recorder& recorder,
          std::optional<Lookahead> lookahead = std::nullopt, double clip = 0)
      : optimizer(choose(optimizers(), "optimizer", named).value(), net.learned(),
                  groupsOf(net.graph(), {.rates = {.decoder = 0.5}, .encoderStillSteps = 6}),
                  lookahead),
        step(net, Loss{.sum = parseLossTerms("ce+dice").value()}, optimizer,
             {.clip = clip, .channelsLast = kLeft, .record = recorder}) {
    net.train();
    if (!recorder) optimizer.keepFactorsInTensors();  // as a recorded one does by itself
  }

  // The losses of so many steps.
  std::vector<double> losses(int steps) {
    std::vector<double> all;
    for (int i = 0; i < steps; ++i) {
      const int number = static_cast<int>(optimizer.state().step);
      all.push_back(step(batchOf(number), ratesOf(number)).item<double>());
    }
    return all;
  }
};

void checkSame(const Trained& one, const Trained& other) {
  for (std::size_t i = 0; i < one.net.tensors().size(); ++i) {
    INFO(one.net.graph().parameters[i].name);
    CHECK(torch::equal(one.net.tensors()[i], other.net.tensors()[i]));
  }
  for (const auto& [slot, tensors] : one.optimizer.state().slots) {
    INFO(slot);
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      CHECK(torch::equal(tensors[i], other.optimizer.state().slots.at(slot)[i]));
    }
  }
  CHECK(one.optimizer.state().step == other.optimizer.state().step);
}

}  // namespace

TEST_CASE("recorded step: every optimizer's update is replayed with the rates of its step") {
  std::vector<Named> all = {{"sgd", {{"nesterov", true}}}};
  for (const OptimizerRow& row : optimizers()) {
    all.push_back({row.name, {{"weightDecay", 0}}});
    all.push_back({row.name, {{"weightDecay", 0.1}}});
  }
  for (const Named& named : all) {
    INFO(named.json().dump());
    int recordings = 0;
    Trained plain(named, nullptr);
    Trained replayed(named, [&](const std::function<void()>& work) {
      ++recordings;
      return ReplayedOnCpu::record(work);
    });
    CHECK(plain.losses(24) == replayed.losses(24));
    checkSame(plain, replayed);
    CHECK(replayed.step.recordingProblem() == "");
    CHECK(recordings >= 2);  // while the encoder stands still, and when it learns
  }
}

TEST_CASE("recorded step: a resumed one goes on with the same bits") {
  Trained straight({"adamw"}, ReplayedOnCpu::record), begun({"adamw"}, ReplayedOnCpu::record);
  const std::vector<double> expected = straight.losses(24);
  begun.losses(13);
  Trained resumed({"adamw"}, ReplayedOnCpu::record);
  {
    const torch::NoGradGuard noGradients;
    for (std::size_t i = 0; i < begun.net.tensors().size(); ++i) {
      torch::Tensor(resumed.net.tensors()[i]).copy_(begun.net.tensors()[i]);
    }
  }
  const Graph& graph = begun.net.graph();
  REQUIRE(unpackSlots(packSlots(begun.optimizer, graph), graph, resumed.optimizer));
  resumed.optimizer.state().step = begun.optimizer.state().step;
  CHECK(resumed.losses(11) == std::vector<double>(expected.begin() + 13, expected.end()));
  checkSame(straight, resumed);
}

TEST_CASE("recorded step: every loss is replayed with the batch of its step") {
  for (const LossRow& row : losses()) {
    INFO(row.name);
    Loss loss{.sum = parseLossTerms(row.name).value(),
              .shares = torch::tensor({0.7, 0.3}).repeat({2, 1})};
    if (loss.needsTeacher()) loss.teacher = std::make_shared<const NetTeacher>();
    checkReplayed(net(), loss);
  }
}

TEST_CASE("recorded step: a ramp's weight is that of its epoch") {
  Loss loss;
  const Json terms = Json::parse(
      R"({"name": "ce+dice", "ramps": [{"term": "dice", "epochs": [0, 3], "weights": [0, 1]}]})");
  REQUIRE(readOptions(terms, "loss", loss.sum));
  checkReplayed(net(), loss);
}

TEST_CASE("recorded step: borders are replayed with the gaps of their step") {
  Builder b("bordered", 3);
  const ValueId x = b.conv(b.input(), "classifier", {.out = 3, .kernel = 3, .padding = 1});
  checkReplayed(withBorders(b.finish(x), 2),
                {.sum = parseLossTerms("ce").value(), .borders = BorderRules{.gapPx = 12}});
}

TEST_CASE("recorded step: a mean teacher is asked as it has become") {
  const auto losses = [](const Recorder& recorder) {
    Trained trained({"adamw"}, recorder);
    const auto average = std::make_shared<Executor>(net(), 3);
    average->eval();
    trained.step.consistency = Consistency{average, {.weight = 10, .rampUp = 2}};
    std::vector<double> all;
    for (int i = 0; i < 20; ++i) {
      DeviceBatch batch = batchOf(i);
      batch.unlabelled = batchOf(100 + i).images;
      batch.unlabelledPlain = batchOf(200 + i).images;
      all.push_back(trained.step(batch, ratesOf(i), i / 5).item<double>());
      const torch::NoGradGuard noGradients;
      torch::_foreach_mul_(average->tensors(), 0.5);
      torch::_foreach_add_(average->tensors(), trained.net.tensors(), 0.5);
    }
    CHECK(trained.step.recordingProblem() == "");
    return all;
  };
  CHECK(losses(nullptr) == losses(ReplayedOnCpu::record));
}

TEST_CASE("recorded step: clipping is in it, lookahead between the replays") {
  Trained plain({"adamw"}, nullptr, Lookahead{.every = 4, .share = 0.5}, 0.1);
  Trained replayed({"adamw"}, ReplayedOnCpu::record, Lookahead{.every = 4, .share = 0.5}, 0.1);
  CHECK(plain.losses(24) == replayed.losses(24));
  checkSame(plain, replayed);
  Trained unclipped({"adamw"}, ReplayedOnCpu::record, Lookahead{.every = 4, .share = 0.5});
  unclipped.losses(24);
  CHECK(!torch::equal(unclipped.net.tensors()[0], replayed.net.tensors()[0]));
}

TEST_CASE("recorded step: what looks at the gradients sees them, and the update waits for it") {
  Trained plain({"sgd"}, nullptr), replayed({"sgd"}, ReplayedOnCpu::record);
  const auto halve = [](const Tensors& gradients) { torch::_foreach_mul_(gradients, 0.5); };
  for (Trained* one : {&plain, &replayed}) one->losses(12);
  for (Trained* one : {&plain, &replayed}) one->step.afterBackward = halve;
  CHECK(plain.losses(12) == replayed.losses(12));
  for (Trained* one : {&plain, &replayed}) one->step.afterBackward = nullptr;
  CHECK(plain.losses(12) == replayed.losses(12));
  checkSame(plain, replayed);
}

TEST_CASE(
    "recorded step: a batch of another size runs plain, several of one step are replayed without "
    "the update") {
  Trained plain({"adamw"}, nullptr), replayed({"adamw"}, ReplayedOnCpu::record);
  for (Trained* one : {&plain, &replayed}) {
    one->losses(12);
    one->step(batchOf(30, 1), ratesOf(12));
    for (int i = 0; i < 6; ++i) {
      one->step(std::vector<DeviceBatch>{batchOf(31 + i), batchOf(41 + i)}, ratesOf(13 + i));
    }
    one->losses(12);
  }
  checkSame(plain, replayed);
}

TEST_CASE("recorded step: an encoder that is held does not learn from then on") {
  Trained plain({"adamw"}, nullptr), replayed({"adamw"}, ReplayedOnCpu::record);
  for (Trained* one : {&plain, &replayed}) {
    one->losses(12);
    one->net.hold({.encoder = true});
    one->losses(12);
    one->net.hold({});
    one->losses(12);
  }
  checkSame(plain, replayed);
}

TEST_CASE("recorded step: what waits is not recorded, and trying changes nothing") {
  class Waiting : public NetTeacher {
   public:
    Taught teach(const torch::Tensor& images) const override {
      static_cast<void>(images.sum().item<float>());
      return NetTeacher::teach(images);
    }
  };
  const auto losses = [](const Recorder& recorder) {
    Executor net(::net(), 3);
    net.train();
    Optimizer optimizer(chosen(optimizers(), "adamw"), net.learned(), groupsOf(net.graph(), {}));
    Step step(
        net,
        {.sum = parseLossTerms("distill").value(), .teacher = std::make_shared<const Waiting>()},
        optimizer, {.record = recorder});
    if (!recorder) optimizer.keepFactorsInTensors();
    std::vector<double> all;
    for (int i = 0; i < 8; ++i) all.push_back(step(batchOf(i), ratesOf(i)).item<double>());
    CHECK(step.recordingProblem() == (recorder ? "steps are not replayed as CUDA graphs: a graph "
                                                 "cannot wait for aten::_local_scalar_dense"
                                               : ""));
    return all;
  };
  CHECK(losses(nullptr) == losses(ReplayedOnCpu::record));
}

TEST_CASE("recorded step: what cannot be recorded runs on plain, and says why") {
  Trained plain({"adamw"}, nullptr);
  Trained refused({"adamw"}, [](const std::function<void()>&) -> std::unique_ptr<CudaGraph> {
    TORCH_CHECK(false, "no graphs here\nat all");
  });
  CHECK(plain.losses(12) == refused.losses(12));
  checkSame(plain, refused);
  CHECK(refused.step.recordingProblem() == "steps are not replayed as CUDA graphs: no graphs here");
}

TEST_CASE("recorded step: where the update alone cannot be recorded, the pass is") {
  int recordings = 0;
  Trained plain({"adamw"}, nullptr);
  Trained half({"adamw"}, [&](const std::function<void()>& work) {
    TORCH_CHECK(recordings++ > 0, "not this one");
    return ReplayedOnCpu::record(work);
  });
  CHECK(plain.losses(16) == half.losses(16));
  checkSame(plain, half);
  CHECK(recordings == 2);
  CHECK(half.step.recordingProblem() ==
        "the update of the weights is not replayed as a CUDA graph: not this one");
}
