// What a person sees of a run: a live bar on a terminal, plain lines elsewhere and in train.log.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "native/system/terminal_line.h"

namespace limbus {

class Progress {
 public:
  // `quiet`: train.log only. The bar goes to stderr when that is a terminal, lines go to stdout.
  Progress(const std::filesystem::path& log, bool quiet);

  // "epoch 3/40", how many steps it has and how many come after it in the run; `note` stands at the
  // end of the bar ("mIoU 0.93"). `before` of the steps were taken by a run that this one resumes.
  void begin(const std::string& title, std::int64_t steps, std::int64_t later,
             const std::string& note, std::int64_t before = 0);
  // True when step() will show something: only then is `loss` worth fetching from the device.
  bool due() const;
  void step(std::int64_t done, double loss);
  void line(const std::string& text);  // a whole line, for good
  void note(const std::string& text);  // the same, in train.log alone

 private:
  using Clock = std::chrono::steady_clock;
  std::string describe(std::int64_t done, double loss) const;

  std::ofstream log_;
  bool quiet_;
  TerminalLine bar_;
  std::string title_, note_;
  std::int64_t steps_ = 0, later_ = 0, before_ = 0;
  Clock::time_point started_, logged_;
};

double secondsSince(std::chrono::steady_clock::time_point start);
std::string showDuration(double seconds);  // "42 s", "3:07", "1:02:11"

}  // namespace limbus
