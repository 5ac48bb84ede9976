// Whether the other ranks of a training are still there, looked after by threads of its own: what
// waits for a rank on a GPU, or for a machine that has gone silent, waits for long.
//
// Every rank tells a sign of life on a board that all see, once per `period`. Rank 0 holds the
// board and looks at all of them; the others look at rank 0, whose end ends them. A rank that is
// gone, or silent for longer than `silence`, is lost; so is rank 0 where the board does not answer
// for as long.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace limbus {

// Both may throw: the board is gone.
struct RankBoard {
  std::function<void(const std::string& key, const std::string& value)> tell;
  std::function<std::string(const std::string& key)> asked;  // "": nobody told
};

struct RankWatchRules {
  std::chrono::milliseconds period{1000}, silence{30000};
  std::chrono::milliseconds meeting{300000};  // instead, of one that has said nothing yet
  // In which a rank that notices it by itself ends in its own words.
  std::chrono::milliseconds grace{5000};
};

class RankWatch {
 public:
  // `lost` is called at most once, from a thread of its own: "rank 1 was silent for 30 s".
  RankWatch(RankBoard board, int rank, int size, std::function<void(const std::string&)> lost,
            RankWatchRules rules = {});
  ~RankWatch();  // without finish(): tells the others that this rank has left
  RankWatch(const RankWatch&) = delete;
  RankWatch& operator=(const RankWatch&) = delete;

  void finish();  // all is done: nobody is missed any more

 private:
  void talk();       // on the board
  void guardTalk();  // which may wait for an answer that never comes
  void end(const char* lastWord);
  void tell(bool& flag);
  bool pause(std::chrono::milliseconds time, const bool& until);  // false: `until` came
  void lose(const std::string& why);

  RankBoard board_;
  int rank_, size_;
  std::function<void(const std::string&)> lost_;
  RankWatchRules rules_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ends_ = false, ended_ = false;
  std::atomic<std::int64_t> unanswered_{0};
  std::atomic<bool> told_{false};
  std::thread talk_, guard_;
};

}  // namespace limbus
