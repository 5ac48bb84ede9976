#include "native/system/interrupt.h"

#include <csignal>
#include <cstddef>

namespace limbus {
namespace {

constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGUSR1};

volatile std::sig_atomic_t requestedBy = 0;

void onSignal(int signal) {
  requestedBy = signal;
  if (signal != SIGUSR1) std::signal(signal, SIG_DFL);
}

}  // namespace

InterruptGuard::InterruptGuard() : previous_() {
  requestedBy = 0;
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    previous_[i] = std::signal(kSignals[i], onSignal);
  }
}

InterruptGuard::~InterruptGuard() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) std::signal(kSignals[i], previous_[i]);
}

bool InterruptGuard::requested() { return requestedBy != 0; }

const char* InterruptGuard::signalName() {
  return requestedBy == SIGINT ? "SIGINT" : requestedBy == SIGTERM ? "SIGTERM" : "SIGUSR1";
}

}  // namespace limbus
