// Where the time of a training step goes, batch 8, one channel, 4 classes, AdamW: the step (on
// CUDA plain and replayed), the optimiser's update, the average of the weights. Of each how long
// the host is at it and how long it takes in all: where both are alike, a GPU waits for the host.
//
//   build/release/tests/limbus_step_bench [DEVICE [NET WIDTHxHEIGHT [PRECISION [last]]]]
//   build/release/tests/limbus_step_bench cuda eye-s 320x200 bfloat16 last     last: channels-last
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>

#include "native/train/device.h"
#include "native/train/executor/cuda_graph.h"
#include "native/train/executor/executor.h"
#include "native/train/losses.h"
#include "native/train/parameter_groups.h"
#include "native/train/step.h"
#include "shared/nets/nets.h"

using namespace limbus;

namespace {

constexpr int kBatch = 8, kClasses = 4;
constexpr double kSeconds = 1;  // that each is timed

double millisecondsNow() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::milli>(now).count();
}

void timed(const char* what, torch::Device device, const std::function<void()>& work) {
  for (int i = 0; i < 6; ++i) work();
  waitFor(device);
  double host = 0;
  int calls = 0;
  const double start = millisecondsNow();
  while (calls == 0 || millisecondsNow() - start < kSeconds * 1000) {
    const double before = millisecondsNow();
    for (int i = 0; i < 4; ++i) work();
    host += millisecondsNow() - before;
    waitFor(device);
    calls += 4;
  }
  const double all = millisecondsNow() - start;
  std::printf("  %-24s host %8.3f ms, in all %8.3f ms\n", what, host / calls, all / calls);
}

}  // namespace

int main(int count, char** arguments) {
  const auto argument = [&](int i, const char* otherwise) {
    return count > i ? arguments[i] : otherwise;
  };
  const Result<torch::Device> device = chooseDevice(argument(1, "cpu"));
  const NetRow* row = findRow(nets(), argument(2, "eye-s"));
  const std::string precisionName = argument(4, "tf32");
  const auto precision = std::find_if(precisions().begin(), precisions().end(),
                                      [&](const auto& one) { return one.name == precisionName; });
  int width = 0, height = 0;
  if (!device || row == nullptr || precision == precisions().end() ||
      std::sscanf(argument(3, "320x200"), "%dx%d", &width, &height) != 2) {
    std::fprintf(stderr, "expected [DEVICE [NET WIDTHxHEIGHT [PRECISION [last]]]]\n");
    return 2;
  }
  const bool last = std::strcmp(argument(5, ""), "last") == 0;
  allowPrecision(precision->value);
  at::globalContext().setBenchmarkCuDNN(true);
  const OwnStream stream(*device);

  const Graph graph = buildNet(chosen(nets(), row->name), {1, kClasses}).value();
  Executor net(graph, 1), average(graph, 1);
  for (Executor* one : {&net, &average}) {
    one->to(*device);
    if (last) one->channelsLast();
  }
  net.train();
  Optimizer optimizer(chosen(optimizers(), "adamw"), net.learned(), groupsOf(graph, {}));
  const Loss loss{.sum = parseLossTerms("ce").value()};
  const DeviceBatch batch{
      .images = torch::randn({kBatch, 1, height, width}).to(*device),
      .target = torch::randint(0, kClasses, {kBatch, height, width}, torch::kInt64).to(*device)};
  std::printf("%s, %dx%d, %s%s, %zu tensors that learn, on %s\n", row->name, width, height,
              precisionName.c_str(), last ? ", channels last" : "", net.learned().size(),
              device->str().c_str());

  const Rates rates{1e-6, std::nullopt};
  StepOptions options{.precision = precision->value, .channelsLast = last};
  Step plain(net, loss, optimizer, options);
  timed("step", *device, [&] { plain(batch, rates); });
  timed("update of the weights", *device, [&] { optimizer.step(rates); });
  if (device->is_cuda()) {
    options.record = CudaGraph::record;
    Step recorded(net, loss, optimizer, options);
    timed("step, replayed", *device, [&] { recorded(batch, rates); });
    if (!recorded.recordingProblem().empty()) {
      std::printf("  %s\n", recorded.recordingProblem().c_str());
    }
  }
  timed("average of the weights", *device, [&] {
    const torch::NoGradGuard noGradients;
    torch::_foreach_mul_(average.tensors(), 0.99);
    torch::_foreach_add_(average.tensors(), net.tensors(), 0.01);
  });
  return 0;
}
