#include "native/data/loader.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <opencv2/core.hpp>
#include <system_error>
#include <thread>

#include "native/data/augment/augmented.h"
#include "native/data/sample_order.h"
#include "native/system/parallel_for.h"
#include "shared/vision/preprocess.h"

namespace limbus {

// What a Loader::State holds has names of the library, not of this file: GCC warns of the other
// where several files are compiled as one.

// One sample, ready to be stacked.
struct PreparedSample {
  std::string id;
  Tensor image;                       // [1,C,H,W]
  Mask mask;                          // H x W
  std::vector<float> distances = {};  // [K,H,W], where asked for
  std::vector<std::uint8_t> edges = {};
  std::vector<float> gaps = {};
};

// A batch while its samples arrive, in any order.
struct LoaderSlot {
  std::mutex stacking;                  // what follows until `complete`
  std::vector<PreparedSample> samples;  // that have arrived and wait for those before them
  std::size_t arrived = 0, stacked = 0;
  std::vector<Batch> batches;  // one, or one for each run of equal sizes
  bool complete = false;
};

namespace {

using Clock = std::chrono::steady_clock;

double millisecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

tl::unexpected<Error> failAt(const std::string& id, const Error& error) {
  return fail(error.code, id + ": " + error.message);
}

bool hasArrived(const PreparedSample& sample) { return !sample.image.shape.empty(); }

template <class Part>
void append(Part& whole, const auto& part, std::size_t room) {
  whole.reserve(whole.size() + part.size() * room);
  whole.insert(whole.end(), part.begin(), part.end());
}

// `room`: for how many samples at least, this one included.
void append(Batch& batch, PreparedSample sample, std::size_t room) {
  append(batch.images, sample.image.values, room);
  append(batch.masks, sample.mask.pixels, room);
  append(batch.distances, sample.distances, room);
  append(batch.edges, sample.edges, room);
  append(batch.gaps, sample.gaps, room);
  batch.ids.push_back(std::move(sample.id));
  batch.shape = sample.image.shape;
  batch.shape[0] = static_cast<std::int64_t>(batch.ids.size());
}

Batch emptyBatch(std::pmr::memory_resource* memory) {
  return {.images = std::pmr::vector<float>(memory),
          .masks = std::pmr::vector<std::uint8_t>(memory),
          .distances = std::pmr::vector<float>(memory),
          .edges = std::pmr::vector<std::uint8_t>(memory),
          .gaps = std::pmr::vector<float>(memory)};
}

bool sameSize(const Dims& one, const Dims& other) {  // of images, however many
  return std::equal(one.begin() + 1, one.end(), other.begin() + 1, other.end());
}

tl::unexpected<Error> unequal(const Batch& batch, const PreparedSample& other) {
  const auto size = [](const std::string& id, const Dims& shape) {
    return id + " is " + std::to_string(shape[3]) + "x" + std::to_string(shape[2]);
  };
  return fail(ErrorCode::badData,
              "a batch needs images of one size: " + size(batch.ids[0], batch.shape) + ", " +
                  size(other.id, other.image.shape) +
                  "; set input.resize to stretch or fit, augment with crop, or "
                  "set batch to 1");
}

// Into the batch go those that have arrived and whose turn it is, while their pixels are warm.
// Where sizes may differ all must be there: only then it is known how long a run of equal ones is.
// `count`: of the batch's samples.
Result<void> stackArrived(LoaderSlot& slot, std::size_t count, const LoaderOptions& options) {
  if (options.mixedSizes && slot.arrived < count) return {};
  for (; slot.stacked < count && hasArrived(slot.samples[slot.stacked]); ++slot.stacked) {
    PreparedSample& sample = slot.samples[slot.stacked];
    const Dims shape = sample.image.shape;
    const bool fits = !slot.batches.empty() && sameSize(slot.batches.back().shape, shape);
    if (!fits && !slot.batches.empty() && !options.mixedSizes) {
      if (slot.arrived < count) return {};  // one that cannot be read is told first
      return unequal(slot.batches.back(), sample);
    }
    if (!fits) slot.batches.push_back(emptyBatch(options.memory));
    std::size_t end = options.mixedSizes ? slot.stacked : count;
    while (end < count && sameSize(slot.samples[end].image.shape, shape)) ++end;
    append(slot.batches.back(), std::move(sample), end - slot.stacked);
    sample = PreparedSample();
  }
  return {};
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
  std::thread workers;            // the first of them; it has the others
  std::vector<LoaderSlot> slots;  // batch b waits in slot b % slots.size()
  std::size_t nextBatch = 0;      // the next to be asked for
  std::deque<Batch> ready;        // of those asked for, not handed out yet
  std::size_t failedSample = SIZE_MAX;
  Error error;                // of failedSample, the first in order
  bool failedBefore = false;  // reported already
  bool stop = false;
  bool ended = false;  // the workers: no further sample comes, and `error` is the first
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

  Result<PreparedSample> prepareOne(std::size_t position) const {
    const std::size_t index = order.at(position);
    Result<Sample> sample = augmentedSample(dataset, augmentations, options.seed, index, epoch);
    if (!sample) return fail(sample.error());
    Result<Prepared> prepared = preprocess(sample->image.view(), input);
    if (!prepared) return failAt(sample->id, prepared.error());
    Result<Mask> mask = preprocessMask(sample->mask.view(), input, kVoidLabel);
    if (!mask) return failAt(sample->id, mask.error());
    PreparedSample out{
        .id = sample->id, .image = std::move(prepared->tensor), .mask = std::move(*mask)};
    if (options.maps.distances) out.distances = classDistances(out.mask.view(), options.classes);
    if (options.maps.edges) out.edges = classEdges(out.mask.view());
    if (options.maps.gaps) out.gaps = partGaps(out.mask.view());
    return out;
  }

  Result<PreparedSample> prepare(std::size_t position) const {
    return withoutThrowing("loading a sample", [&] { return prepareOne(position); });
  }

  // False where nobody wants the sample any more.
  bool waitForRoom(std::size_t position) {
    std::unique_lock<std::mutex> lock(mutex);
    const auto needless = [&] { return stop || failedSample < position; };
    const auto known = [&] {
      return needless() || order.batchOf(position) < nextBatch + slots.size();
    };
    if (!known()) {
      const Clock::time_point begin = Clock::now();
      roomOrStop.wait(lock, known);
      times.blockedMs += millisecondsSince(begin) / options.workers;
    }
    return !needless();
  }

  // What a worker does with one sample. Any error here ends the epoch: the samples before it have
  // begun already, and nobody needs later ones.
  Result<void> deliver(std::size_t position) {
    if (!waitForRoom(position)) return fail(ErrorCode::io, "stopped");
    Result<PreparedSample> sample = prepare(position);
    if (!sample) return refuse(position, sample.error());
    return arrive(position, std::move(*sample));
  }

  Result<void> refuse(std::size_t position, const Error& why) {
    const std::lock_guard<std::mutex> lock(mutex);
    if (position < failedSample) {
      failedSample = position;
      error = why;
    }
    roomOrStop.notify_all();
    return fail(why);
  }

  // True for the one that completes the slot.
  Result<bool> arriveIn(LoaderSlot& slot, std::size_t position, PreparedSample sample) const {
    const std::size_t count = order.samplesIn(order.batchOf(position));
    const std::lock_guard<std::mutex> lock(slot.stacking);
    slot.samples[position % options.batch] = std::move(sample);
    ++slot.arrived;
    return withoutThrowing("stacking a batch", [&]() -> Result<bool> {
      const Result<void> stacked = stackArrived(slot, count, options);
      if (!stacked) return fail(stacked.error());
      return slot.stacked == count;
    });
  }

  Result<void> arrive(std::size_t position, PreparedSample sample) {
    const std::size_t batch = order.batchOf(position);
    LoaderSlot& slot = slots[batch % slots.size()];
    const Result<bool> complete = arriveIn(slot, position, std::move(sample));
    if (!complete) return refuse(batch * options.batch, complete.error());
    if (!*complete) return {};
    const std::lock_guard<std::mutex> lock(mutex);
    slot.complete = true;
    batchReady.notify_all();
    return {};
  }

  void clear(LoaderSlot& slot) const {
    slot.samples.clear();
    slot.samples.resize(options.batch);
    slot.arrived = slot.stacked = 0;
    slot.batches.clear();
    slot.complete = false;
  }

  void work() {
    const std::size_t begin =
        std::min(order.samples(), nextBatch * static_cast<std::size_t>(options.batch));
    const Result<void> done =
        parallelFor(order.samples() - begin, {.task = "loading", .threads = options.workers},
                    [&](std::size_t i) { return deliver(begin + i); });
    const std::lock_guard<std::mutex> lock(mutex);
    if (!done && failedSample == SIZE_MAX) error = done.error();
    ended = true;
    batchReady.notify_all();
  }

  Result<std::vector<Batch>> nextFromWorkers() {
    std::unique_lock<std::mutex> lock(mutex);
    LoaderSlot& slot = slots[nextBatch % slots.size()];
    const auto known = [&] { return slot.complete || ended; };
    if (!known()) {
      const Clock::time_point begin = Clock::now();
      batchReady.wait(lock, known);
      times.waitedMs += millisecondsSince(begin);
    }
    if (!slot.complete) {
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
    const std::size_t first = nextBatch * options.batch;
    LoaderSlot slot;
    clear(slot);
    Result<bool> done = false;
    for (std::size_t i = first; done && !*done; ++i) {
      Result<PreparedSample> sample = prepare(i);
      done = sample ? arriveIn(slot, i, std::move(*sample)) : Result<bool>(fail(sample.error()));
    }
    times.waitedMs += millisecondsSince(begin);
    failedBefore = !done;
    if (!done) return fail(done.error());
    ++nextBatch;
    return std::move(slot.batches);
  }

  Result<std::optional<Batch>> next() {
    if (ready.empty()) {
      if (failedBefore || nextBatch >= order.batches() || !order.started())
        return std::optional<Batch>();
      Result<std::vector<Batch>> batches = workers.joinable() ? nextFromWorkers() : nextHere();
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
  state.stop = state.ended = false;
  state.epoch = epoch;
  state.nextBatch = std::min(first, state.order.batches());
  state.ready.clear();
  state.failedSample = SIZE_MAX;
  state.failedBefore = false;
  state.times = {};
  state.order.start(epoch);
  if (state.options.workers == 0) return;
  state.slots = std::vector<LoaderSlot>(static_cast<std::size_t>(state.options.prefetch));
  for (LoaderSlot& slot : state.slots) state.clear(slot);
  try {
    state.workers = std::thread([&state] { state.work(); });
  } catch (const std::system_error&) {  // no thread is to be had: as with no workers
  }
}

Result<std::optional<Batch>> Loader::next() { return state_->next(); }

std::size_t Loader::batchesPerEpoch() const { return state_->order.batches(); }

LoaderTimes Loader::times() const {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  return state_->times;
}

}  // namespace limbus
