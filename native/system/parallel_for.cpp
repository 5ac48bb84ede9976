#include "native/system/parallel_for.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <limits>
#include <mutex>
#include <thread>
#include <vector>

namespace limbus {
namespace {

// The first error in order of the calls.
class FirstError {
 public:
  void add(std::size_t index, Error error) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (index >= index_) return;
    index_ = index;
    error_ = std::move(error);
  }
  Result<void> result() const {
    if (index_ == kNone) return {};
    return fail(error_);
  }

 private:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  std::mutex mutex_;
  std::size_t index_ = kNone;
  Error error_;
};

}  // namespace

Result<void> parallelFor(std::size_t count, const ParallelOptions& options,
                         const std::function<Result<void>(std::size_t)>& one) {
  std::atomic<std::size_t> next{0};
  std::atomic<bool> stop{false};
  FirstError first;
  const auto work = [&] {
    while (!stop) {
      const std::size_t index = next++;
      if (index >= count) return;
      Result<void> done = withoutThrowing(options.task, [&] { return one(index); });
      if (done) continue;
      first.add(index, std::move(done.error()));
      stop = true;
    }
  };
  const std::size_t wanted =
      static_cast<std::size_t>(options.threads > 0 ? options.threads : coreCount());
  std::vector<std::thread> threads;
  try {
    for (std::size_t i = 1; i < std::min(wanted, count); ++i) threads.emplace_back(work);
  } catch (const std::exception&) {  // no more are to be had: those that run do all
  }
  work();
  for (std::thread& thread : threads) thread.join();
  return first.result();
}

}  // namespace limbus
