// What only a CUDA device can show; built where LibTorch has CUDA, skipped where there is no
// device.
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/cuda/CUDACachingAllocator.h>

#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <string>

#include "cuda_device.h"
#include "native/train/executor/cuda_graph.h"
#include "native/train/executor/executor.h"
#include "native/train/executor/resize.h"
#include "native/train/executor/self_check.h"
#include "native/train/losses.h"
#include "native/train/losses/attention.h"
#include "native/train/parameter_groups.h"
#include "native/train/step.h"
#include "shared/nets/nets.h"

using namespace limbus;

namespace {

constexpr int kClasses = 4;

Graph graphOf(const std::string& name) {
  return buildNet(chosen(nets(), name), {1, kClasses}).value();
}

// Of the largest value.
double difference(const torch::Tensor& one, const torch::Tensor& other) {
  const torch::Tensor a = one.detach().to(torch::kCPU, torch::kFloat64);
  const torch::Tensor b = other.detach().to(torch::kCPU, torch::kFloat64);
  return (a - b).abs().max().item<double>() / std::max(1e-6, a.abs().max().item<double>());
}

DeviceBatch randomBatch(torch::Device device, std::int64_t images = 2, int seed = 7) {
  torch::manual_seed(seed);
  return {.images = torch::randn({images, 1, 64, 96}).to(device),
          .target = torch::randint(0, kClasses, {images, 64, 96}, torch::kInt64).to(device),
          .distances = torch::randn({images, kClasses, 64, 96}).to(device),
          .edges = torch::randint(0, 2, {images, 64, 96}, torch::kInt64).to(device, torch::kBool),
          .gaps = (2 + 30 * torch::rand({images, 64, 96})).to(device)};
}

// Another network's answers.
class NetTeacher : public Teacher {
 public:
  explicit NetTeacher(torch::Device device)
      : net_(std::make_shared<Executor>(graphOf("eye-s"), 9)) {
    net_->to(device);
    net_->eval();
  }
  Taught teach(const torch::Tensor& images) const override {
    const torch::NoGradGuard noGradients;
    const torch::Tensor logits = net_->forward(images).at(0);
    return {resizeBilinear(logits, {images.size(2), images.size(3)}, false), {attentionOf(logits)}};
  }

 private:
  std::shared_ptr<Executor> net_;
};

Loss lossOf(const char* name, torch::Device device) {
  Loss loss{.sum = parseLossTerms(name).value(),
            .shares = torch::full({2, kClasses}, 1.0 / kClasses).to(device)};
  if (loss.needsTeacher()) loss.teacher = std::make_shared<const NetTeacher>(device);
  return loss;
}

// While it lives, sums have the same bits each time.
struct Deterministic {
  Deterministic() { useDeterministicAlgorithms(); }
  ~Deterministic() {
    at::globalContext().setDeterministicAlgorithms(false, false);
    at::globalContext().setDeterministicCuDNN(false);
  }
};

// A network that trains on the device.
struct Learned {
  Executor net;
  Optimizer optimizer;
  Step step;

  Learned(const std::string& name, torch::Device device, StepOptions options,
          const char* loss = "ce")
      : net(graphOf(name), 3),
        optimizer(moved(device)),
        step(net, lossOf(loss, device), optimizer, options) {
    net.train();
    if (lossOf(loss, device).needsFeatures()) net.watch({net.graph().outputs[0].value});
  }
  Optimizer moved(torch::Device device) {
    net.to(device);
    return {chosen(optimizers(), "adamw"), net.learned(), groupsOf(net.graph(), {})};
  }
  // After so many steps.
  double loss(const DeviceBatch& batch, int steps) {
    double last = 0;
    for (int i = 0; i < steps; ++i) {
      torch::manual_seed(i);
      last = step(batch, Rates{1e-3, std::nullopt}).item<double>();
    }
    return last;
  }
};

}  // namespace

