#include "native/train/batches/batches_ahead.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>

#include "native/train/exceptions.h"
#include "native/train/torch_compat.h"

namespace limbus {
namespace {

// As many batches are ready as take so many bytes, but not fewer nor more of them.
constexpr std::size_t kAheadBytes = std::size_t{64} << 20, kFewest = 2, kMost = 16;

using Clock = std::chrono::steady_clock;
using Next = Result<std::optional<DeviceBatch>>;

double millisecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

std::size_t bytesOf(const Next& batch) {
  std::size_t bytes = 0;
  if (!batch || !*batch) return bytes;
  for (const torch::Tensor* part : tensorsOf(**batch)) {
    if (part->defined()) bytes += part->nbytes();
  }
  return bytes;
}

}  // namespace

struct BatchesAhead::State {
  // What the thread hands over; on CUDA `made` comes when the device has made it.
  struct Ready {
    Next batch;
    std::unique_ptr<c10::Event> made = nullptr;
  };

  std::unique_ptr<BatchSource> source;
  torch::Device device;
  std::optional<c10::Stream> stream = std::nullopt;  // of CUDA

  mutable std::mutex mutex;
  std::condition_variable changed;
  std::deque<Ready> ready;
  bool stop = false, ended = true;
  LoaderTimes times = {};
  std::thread thread;

  State(std::unique_ptr<BatchSource> source_, torch::Device device_)
      : source(std::move(source_)), device(device_) {
    if (!device.is_cuda()) return;
    const c10::impl::VirtualGuardImpl impl(device.type());
    stream = impl.getStreamFromGlobalPool(device, /*isHighPriority=*/false);
  }

  ~State() { halt(); }

  void halt() {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      stop = true;
    }
    changed.notify_all();
    if (thread.joinable()) thread.join();
  }

  // Whether enough are ready; for the mutex's holder.
  bool isAhead() const {
    std::size_t bytes = 0;
    for (const Ready& one : ready) bytes += bytesOf(one.batch);
    return ready.size() >= (bytes < kAheadBytes ? kMost : kFewest);
  }

  Ready make() {
    std::unique_ptr<c10::Event> made;
    Next batch = withoutExceptions([&] {  // nobody catches what a thread throws
      Next next = source->next();
      if (stream) {
        made = std::make_unique<c10::Event>(device.type());
        made->record(*stream);
      }
      return next;
    });
    return {std::move(batch), std::move(made)};
  }

  void work() {
    std::optional<c10::StreamGuard> guard;
    if (stream) guard.emplace(*stream);
    while (true) {
      {
        std::unique_lock<std::mutex> lock(mutex);
        const Clock::time_point begin = Clock::now();
        changed.wait(lock, [&] { return stop || !isAhead(); });
        times.blockedMs += millisecondsSince(begin);
        if (stop) return;
      }
      Ready made = make();
      const bool last = !made.batch || !*made.batch;
      const std::lock_guard<std::mutex> lock(mutex);
      ready.push_back(std::move(made));
      changed.notify_all();
      if (last) return;
    }
  }

  // The step's stream waits for the batch, and its memory for the step.
  void take(const Ready& from, const DeviceBatch& batch) const {
    const c10::impl::VirtualGuardImpl impl(device.type());
    const c10::Stream own = impl.getStream(device);
    from.made->block(own);
    for (const torch::Tensor* part : tensorsOf(batch)) {
      if (part->defined()) part->record_stream(own);
    }
  }
};

BatchesAhead::BatchesAhead(std::unique_ptr<BatchSource> source, torch::Device device)
    : state_(std::make_unique<State>(std::move(source), device)) {}

BatchesAhead::~BatchesAhead() = default;

void BatchesAhead::start(std::uint32_t epoch, std::int64_t firstBatch) {
  State& state = *state_;
  state.halt();
  state.ready.clear();
  state.stop = state.ended = false;
  state.times = {};
  state.source->start(epoch, firstBatch);
  try {
    state.thread = std::thread([&state] { state.work(); });
  } catch (const std::system_error&) {  // no thread is to be had: next() makes them
  }
}

Result<std::optional<DeviceBatch>> BatchesAhead::next() {
  State& state = *state_;
  if (state.ended) return std::optional<DeviceBatch>();
  const Clock::time_point begin = Clock::now();
  if (!state.thread.joinable()) {
    Next batch = withoutExceptions([&] { return state.source->next(); });
    state.times.waitedMs += millisecondsSince(begin);
    state.ended = !batch || !*batch;
    return batch;
  }
  std::unique_lock<std::mutex> lock(state.mutex);
  state.changed.wait(lock, [&] { return !state.ready.empty(); });
  state.times.waitedMs += millisecondsSince(begin);
  State::Ready first = std::move(state.ready.front());
  state.ready.pop_front();
  lock.unlock();
  state.changed.notify_all();
  state.ended = !first.batch || !*first.batch;
  if (!state.ended && first.made) state.take(first, **first.batch);
  return std::move(first.batch);
}

std::int64_t BatchesAhead::batchesPerEpoch() const { return state_->source->batchesPerEpoch(); }

LoaderTimes BatchesAhead::times() const {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  return state_->times;
}

}  // namespace limbus
