// Batches made on a CUDA device are the loader's; skipped where there is no device.
#include <c10/cuda/CUDAFunctions.h>
#include <torch/torch.h>

#include "cuda_device.h"
#include "native/train/batches/batches_ahead.h"
#include "native/train/executor/cuda_graph.h"
#include "resident_cases.h"

using namespace limbus;
using namespace limbus::samples;

namespace {

const LoaderOptions kShuffled{.batch = 4, .workers = 2, .seed = 5, .shuffle = true};

}  // namespace

TEST_CASE("cuda: every augmentation that is drawn is the loader's", "[cuda]") {
  const torch::Device device = cuda();
  const OwnStream stream(device);
  for (const AugmentationRow& row : augmentations()) {
    if (isDrawn(row)) checkRow(row, device);
  }
}

TEST_CASE("cuda: whole lists and their network input are the loader's", "[cuda]") {
  const torch::Device device = cuda();
  const OwnStream stream(device);
  for (const std::string& list : residentLists()) {
    for (const int channels : {1, 3}) {
      INFO(list << ", " << channels);
      const Waves dataset(13, {64, 48, channels});
      const Distance distance = distanceTo(dataset, levelInput(channels), list, kShuffled, device);
      CHECK(distance.largest <= largestOf(list));
      CHECK(distance.differing <= 0.001);
      CHECK(distance.differingMasks <= 0.001);
    }
  }
  InputSpec input = levelInput(1);
  input.width = input.height = 40;
  input.resize = ResizeRule::fit;
  input.interpolation = Interpolation::area;
  input.gamma = 0.5;
  input.normalise = Normalise::image;
  const Distance distance = distanceTo(Waves(5, {64, 48, 3}), input, "[]", kShuffled, device);
  CHECK(distance.largest == 0);
  CHECK(distance.differingMasks == 0);
}

namespace {

// While it lives, what waits for the device is an error.
struct NoWaiting {
  NoWaiting() { c10::cuda::warning_state().set_sync_debug_mode(c10::cuda::SyncDebugMode::L_ERROR); }
  ~NoWaiting() {
    c10::cuda::warning_state().set_sync_debug_mode(c10::cuda::SyncDebugMode::L_DISABLED);
  }
};

}  // namespace

TEST_CASE("cuda: an epoch is made without waiting for the device", "[cuda]") {
  const torch::Device device = cuda();
  const OwnStream stream(device);
  const Waves dataset(64, {320, 200, 1});
  for (const std::string& list : residentLists()) {
    INFO(list);
    Result<Resident> resident = residentBatches(
        dataset, levelInput(1), parseAugmentations(list).value(), kShuffled, device);
    REQUIRE(resident);
    REQUIRE(resident->batches != nullptr);
    CHECK(freeBytes(device) > resident->bytes);
    const NoWaiting noWaiting;
    CHECK(epochOf(*resident->batches, 1).size() == 16);
  }
}

TEST_CASE("cuda: batches made ahead on another stream reach the step whole", "[cuda]") {
  const torch::Device device = cuda();
  const OwnStream stream(device);
  const Waves dataset(64, {320, 200, 1});
  const auto made = [&] {
    return residentBatches(dataset, levelInput(1), parseAugmentations(residentLists()[0]).value(),
                           kShuffled, device)
        .value()
        .batches;
  };
  const std::unique_ptr<BatchSource> direct = made();
  BatchesAhead ahead(made(), device);
  const torch::Tensor busy = torch::rand({2048, 2048}, torch::device(device));
  for (const std::uint32_t epoch : {0U, 1U}) {
    // Sums that the device takes late, when the batch's tensors are gone on this side.
    std::vector<torch::Tensor> expected, seen;
    for (const DeviceBatch& batch : epochOf(*direct, epoch)) {
      expected.push_back(batch.images.sum(torch::kFloat64) + batch.target.sum());
    }
    ahead.start(epoch, 0);
    while (true) {
      Result<std::optional<DeviceBatch>> batch = ahead.next();
      REQUIRE(batch);
      if (!*batch) break;
      torch::Tensor delay = busy;
      for (int i = 0; i < 8; ++i) delay = torch::matmul(delay, busy).tanh();
      seen.push_back((*batch)->images.sum(torch::kFloat64) + (*batch)->target.sum() +
                     0 * delay.sum());
    }
    CHECK(torch::equal(torch::stack(expected), torch::stack(seen)));
  }
}
