#include "native/system/interrupt.h"

#include <atomic>
#include <cstddef>

namespace limbus {
namespace {

constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGUSR1};

volatile std::sig_atomic_t requestedBy = 0;
std::atomic<const char*> otherwise{nullptr};  // who asked without a signal

void onSignal(int signal, siginfo_t* from, void*) {
  const int passed = from->si_code == SI_QUEUE ? from->si_value.sival_int : 0;  // passTo()
  if (requestedBy == 0) requestedBy = passed != 0 ? passed : signal;
  if (signal != SIGUSR1) std::signal(signal, SIG_DFL);
}

}  // namespace

InterruptGuard::InterruptGuard() : previous_() {
  requestedBy = 0;
  otherwise = nullptr;
  struct sigaction ours = {};
  ours.sa_sigaction = onSignal;
  ours.sa_flags = SA_SIGINFO | SA_RESTART;
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], &ours, &previous_[i]);
  }
}

InterruptGuard::~InterruptGuard() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], &previous_[i], nullptr);
  }
}

bool InterruptGuard::requested() { return requestedBy != 0 || otherwise != nullptr; }

void InterruptGuard::askToStop(const char* by) { otherwise = by; }

void InterruptGuard::passTo(int process) {
  sigval signal = {};
  signal.sival_int = requestedBy;
  ::sigqueue(process, SIGUSR1, signal);
}

const char* InterruptGuard::askedBy() {
  if (requestedBy == 0 && otherwise != nullptr) return otherwise;
  return requestedBy == SIGINT ? "SIGINT" : requestedBy == SIGTERM ? "SIGTERM" : "SIGUSR1";
}

}  // namespace limbus