TEST_CASE("cuda: every network computes there what it computes on the CPU", "[cuda]") {
  const torch::Device device = cuda();
  allowPrecision(Precision::float32);
  const torch::NoGradGuard noGradients;
  for (const NetRow& row : nets()) {
    INFO(row.name);
    Executor net(graphOf(row.name), 3);
    net.eval();
    torch::manual_seed(5);
    const torch::Tensor image = torch::randn({1, 1, 96, 128});
    const torch::Tensor expected = net.forward(image)[0];
    net.to(device);
    CHECK(difference(expected, net.forward(image.to(device))[0]) < 2e-4);
  }
}

TEST_CASE("cuda: every loss and its gradient are those of the CPU", "[cuda]") {
  const torch::Device device = cuda();
  const DeviceBatch there = randomBatch(device);
  for (const LossRow& row : losses()) {
    INFO(row.name);
    torch::manual_seed(9);
    const torch::Tensor logits = torch::randn({2, kClasses, 64, 96});
    const torch::Tensor teacher = torch::randn_like(logits);
    const auto lossOn = [&](torch::Device place) {
      const torch::Tensor own = logits.to(place).detach().clone().requires_grad_();
      const Loss loss{.sum = parseLossTerms(row.name).value(),
                      .shares = torch::tensor({0.7, 0.2, 0.08, 0.02}).repeat({2, 1}).to(place)};
      const torch::Tensor value = loss({.heads = {own},
                                        .target = there.target.to(place),
                                        .distances = there.distances.to(place),
                                        .edges = there.edges.to(place),
                                        .gaps = there.gaps.to(place),
                                        .teacher = teacher.to(place),
                                        .features = {own},
                                        .attention = {attentionOf(teacher.to(place))}});
      value.backward();
      return std::pair(value, own.grad());
    };
    const auto [value, gradient] = lossOn(torch::kCPU);
    const auto [value2, gradient2] = lossOn(device);
    CHECK(difference(value, value2) < 1e-4);
    CHECK(difference(gradient, gradient2) < 1e-3);
  }
}

TEST_CASE("cuda: replayed steps train as plain ones", "[cuda]") {
  const torch::Device device = cuda();
  const OwnStream stream(device);
  allowPrecision(Precision::float32);
  const DeviceBatch batch = randomBatch(device);
  for (const char* name : {"eye-s", "enet", "dabnet"}) {
    INFO(name);
    Learned plain(name, device, {}), replayed(name, device, {.record = CudaGraph::record});
    const double expected = plain.loss(batch, 8);
    CHECK(std::abs(replayed.loss(batch, 8) - expected) < 0.02 * expected);
    CHECK(replayed.step.recordingProblem() == "");
  }
}

TEST_CASE("cuda: deterministic steps are replayed to the bits of plain ones", "[cuda]") {
  const torch::Device device = cuda();
  const OwnStream stream(device);
  const Deterministic sums;
  const DeviceBatch batch = randomBatch(device);
  for (const char* name : {"eye-s", "enet", "dabnet", "segnet"}) {
    INFO(name);
    Learned plain(name, device, {}), replayed(name, device, {.record = CudaGraph::record});
    plain.optimizer.keepFactorsInTensors();  // as a recorded one does by itself
    CHECK(replayed.loss(batch, 8) == plain.loss(batch, 8));
    CHECK(replayed.step.recordingProblem() == "");
    for (std::size_t i = 0; i < plain.net.tensors().size(); ++i) {
      INFO(plain.net.graph().parameters[i].name);
      CHECK(torch::equal(plain.net.tensors()[i], replayed.net.tensors()[i]));
    }
  }
}

