// How far a verb has come, on a terminal: "rendering 120/2000  ETA 0:42". Elsewhere nothing.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>

#include "native/system/terminal_line.h"

namespace limbus {

class CountBar {
 public:
  CountBar(std::string title, std::size_t count);

  void step();  // one more is done; from any thread

 private:
  using Clock = std::chrono::steady_clock;

  std::string title_;
  std::size_t count_, done_ = 0;
  Clock::time_point started_ = Clock::now();
  TerminalLine line_;
  std::mutex mutex_;
};

}  // namespace limbus
