// parallelFor: every call once, the first error in order, exceptions as errors.
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "native/system/parallel_for.h"
#include "no_threads.h"
#include "result_text.h"

using namespace limbus;

TEST_CASE("parallelFor: every index once, with any number of threads") {
  for (int threads : {0, 1, 2, 7, 50}) {
    std::vector<std::atomic<int>> calls(23);
    const auto call = [&](std::size_t i) -> Result<void> { return ++calls[i], Result<void>(); };
    REQUIRE(parallelFor(calls.size(), {.task = "counting", .threads = threads}, call));
    for (const std::atomic<int>& count : calls) REQUIRE(count == 1);
  }
  REQUIRE(parallelFor(0, {.task = "counting"},
                      [](std::size_t) -> Result<void> { return fail(ErrorCode::io, "called"); }));
}

TEST_CASE("parallelFor: the first error in order comes back, whichever came first in time") {
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> calls{0};
    const Result<void> done =
        parallelFor(10000, {.task = "reading", .threads = 4}, [&](std::size_t i) -> Result<void> {
          ++calls;
          if (i == 5) std::this_thread::sleep_for(std::chrono::milliseconds(2));
          if (i >= 5) return fail(ErrorCode::badData, "broken " + std::to_string(i));
          return {};
        });
    REQUIRE_FALSE(done);
    REQUIRE(done.error().message == "broken 5");
    REQUIRE(calls < 10000);
  }
}

TEST_CASE("parallelFor: an exception in any thread is an error that names the task") {
  for (int threads : {1, 3}) {
    const Result<void> done = parallelFor(8, {.task = "reading labels", .threads = threads},
                                          [](std::size_t i) -> Result<void> {
                                            if (i == 6) throw std::runtime_error("no memory");
                                            return {};
                                          });
    REQUIRE_FALSE(done);
    REQUIRE(done.error().code == ErrorCode::io);
    REQUIRE(done.error().message == "reading labels failed: no memory");
  }
}

TEST_CASE("parallelFor: where the system refuses threads the caller's makes all calls") {
  const NoThreads none;
  REQUIRE_THROWS_AS(std::thread([] {}), std::system_error);
  std::vector<int> calls(23);
  REQUIRE(parallelFor(calls.size(), {.task = "counting", .threads = 4},
                      [&](std::size_t i) -> Result<void> { return ++calls[i], Result<void>(); }));
  REQUIRE(calls == std::vector<int>(23, 1));
}
