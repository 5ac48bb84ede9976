#include "native/commands/parts/count_bar.h"

#include "native/train/progress.h"

namespace limbus {

CountBar::CountBar(std::string title, std::size_t count)
    : title_(std::move(title)), count_(count) {}

void CountBar::step() {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++done_;
  if (!line_.due()) return;
  const double seconds = secondsSince(started_);
  const double left = seconds * static_cast<double>(count_ - done_) / static_cast<double>(done_);
  line_.show(title_ + " " + std::to_string(done_) + "/" + std::to_string(count_) + "  ETA " +
             showDuration(left));
}

}  // namespace limbus
