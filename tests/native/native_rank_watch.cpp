// How ranks notice that another is gone.
#include <algorithm>
#include <chrono>
#include <functional>
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
  std::map<std::string, int> changes;              // of what was told
  int looks = 0;                                   // questions so far
  std::function<std::string(int look)> says = {};  // instead of what was told
  bool gone = false;
  std::mutex hanging;  // held: who asks waits

  RankBoard seen() {
    return {.tell =
                [this](const std::string& key, const std::string& value) {
                  const std::lock_guard<std::mutex> lock(mutex);
                  if (gone) throw std::runtime_error("gone");
                  changes[key] += told[key] != value ? 1 : 0;
                  told[key] = value;
                },
            .asked =
                [this](const std::string& key) {
                  const std::lock_guard<std::mutex> answer(hanging);
                  const std::lock_guard<std::mutex> lock(mutex);
                  if (gone) throw std::runtime_error("gone");
                  const int look = looks++;
                  return says ? says(look) : told[key];
                }};
  }
  bool holds(const std::function<bool()>& condition) {
    const std::lock_guard<std::mutex> lock(mutex);
    return condition();
  }
};

// Of a hundred looks that hear the same: 101 are too many.
constexpr RankWatchRules kHasty{.period = std::chrono::milliseconds(1),
                                .silence = std::chrono::milliseconds(100),
                                .meeting = std::chrono::milliseconds(150),
                                .grace = std::chrono::milliseconds(20)};

// One of two ranks, and what it says when it misses the other.
struct Watching {
  Board& board;
  std::promise<std::string> promise;
  std::future<std::string> missed = promise.get_future();
  std::unique_ptr<RankWatch> watch;

  Watching(Board& on, int rank, const RankWatchRules& rules = kHasty)
      : board(on),
        watch(std::make_unique<RankWatch>(
            board.seen(), rank, 2, [this](const std::string& why) { promise.set_value(why); },
            rules)) {}

  bool isQuiet(int milliseconds = 0) {
    return missed.wait_for(std::chrono::milliseconds(milliseconds)) == std::future_status::timeout;
  }
  bool isQuietUntil(const std::function<bool()>& reached) {
    while (!board.holds(reached)) {
      if (!isQuiet(1)) return false;
    }
    return isQuiet();
  }
  std::string said() { return isQuiet(20000) ? "nothing" : missed.get(); }
};

}  // namespace

TEST_CASE("ranks: those that are there hear of each other, and when one is done") {
  RankWatchRules patient = kHasty;
  patient.silence = patient.meeting = std::chrono::minutes(5);
  Board board;
  Watching first(board, 0, patient), second(board, 1, patient);
  CHECK(first.isQuietUntil(
      [&] { return board.changes["alive/0"] > 3 && board.changes["alive/1"] > 3; }));
  CHECK(second.isQuiet());
  second.watch->finish();
  CHECK(board.holds([&] { return board.told["alive/1"] == "done"; }));
  CHECK(first.isQuiet());
}

TEST_CASE("ranks: one that is done is not missed, one that leaves, falls silent or is gone is") {
  Board board;
  const auto saidBy = [&](int rank) { return Watching(board, rank).said(); };
  SECTION("done") {
    board.says = [](int) { return "done"; };
    Watching first(board, 0);
    CHECK(first.isQuietUntil([&] { return board.looks > 250; }));
  }
  SECTION("slow, then silent") {
    board.says = [](int look) { return std::to_string(std::min(look / 101, 2)); };
    CHECK(saidBy(0) == "rank 1 was silent for 0 s");  // whole ones
    CHECK(board.looks == 2 * 101 + 102);
  }
  SECTION("never there") {
    CHECK(saidBy(0) == "rank 1 never came");
    CHECK(board.looks > 150);
  }
  SECTION("left") {
    { const Watching second(board, 1); }
    CHECK(saidBy(0) == "rank 1 has ended");
    CHECK(board.told["alive/0"] == "left");  // and so that one, in its turn
    CHECK(saidBy(1) == "rank 0 has ended");
  }
  SECTION("the board is gone") {
    board.gone = true;
    CHECK(saidBy(1) == "rank 0 is gone");
  }
  SECTION("the board does not answer") {
    Watching second(board, 1);
    const std::lock_guard<std::mutex> silence(board.hanging);  // of rank 0's machine
    CHECK(second.said() == "rank 0 was silent for 0 s");
  }
}