TEST_CASE("cuda: a replayed step updates by the rates of its step, borders in its loss", "[cuda]") {
  const torch::Device device = cuda();
  const OwnStream stream(device);
  allowPrecision(Precision::float32);
  const Graph graph =
      buildNet("eye-s", {.inputChannels = 1, .classes = kClasses, .borders = true}).value();
  const auto weights = [](const Executor& net) {
    Tensors flat;
    for (const torch::Tensor& tensor : net.learned()) flat.push_back(tensor.detach().flatten());
    return torch::cat(flat).to(torch::kCPU);
  };
  const torch::Tensor start = weights(Executor(graph, 3));
  for (const OptimizerRow& row : optimizers()) {
    INFO(row.name);
    const auto trained = [&](const Recorder& recorder) {
      Executor net(graph, 3);
      net.to(device);
      net.train();
      Loss loss = lossOf("ce", device);
      loss.borders = BorderRules{.gapPx = 12};
      Optimizer optimizer(chosen(optimizers(), row.name), net.learned(), groupsOf(graph, {}));
      Step step(net, loss, optimizer, {.clip = 1, .record = recorder});
      for (int i = 0; i < 16; ++i) {
        // So small that the last bits, which atomic sums leave open, do not lead elsewhere.
        step(randomBatch(device, 2, i), Rates{1e-6 * (1 + i), 0.9 - 0.02 * i});
      }
      CHECK(step.recordingProblem() == "");
      return weights(net);
    };
    const torch::Tensor plain = trained(nullptr), replayed = trained(CudaGraph::record);
    const double apart = (plain - replayed).norm().item<double>();
    // The rates of the step that was recorded would make it 0.37 to 0.72 of the way.
    CHECK(apart < 0.2 * (plain - start).norm().item<double>());
  }
}

TEST_CASE("cuda: all losses can be recorded", "[cuda]") {
  const torch::Device device = cuda();
  const OwnStream stream(device);
  const DeviceBatch batch = randomBatch(device);
  for (const LossRow& row : losses()) {
    INFO(row.name);
    Learned learned("eye-s", device, {.record = CudaGraph::record}, row.name);
    CHECK(std::isfinite(learned.loss(batch, 6)));
    CHECK(learned.step.recordingProblem() == "");
  }
}

TEST_CASE("cuda: a mean teacher's pass is replayed too, with the average as it has become",
          "[cuda]") {
  const torch::Device device = cuda();
  const OwnStream stream(device);
  DeviceBatch batch = randomBatch(device);
  batch.unlabelled = randomBatch(device, 2, 8).images;
  batch.unlabelledPlain = randomBatch(device, 2, 9).images;
  const auto lossAfter = [&](bool record) {
    Learned learned("eye-s", device, {.record = record ? CudaGraph::record : Recorder()});
    const auto average = std::make_shared<Executor>(graphOf("eye-s"), 3);
    average->to(device);
    average->eval();
    learned.step.consistency = Consistency{average, {.weight = 10, .rampUp = 0}};
    double last = 0;
    for (int i = 0; i < 8; ++i) {
      last = learned.loss(batch, 1);
      const torch::NoGradGuard noGradients;
      torch::_foreach_mul_(average->tensors(), 0.5);
      torch::_foreach_add_(average->tensors(), learned.net.tensors(), 0.5);
    }
    CHECK(learned.step.recordingProblem() == "");
    return last;
  };
  const double expected = lossAfter(false);
  CHECK(std::abs(lossAfter(true) - expected) < 0.02 * expected);
}

TEST_CASE("cuda: what cannot be recorded runs on, random numbers too", "[cuda]") {
  const torch::Device device = cuda();
  const OwnStream stream(device);
  torch::Tensor sum = torch::zeros({}, torch::device(device));
  const torch::Tensor ones = torch::ones({64}, torch::device(device));
  std::string problem;
  try {
    static_cast<void>(CudaGraph::record([&] {
      sum += torch::dropout(ones, 0.5, true).sum();
      static_cast<void>(sum.item<float>());
    }));
  } catch (const c10::Error& error) {
    problem = error.what_without_backtrace();
  }
  CHECK(problem != "");
  torch::manual_seed(1);
  const torch::Tensor first = torch::dropout(ones, 0.5, true);
  torch::manual_seed(1);
  CHECK(torch::equal(first, torch::dropout(ones, 0.5, true)));
}

TEST_CASE("cuda: a recording has the memory that is cached before it", "[cuda]") {
  const torch::Device device = cuda();
  const OwnStream stream(device);
  const std::int64_t bytes = freeCudaBytes(device) * 6 / 10;
  const auto room = [&] {
    return torch::empty({bytes}, torch::device(device).dtype(torch::kUInt8));
  };
  static_cast<void>(room());
  const std::unique_ptr<CudaGraph> graph = CudaGraph::record([&] { room().zero_(); });
  REQUIRE(graph);
  graph->replay();
  torch::cuda::synchronize(device.index());
}

