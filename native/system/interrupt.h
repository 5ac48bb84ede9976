// Being told to stop: Ctrl-C, SIGTERM, and SIGUSR1, which clusters send some time before they end a
// job. The first signal asks for a clean stop; a second Ctrl-C or SIGTERM kills as usual.
#pragma once

#include <array>
#include <csignal>

namespace limbus {

class InterruptGuard {
 public:
  InterruptGuard();   // takes the signals
  ~InterruptGuard();  // gives them back
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  static bool requested();
  static const char* askedBy();  // "SIGTERM", or whoever called askToStop()

  // As the first signal does; `by` is a literal.
  static void askToStop(const char* by);
  // Asks a process of ours to stop, by SIGUSR1: a second SIGTERM would kill one that was sent the
  // first itself. It is told what we were, and names that.
  static void passTo(int process);

 private:
  std::array<struct sigaction, 3> previous_;
};

}  // namespace limbus
