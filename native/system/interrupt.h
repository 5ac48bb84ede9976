// Ctrl-C while training: the first one asks for a clean stop, the second one kills as usual.
#pragma once

namespace limbus {

class InterruptGuard {
 public:
  InterruptGuard();   // takes SIGINT and SIGTERM
  ~InterruptGuard();  // gives them back
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  static bool requested();

 private:
  void (*previousInterrupt_)(int);
  void (*previousTerminate_)(int);
};

}  // namespace limbus
