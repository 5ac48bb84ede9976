#include "native/train/progress.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace limbus {
namespace {

constexpr auto kLineInterval = std::chrono::seconds(30);
constexpr int kBarCells = 24;

}  // namespace

double secondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::string showDuration(double seconds) {
  const long whole = std::lround(std::max(0.0, seconds));
  char text[32];
  if (whole < 60) {
    std::snprintf(text, sizeof text, "%ld s", whole);
  } else if (whole < 3600) {
    std::snprintf(text, sizeof text, "%ld:%02ld", whole / 60, whole % 60);
  } else {
    std::snprintf(text, sizeof text, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
  }
  return text;
}

Progress::Progress(const std::filesystem::path& log, bool quiet)
    : log_(log, std::ios::app), quiet_(quiet), bar_(!quiet) {}

void Progress::begin(const std::string& title, std::int64_t steps, std::int64_t later,
                     const std::string& note, std::int64_t before) {
  title_ = title;
  note_ = note;
  later_ = later;
  before_ = before;
  steps_ = std::max<std::int64_t>(1, steps);
  started_ = logged_ = Clock::now();
  bar_.soon();
}

bool Progress::due() const { return Clock::now() - logged_ >= kLineInterval || bar_.due(); }

std::string Progress::describe(std::int64_t done, double loss) const {
  const double seconds = std::max(1e-9, secondsSince(started_));
  const double rate = static_cast<double>(done - before_) / seconds;
  const auto left = [&](std::int64_t steps) {
    return showDuration(static_cast<double>(steps) / rate);
  };
  const std::string run = later_ > 0 ? ", run " + left(steps_ - done + later_) : "";
  char text[160];
  std::snprintf(text, sizeof text, "%lld/%lld  %.2f it/s  ETA %s%s  loss %.4f",
                static_cast<long long>(done), static_cast<long long>(steps_), rate,
                left(steps_ - done).c_str(), run.c_str(), loss);
  return text + (note_.empty() ? "" : "  " + note_);
}

void Progress::step(std::int64_t done, double loss) {
  const Clock::time_point now = Clock::now();
  const std::string text = describe(done, loss);
  if (now - logged_ >= kLineInterval) {
    logged_ = now;
    log_ << title_ << "  " << text << std::endl;
    if (!quiet_ && !bar_.possible()) std::printf("%s  %s\n", title_.c_str(), text.c_str());
    std::fflush(stdout);
  }
  if (bar_.due() || done == steps_) {
    const auto full = static_cast<int>(kBarCells * std::min(done, steps_) / steps_);
    const std::string bar = std::string(full, '#') + std::string(kBarCells - full, '.');
    bar_.show(title_ + " [" + bar + "] " + text);
  }
}

void Progress::note(const std::string& text) {
  bar_.clear();
  log_ << text << std::endl;
}

void Progress::line(const std::string& text) {
  note(text);
  if (quiet_) return;
  std::printf("%s\n", text.c_str());
  std::fflush(stdout);
}

}  // namespace limbus
