#include "native/system/processors.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <string>
#include <thread>

#include "native/system/control_groups.h"

#ifdef __linux__
#include <sched.h>
#endif

namespace limbus {
namespace {

namespace fs = std::filesystem;

int online() { return static_cast<int>(std::max(1U, std::thread::hardware_concurrency())); }

int bound() {
#ifdef __linux__
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
#endif
  return online();  // also of machines with more than CPU_SETSIZE processors
}

// Processors' worth of time; infinite: no quota.
double quota(double time, double period) {
  return time > 0 && period > 0 ? time / period : std::numeric_limits<double>::infinity();
}

double quotaOfGroups() {
  const fs::path first = fs::path(kControlGroups) / "cpu";
  double time = 0, period = 0;
  std::ifstream(first / "cpu.cfs_quota_us") >> time;
  std::ifstream(first / "cpu.cfs_period_us") >> period;
  double least = quota(time, period);
  for (const fs::path& group : ownControlGroups()) {
    time = period = 0;
    std::ifstream(group / "cpu.max") >> time >> period;  // "max 100000": no quota
    least = std::min(least, quota(time, period));
  }
  return least;
}

// Of the machine, as far as the job or container has it.
int ofAllProcesses() {
  const char* job = std::getenv("SLURM_CPUS_ON_NODE");
  const int cores = job != nullptr ? std::atoi(job) : 0;
  return cores > 0 ? cores : online();
}

}  // namespace

int coreCount() {
  return std::max(1, static_cast<int>(std::min<double>(bound(), std::ceil(quotaOfGroups()))));
}

int coreShare(int processes) {
  const int own = coreCount();
  return bound() < ofAllProcesses() ? own : std::max(1, own / std::max(1, processes));
}

}  // namespace limbus
