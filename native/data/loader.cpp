#include "native/data/loader.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <opencv2/core.hpp>
#include <span>
#include <thread>

#include "native/data/augmented.h"
#include "native/data/sample_order.h"
#include "native/system/parallel_for.h"
#include "shared/vision/preprocess.h"

namespace limbus {
namespace {

using Clock = std::chrono::steady_clock;

double millisecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

// One sample, ready to be stacked.
struct Prepare {
  std::string id;
  Tensor image;                       // [1,C,H,W]
  Mask mask;                          // H x W
  std::vector<float> distances = {};  // [K,H,W], where asked for
  std::vector<std::uint8_t> edges = {};
};

tl::unexpected<Error> failAt(const std::string& id, const Error& error) {
  return fail(error.code, id + ": " + error.message);
}

// A batch while its samples arrive, in any order.
struct Slot {
  std::vector<Prepare> samples;
  int arrived = 0;
  std::vector<Batch> batches;  // once complete: one, or one for each run of equal sizes
  bool complete = false;
};

template <class Part>
void append(Part& whole, const auto& part, std::size_t samples) {
  whole.reserve(part.size() * samples);
  whole.insert(whole.end(), part.begin(), part.end());
}

// Samples of one size.
Batch stackAll(std::span<Prepare> samples, std::pmr::memory_resource* memory) {
  Batch batch{.images = std::pmr::vector<float>(memory),
              .masks = std::pmr::vector<std::uint8_t>(memory),
              .distances = std::pmr::vector<float>(memory),
              .edges = std::pmr::vector<std::uint8_t>(memory)};
  const std::size_t count = samples.size();
  batch.shape = samples[0].image.shape;
  batch.shape[0] = static_cast<std::int64_t>(count);
  for (Prepare& sample : samples) {
    append(batch.images, sample.image.values, count);
    append(batch.masks, sample.mask.pixels, count);
    append(batch.distances, sample.distances, count);
    append(batch.edges, sample.edges, count);
    batch.ids.push_back(std::move(sample.id));
  }
  for (Prepare& sample : samples) sample = Prepare();  // its pixels are in the batch now
  return batch;
}

tl::unexpected<Error> unequal(const Prepare& one, const Prepare& other) {
  const auto size = [](const Prepare& sample) {
    return sample.id + " is " + std::to_string(sample.mask.width) + "x" +
           std::to_string(sample.mask.height);
  };
  return fail(ErrorCode::badData,
              "a batch needs images of one size: " + size(one) + ", " + size(other) +
                  "; set input.resize to stretch or fit, augment with crop, or set batch to 1");
}

// One batch, or where sizes may differ one for each run of equal ones.
Result<std::vector<Batch>> stackRuns(std::span<Prepare> samples, const LoaderOptions& options) {
  std::vector<Batch> batches;
  while (!samples.empty()) {
    const Dims shape = samples[0].image.shape;
    const auto end = std::find_if(samples.begin(), samples.end(), [&](const Prepare& sample) {
      return sample.image.shape != shape;
    });
    if (end != samples.end() && !options.mixedSizes) return unequal(samples[0], *end);
    const auto run = static_cast<std::size_t>(end - samples.begin());
    batches.push_back(stackAll(samples.first(run), options.memory));
    samples = samples.subspan(run);
  }
  return batches;
}

Result<std::vector<Batch>> stack(std::vector<Prepare>& samples, const LoaderOptions& options) {
  return withoutThrowing("stacking a batch", [&] { return stackRuns(samples, options); });
}

}  // namespace

struct Loader::State {
  const Dataset& dataset;
  InputSpec input;
  std::vector<Augmentation> augmentations;
  LoaderOptions options;

  std::uint32_t epoch = 0;
  SampleOrder order;

  std::mutex mutex;
  std::condition_variable roomOrStop, batchReady;
  std::thread workers;        // the first of them; it has the others
  std::vector<Slot> slots;    // batch b waits in slot b % slots.size()
  std::size_t nextBatch = 0;  // the next to be asked for
  std::deque<Batch> ready;    // of those asked for, not handed out yet
  std::size_t failedSample = SIZE_MAX;
  Error error;                // of failedSample, the first in order
  bool failedBefore = false;  // reported already
  bool stop = false;
  LoaderTimes times;

  State(const Dataset& dataset_, InputSpec input_, std::vector<Augmentation> augmentations_,
        LoaderOptions options_)
      : dataset(dataset_),
        input(std::move(input_)),
        augmentations(std::move(augmentations_)),
        options(options_),
        order(dataset.size(), options_) {
    options.batch = std::max(1, options.batch);
    options.workers = std::max(0, options.workers);
    options.prefetch = std::max(1, options.prefetch);
    cv::setNumThreads(1);  // the workers are the threads
  }

  ~State() { halt(); }

  void halt() {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      stop = true;
    }
    roomOrStop.notify_all();
    if (workers.joinable()) workers.join();
  }

  Result<Prepare> prepareOne(std::size_t position) const {
    const std::size_t index = order.at(position);
    Result<Sample> sample = augmentedSample(dataset, augmentations, options.seed, index, epoch);
    if (!sample) return fail(sample.error());
    Result<Prepared> prepared = preprocess(sample->image.view(), input);
    if (!prepared) return failAt(sample->id, prepared.error());
    Result<Mask> mask = preprocessMask(sample->mask.view(), input, kVoidLabel);
    if (!mask) return failAt(sample->id, mask.error());
    Prepare out{.id = sample->id, .image = std::move(prepared->tensor), .mask = std::move(*mask)};
    if (options.maps.distances) out.distances = classDistances(out.mask.view(), options.classes);
    if (options.maps.edges) out.edges = classEdges(out.mask.view());
    return out;
  }

