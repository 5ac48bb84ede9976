// Being told to stop: Ctrl-C, SIGTERM, and SIGUSR1, which clusters send some time before they end a
// job. The first signal asks for a clean stop; a second Ctrl-C or SIGTERM kills as usual.
#pragma once

#include <array>

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

 private:
  std::array<void (*)(int), 3> previous_;
};

}  // namespace limbus