TEST_CASE("cuda: what could not be recorded gives its memory back", "[cuda]") {
  const torch::Device device = cuda();
  const OwnStream stream(device);
  const torch::Tensor one = torch::ones({}, torch::device(device));
  constexpr std::int64_t kBytes = 256 << 20;
  const auto room = [&] {
    return torch::empty({kBytes}, torch::device(device).dtype(torch::kUInt8));
  };
  const auto reserved = [&] {
    c10::cuda::CUDACachingAllocator::emptyCache();
    return c10::cuda::CUDACachingAllocator::getDeviceStats(device.index())
        .reserved_bytes[0]
        .current;
  };
  const std::int64_t before = reserved();
  CHECK_THROWS_AS(CudaGraph::record([&] {
                    room().zero_();
                    static_cast<void>(one.item<float>());
                  }),
                  c10::Error);
  CHECK(reserved() < before + kBytes / 2);
  {
    const torch::Tensor elsewhere = room();
    const c10::impl::VirtualGuardImpl impl(device.type());
    elsewhere.record_stream(impl.getStreamFromGlobalPool(device));
  }
  CHECK(reserved() < before + kBytes / 2);  // as no recording is under way any more
  CudaGraph::record([&] { room().zero_(); })->replay();
}

TEST_CASE("cuda: mixed precision learns; an overflow halves the scale and moves no weight",
          "[cuda]") {
  const torch::Device device = cuda();
  const OwnStream stream(device);
  const DeviceBatch batch = randomBatch(device);
  for (const Precision precision : {Precision::bfloat16, Precision::float16}) {
    for (const bool record : {false, true}) {
      Learned learned("eye-s", device,
                      {.precision = precision, .record = record ? CudaGraph::record : Recorder()});
      const double first = learned.loss(batch, 1);
      CHECK(learned.loss(batch, 40) < first);
    }
  }
  Learned learned("eye-s", device, {.precision = Precision::float16});
  learned.optimizer.state().lossScale.factor = 1e30;
  const torch::Tensor before = learned.net.learned()[0].detach().clone();
  learned.loss(batch, 1);
  CHECK(learned.optimizer.state().lossScale.factor == 5e29);
  CHECK(torch::equal(before, learned.net.learned()[0].detach()));
  CHECK(learned.optimizer.state().step == 1);
  learned.step.sparing = true;
  learned.loss(batch, 1);  // the scale is still too large: nothing that is to be borne
  CHECK(!learned.step.leftOut());
  DeviceBatch broken = batch;
  broken.images = batch.images.clone();
  broken.images[0][0][0][0] = std::numeric_limits<float>::infinity();
  learned.loss(broken, 1);
  CHECK(learned.step.leftOut());
  for (const torch::Tensor& tensor : learned.net.tensors()) {  // statistics of norms among them
    CHECK(torch::isfinite(tensor).all().item<bool>());
  }
}

TEST_CASE("cuda: batches accumulate to the mean gradient, recorded or not", "[cuda]") {
  const torch::Device device = cuda();
  const OwnStream stream(device);
  allowPrecision(Precision::float32);
  for (const bool record : {false, true}) {
    Learned learned("dabnet", device, {.record = record ? CudaGraph::record : Recorder()});
    Tensors seen;
    learned.step.afterBackward = [&](const Tensors& gradients) {
      seen.clear();
      for (const torch::Tensor& gradient : gradients) seen.push_back(gradient.clone());
    };
    const DeviceBatch one = randomBatch(device, 2, 1), other = randomBatch(device, 2, 2);
    const Rates still{0, std::nullopt};
    for (int i = 0; i < 4; ++i) learned.step(one, still);  // also the recording
    const Tensors ofOne = seen;
    learned.step(other, still);
    const Tensors ofOther = seen;
    learned.step(std::vector<DeviceBatch>{one, other}, still);
    for (std::size_t i = 0; i < seen.size(); ++i) {
      CHECK(difference((ofOne[i] + ofOther[i]) / 2, seen[i]) < 1e-2);
    }
  }
}