  Result<Prepare> prepare(std::size_t position) const {
    return withoutThrowing("loading a sample", [&] { return prepareOne(position); });
  }

  // False when there is nothing to wait for any more.
  bool waitForRoom(std::size_t batch) {
    std::unique_lock<std::mutex> lock(mutex);
    const auto known = [&] { return stop || batch < nextBatch + slots.size(); };
    if (!known()) {
      const Clock::time_point begin = Clock::now();
      roomOrStop.wait(lock, known);
      times.blockedMs += millisecondsSince(begin) / options.workers;
    }
    return !stop;
  }

  // What a worker does with one sample. Any error here ends the epoch: the samples before it have
  // begun already, and nobody needs later ones.
  Result<void> deliver(std::size_t position) {
    if (!waitForRoom(order.batchOf(position))) return fail(ErrorCode::io, "stopped");
    Result<Prepare> sample = prepare(position);
    if (!sample) return refuse(position, sample.error());
    return arrive(position, std::move(*sample));
  }

  Result<void> refuse(std::size_t position, const Error& why) {
    const std::lock_guard<std::mutex> lock(mutex);
    if (position < failedSample) {
      failedSample = position;
      error = why;
    }
    batchReady.notify_all();
    return fail(why);
  }

  Result<void> arrive(std::size_t position, Prepare sample) {
    const std::size_t batch = order.batchOf(position);
    Slot& slot = slots[batch % slots.size()];
    {
      const std::lock_guard<std::mutex> lock(mutex);
      slot.samples[position % options.batch] = std::move(sample);
      if (++slot.arrived < static_cast<int>(order.samplesIn(batch))) return {};
    }
    slot.samples.resize(order.samplesIn(batch));
    Result<std::vector<Batch>> stacked = stack(slot.samples, options);
    if (!stacked) return refuse(batch * options.batch, stacked.error());
    const std::lock_guard<std::mutex> lock(mutex);
    slot.batches = std::move(*stacked);
    slot.complete = true;
    batchReady.notify_all();
    return {};
  }

  void clear(Slot& slot) const {
    slot.samples.assign(options.batch, Prepare());
    slot.arrived = 0;
    slot.batches.clear();
    slot.complete = false;
  }

  bool failedIn(std::size_t batch) const {
    return failedSample != SIZE_MAX && order.batchOf(failedSample) <= batch;
  }

  Result<std::vector<Batch>> nextFromWorkers() {
    std::unique_lock<std::mutex> lock(mutex);
    Slot& slot = slots[nextBatch % slots.size()];
    const auto known = [&] { return slot.complete || failedIn(nextBatch); };
    if (!known()) {
      const Clock::time_point begin = Clock::now();
      batchReady.wait(lock, known);
      times.waitedMs += millisecondsSince(begin);
    }
    if (failedIn(nextBatch)) {
      failedBefore = true;
      return fail(error);
    }
    std::vector<Batch> batches = std::move(slot.batches);
    clear(slot);
    ++nextBatch;
    roomOrStop.notify_all();
    return batches;
  }

  Result<std::vector<Batch>> nextHere() {
    const Clock::time_point begin = Clock::now();
    std::vector<Prepare> samples;
    for (std::size_t i = 0; i < order.samplesIn(nextBatch); ++i) {
      Result<Prepare> sample = prepare(nextBatch * options.batch + i);
      if (!sample) {
        failedBefore = true;
        return fail(sample.error());
      }
      samples.push_back(std::move(*sample));
    }
    Result<std::vector<Batch>> batches = stack(samples, options);
    times.waitedMs += millisecondsSince(begin);
    failedBefore = !batches;
    if (batches) ++nextBatch;
    return batches;
  }

  Result<std::optional<Batch>> next() {
    if (ready.empty()) {
      if (failedBefore || nextBatch >= order.batches() || !order.started())
        return std::optional<Batch>();
      Result<std::vector<Batch>> batches = options.workers == 0 ? nextHere() : nextFromWorkers();
      if (!batches) return fail(batches.error());
      std::move(batches->begin(), batches->end(), std::back_inserter(ready));
    }
    std::optional<Batch> batch(std::move(ready.front()));
    ready.pop_front();
    return batch;
  }
};

Loader::Loader(const Dataset& dataset, InputSpec input, std::vector<Augmentation> augmentations,
               LoaderOptions options)
    : state_(
          std::make_unique<State>(dataset, std::move(input), std::move(augmentations), options)) {}

Loader::~Loader() = default;

void Loader::start(std::uint32_t epoch, std::size_t first) {
  State& state = *state_;
  state.halt();
  state.stop = false;
  state.epoch = epoch;
  state.nextBatch = std::min(first, state.order.batches());
  state.ready.clear();
  state.failedSample = SIZE_MAX;
  state.failedBefore = false;
  state.times = {};
  state.order.start(epoch);
  if (state.options.workers == 0) return;
  state.slots.resize(static_cast<std::size_t>(state.options.prefetch));
  for (Slot& slot : state.slots) state.clear(slot);
  const std::size_t begin = std::min(
      state.order.samples(), state.nextBatch * static_cast<std::size_t>(state.options.batch));
  state.workers = std::thread([&state, begin] {
    const ParallelOptions options{.task = "loading", .threads = state.options.workers};
    parallelFor(state.order.samples() - begin, options,
                [&](std::size_t i) { return state.deliver(begin + i); });
  });
}

Result<std::optional<Batch>> Loader::next() { return state_->next(); }

std::size_t Loader::batchesPerEpoch() const { return state_->order.batches(); }

LoaderTimes Loader::times() const {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  return state_->times;
}

}  // namespace limbus
