#include "native/commands/count_bar.h"

#include <unistd.h>

#include <cstdio>

#include "native/train/progress.h"

namespace limbus {

CountBar::CountBar(std::string title, std::size_t count)
    : title_(std::move(title)),
      count_(count),
      terminal_(isatty(STDERR_FILENO) == 1),
      started_(Clock::now()),
      drawn_(started_) {}

CountBar::~CountBar() {
  if (shown_) std::fprintf(stderr, "\r\033[K");
}

void CountBar::step() {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++done_;
  const Clock::time_point now = Clock::now();
  if (!terminal_ || now - drawn_ < std::chrono::milliseconds(200)) return;
  drawn_ = now;
  shown_ = true;
  const double seconds = std::chrono::duration<double>(now - started_).count();
  const double left = seconds * static_cast<double>(count_ - done_) / static_cast<double>(done_);
  std::fprintf(stderr, "\r\033[K%s %zu/%zu  ETA %s", title_.c_str(), done_, count_,
               showDuration(left).c_str());
  std::fflush(stderr);
}

}  // namespace limbus
