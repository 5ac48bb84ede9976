#include "native/system/interrupt.h"

#include <atomic>
#include <csignal>
#include <cstddef>

namespace limbus {
namespace {

constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGUSR1};

volatile std::sig_atomic_t requestedBy = 0;
std::atomic<const char*> otherwise{nullptr};  // who asked without a signal

void onSignal(int signal) {
  if (requestedBy == 0) requestedBy = signal;
  if (signal != SIGUSR1) std::signal(signal, SIG_DFL);
}

}  // namespace

InterruptGuard::InterruptGuard() : previous_() {
  requestedBy = 0;
  otherwise = nullptr;
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    previous_[i] = std::signal(kSignals[i], onSignal);
  }
}

InterruptGuard::~InterruptGuard() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) std::signal(kSignals[i], previous_[i]);
}

bool InterruptGuard::requested() { return requestedBy != 0 || otherwise != nullptr; }

void InterruptGuard::askToStop(const char* by) { otherwise = by; }

const char* InterruptGuard::askedBy() {
  if (requestedBy == 0 && otherwise != nullptr) return otherwise;
  return requestedBy == SIGINT ? "SIGINT" : requestedBy == SIGTERM ? "SIGTERM" : "SIGUSR1";
}

}  // namespace limbus
