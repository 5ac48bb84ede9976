#include "native/train/thread_waiting.h"

#include <cstdlib>
#include <cstring>

#ifdef __linux__
#include <unistd.h>
#endif

namespace limbus {

bool threadsWaitAsleep() {
  const char* policy = std::getenv("OMP_WAIT_POLICY");
  return policy != nullptr && std::strcmp(policy, "passive") == 0;
}

#ifdef __linux__
namespace {

constexpr const char* kWanted[] = {"OMP_WAIT_POLICY=passive", "OPENBLAS_NUM_THREADS=1"};
constexpr int kMostVariables = 4000;

bool sameName(const char* a, const char* b) {
  const std::size_t length = std::strcspn(a, "=");
  return std::strncmp(a, b, length + 1) == 0;
}

bool holds(char** environment, const char* wanted) {
  for (; *environment != nullptr; ++environment) {
    if (sameName(wanted, *environment)) return true;
  }
  return false;
}

// Runs before the initialisers of all libraries; the C library's own state is not ready yet, so
// this keeps to the stack and one system call. Where the call fails the program goes on as it is.
void startAnew(int, char** arguments, char** environment) {
  static const char* extended[kMostVariables + 3];
  int count = 0;
  while (environment[count] != nullptr && count < kMostVariables) {
    extended[count] = environment[count];
    ++count;
  }
  if (environment[count] != nullptr) return;
  const int before = count;
  for (const char* wanted : kWanted) {
    if (!holds(environment, wanted)) extended[count++] = wanted;
  }
  if (count > before) {
    execve("/proc/self/exe", arguments, const_cast<char* const*>(extended));
  }
}

__attribute__((section(".preinit_array"), used)) void (*beforeLibraries)(int, char**,
                                                                         char**) = startAnew;

}  // namespace
#endif

}  // namespace limbus
