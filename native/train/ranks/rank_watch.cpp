#include "native/train/ranks/rank_watch.h"

#include <cstdint>
#include <exception>
#include <utility>
#include <vector>

namespace limbus {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kLeft = "left";
constexpr const char* kDone = "done";

std::string keyOf(int rank) { return "alive/" + std::to_string(rank); }

std::string named(int rank) { return "rank " + std::to_string(rank); }

// What is known of another rank.
struct Other {
  int rank = 0;
  std::string said = {};
  Clock::time_point heard = Clock::now();
};

// Empty: it is there, or done.
std::string missing(Other& other, const std::string& says, std::chrono::milliseconds silence) {
  const Clock::time_point now = Clock::now();
  if (says != other.said) {
    other.said = says;
    other.heard = now;
  }
  if (says == kLeft) return named(other.rank) + " has ended";
  if (says == kDone || now - other.heard <= silence) return "";
  return named(other.rank) + " was silent for " + std::to_string(silence.count() / 1000) + " s";
}

}  // namespace

RankWatch::RankWatch(RankBoard board, int rank, int size,
                     std::function<void(const std::string&)> lost, RankWatchRules rules)
    : board_(std::move(board)),
      rank_(rank),
      size_(size),
      lost_(std::move(lost)),
      rules_(rules),
      thread_([this] { run(); }) {}

RankWatch::~RankWatch() { end(kLeft); }

void RankWatch::finish() { end(kDone); }

void RankWatch::end(const char* lastWord) {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ends_ = true;
  }
  ending_.notify_all();
  thread_.join();
  try {
    board_.tell(keyOf(rank_), lastWord);
  } catch (const std::exception&) {  // nobody is there to hear it
  }
}

bool RankWatch::pause(std::chrono::milliseconds time) {
  std::unique_lock<std::mutex> lock(mutex_);
  return !ending_.wait_for(lock, time, [this] { return ends_; });
}

void RankWatch::run() {
  std::vector<Other> others;
  for (int other = rank_ == 0 ? 1 : 0; other < (rank_ == 0 ? size_ : 1); ++other) {
    others.push_back({.rank = other});
  }
  std::string gone;
  for (std::int64_t beat = 0; gone.empty(); ++beat) {
    try {
      board_.tell(keyOf(rank_), std::to_string(beat));
      for (Other& other : others) {
        if (gone.empty()) gone = missing(other, board_.asked(keyOf(other.rank)), rules_.silence);
      }
    } catch (const std::exception&) {
      gone = named(0) + " is gone";
    }
    if (gone.empty() && !pause(rules_.period)) return;
  }
  if (pause(rules_.grace)) lost_(gone);
}

}  // namespace limbus
