#include "native/system/interrupt.h"

#include <csignal>

namespace limbus {
namespace {

volatile std::sig_atomic_t interruptRequested = 0;

void onSignal(int signal) {
  interruptRequested = 1;
  std::signal(signal, SIG_DFL);
}

}  // namespace

InterruptGuard::InterruptGuard() {
  interruptRequested = 0;
  previousInterrupt_ = std::signal(SIGINT, onSignal);
  previousTerminate_ = std::signal(SIGTERM, onSignal);
}

InterruptGuard::~InterruptGuard() {
  std::signal(SIGINT, previousInterrupt_);
  std::signal(SIGTERM, previousTerminate_);
}

bool InterruptGuard::requested() { return interruptRequested != 0; }

}  // namespace limbus
