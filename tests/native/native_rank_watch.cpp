// How ranks notice that another is gone.
#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>

#include "native/train/ranks/rank_watch.h"
#include "native_catch.h"

using namespace limbus;

namespace {

// What ranks tell each other, without a network.
struct Board {
  std::mutex mutex;
  std::map<std::string, std::string> told;
  bool gone = false;
  std::mutex hanging;  // held: who asks waits

  RankBoard seen() {
    return {.tell =
                [this](const std::string& key, const std::string& value) {
                  const std::lock_guard<std::mutex> lock(mutex);
                  if (gone) throw std::runtime_error("gone");
                  told[key] = value;
                },
            .asked =
                [this](const std::string& key) {
                  const std::lock_guard<std::mutex> answer(hanging);
                  const std::lock_guard<std::mutex> lock(mutex);
                  if (gone) throw std::runtime_error("gone");
                  return told[key];
                }};
  }
};

// One of two ranks, and what it says when it misses the other.
struct Watching {
  std::promise<std::string> promise;
  std::future<std::string> missed = promise.get_future();
  std::unique_ptr<RankWatch> watch;

  Watching(Board& board, int rank)
      : watch(std::make_unique<RankWatch>(
            board.seen(), rank, 2, [this](const std::string& why) { promise.set_value(why); },
            RankWatchRules{.period = std::chrono::milliseconds(5),
                           .silence = std::chrono::milliseconds(1000),
                           .meeting = std::chrono::milliseconds(1500),
                           .grace = std::chrono::milliseconds(1)})) {}

  bool quietFor(int milliseconds) {
    return missed.wait_for(std::chrono::milliseconds(milliseconds)) == std::future_status::timeout;
  }
  std::string said() { return quietFor(20000) ? "nothing" : missed.get(); }
};

}  // namespace

TEST_CASE("ranks: one that is done is not missed, one that leaves, falls silent or is gone is") {
  Board board;
  {
    Watching first(board, 0), second(board, 1);
    CHECK(first.quietFor(100));
    second.watch->finish();
    CHECK(first.quietFor(1500));
    first.watch->finish();
  }
  board.told.clear();
  {
    Watching first(board, 0);
    { const Watching second(board, 1); }
    CHECK(first.said() == "rank 1 has ended");
  }
  board.told = {{"alive/1", "7"}};
  {
    Watching first(board, 0);
    CHECK(first.said() == "rank 1 was silent for 1 s");
  }
  board.told.clear();
  {
    Watching first(board, 0);
    CHECK(first.said() == "rank 1 never came");
  }
  board.told = {{"alive/0", "left"}};
  {
    Watching second(board, 1);
    CHECK(second.said() == "rank 0 has ended");  // as it did above
  }
  board.gone = true;
  {
    Watching second(board, 1);
    CHECK(second.said() == "rank 0 is gone");
  }
  board.gone = false;
  board.told = {{"alive/0", "7"}};
  {
    Watching second(board, 1);
    const std::lock_guard<std::mutex> silence(board.hanging);  // of rank 0's machine
    CHECK(second.said() == "rank 0 was silent for 1 s");
  }
}
