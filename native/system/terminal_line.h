// A line on the terminal that is drawn over itself; nothing where stderr is no terminal.
#pragma once

#include <chrono>
#include <string>

namespace limbus {

class TerminalLine {
 public:
  explicit TerminalLine(bool wanted = true);
  ~TerminalLine();  // leaves an empty line behind
  TerminalLine(const TerminalLine&) = delete;
  TerminalLine& operator=(const TerminalLine&) = delete;

  bool possible() const { return possible_; }
  bool due() const;  // long enough after the last one to be worth drawing
  void soon();       // the next one is due
  void show(const std::string& text);
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  bool possible_;
  bool shown_ = false;
  Clock::time_point drawn_ = Clock::now();
};

}  // namespace limbus
