// How much memory something comes to use.
#pragma once

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

// MB beyond what this process has: the most that a copy of it touches while it does `work`.
template <class Work>
long touchedMb(const Work& work) {
  long whole = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> whole >> resident;
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    ::_exit(0);
  }
  int status = 0;
  rusage used{};
  ::wait4(child, &status, 0, &used);
  return (used.ru_maxrss - resident * (::sysconf(_SC_PAGESIZE) / 1024)) / 1024;
}
