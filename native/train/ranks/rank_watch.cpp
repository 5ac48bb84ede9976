#include "native/train/ranks/rank_watch.h"

#include <cstdint>
#include <exception>
#include <utility>
#include <vector>

namespace limbus {
namespace {

constexpr const char* kLeft = "left";
constexpr const char* kDone = "done";

std::string keyOf(int rank) { return "alive/" + std::to_string(rank); }

std::string named(int rank) { return "rank " + std::to_string(rank); }

// What is known of another rank.
struct Other {
  int rank = 0;
  std::string said = {};
  std::int64_t unchanged = 0;  // looks that heard the same
};

// Looks are counted, not time: whoever was stopped and goes on has not missed the others.
std::int64_t mostLooks(const RankWatchRules& rules) { return rules.silence / rules.period; }

std::string silent(int rank, const RankWatchRules& rules) {
  return named(rank) + " was silent for " + std::to_string(rules.silence.count() / 1000) + " s";
}

// Empty: it is there, or done.
std::string missing(Other& other, const std::string& says, const RankWatchRules& rules) {
  other.unchanged = says == other.said ? other.unchanged + 1 : 0;
  other.said = says;
  if (says == kLeft) return named(other.rank) + " has ended";
  if (says == kDone) return "";
  if (says.empty()) {
    const bool mayCome = other.unchanged <= rules.meeting / rules.period;
    return mayCome ? "" : named(other.rank) + " never came";
  }
  return other.unchanged <= mostLooks(rules) ? "" : silent(other.rank, rules);
}

}  // namespace

RankWatch::RankWatch(RankBoard board, int rank, int size,
                     std::function<void(const std::string&)> lost, RankWatchRules rules)
    : board_(std::move(board)),
      rank_(rank),
      size_(size),
      lost_(std::move(lost)),
      rules_(rules),
      talk_([this] { talk(); }),
      guard_([this] { guardTalk(); }) {}

RankWatch::~RankWatch() { end(kLeft); }

void RankWatch::finish() { end(kDone); }

void RankWatch::end(const char* lastWord) {
  if (!talk_.joinable()) return;
  tell(ends_);
  talk_.join();
  try {
    board_.tell(keyOf(rank_), lastWord);
  } catch (const std::exception&) {  // nobody is there to hear it
  }
  tell(ended_);
  guard_.join();
}

void RankWatch::tell(bool& flag) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    flag = true;
  }
  changed_.notify_all();
}

bool RankWatch::pause(std::chrono::milliseconds time, const bool& until) {
  std::unique_lock<std::mutex> lock(mutex_);
  return !changed_.wait_for(lock, time, [&until] { return until; });
}

void RankWatch::lose(const std::string& why) {
  if (!told_.exchange(true)) lost_(why);
}

void RankWatch::talk() {
  std::vector<Other> others;
  for (int other = rank_ == 0 ? 1 : 0; other < (rank_ == 0 ? size_ : 1); ++other) {
    others.push_back({.rank = other});
  }
  std::string gone;
  for (std::int64_t beat = 0; gone.empty(); ++beat) {
    try {
      board_.tell(keyOf(rank_), std::to_string(beat));
      for (Other& other : others) {
        if (gone.empty()) gone = missing(other, board_.asked(keyOf(other.rank)), rules_);
      }
    } catch (const std::exception&) {
      gone = named(0) + " is gone";
    }
    unanswered_ = 0;
    if (gone.empty() && !pause(rules_.period, ends_)) return;
  }
  if (pause(rules_.grace, ends_)) lose(gone);
}

void RankWatch::guardTalk() {
  while (pause(rules_.period, ended_)) {
    if (++unanswered_ <= mostLooks(rules_) || told_) continue;
    if (pause(rules_.grace, ended_) && unanswered_ > 0) lose(silent(0, rules_));
  }
}

}  // namespace limbus
