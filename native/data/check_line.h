// "1200/100000 masks checked" on the terminal, counted by any thread.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>

#include "native/system/terminal_line.h"

namespace limbus {

class CheckLine {
 public:
  CheckLine(std::size_t count, std::string what) : count_(count), what_(std::move(what)) {}
  void step() {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++done_;
    if (!line_.due()) return;
    line_.show(std::to_string(done_) + "/" + std::to_string(count_) + " " + what_);
  }

 private:
  std::size_t count_, done_ = 0;
  std::string what_;
  TerminalLine line_;
  std::mutex mutex_;
};

}  // namespace limbus
