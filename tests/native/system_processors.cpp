#include <sched.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>

#include "native/system/processors.h"

using namespace limbus;

namespace {

// The calling thread bound to one processor, as taskset and srun bind a process.
class BoundToOne {
 public:
  BoundToOne() {
    sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t one;
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu) {
      if (CPU_ISSET(cpu, &before_)) CPU_SET(cpu, &one);
    }
    sched_setaffinity(0, sizeof one, &one);
  }
  ~BoundToOne() { sched_setaffinity(0, sizeof before_, &before_); }
  BoundToOne(const BoundToOne&) = delete;
  BoundToOne& operator=(const BoundToOne&) = delete;

 private:
  cpu_set_t before_{};
};

}  // namespace

TEST_CASE("processors: those a process is bound to count, not the machine's") {
  const int all = coreCount();
  CHECK(all >= 1);
  {
    const BoundToOne bound;
    CHECK(coreCount() == 1);
    CHECK(coreShare(4) == 1);
  }
  CHECK(coreCount() == all);
}

TEST_CASE("processors: processes share those of their job, unless each is bound to some") {
  const int all = coreCount();
  ::setenv("SLURM_CPUS_ON_NODE", "1", 1);
  CHECK(coreShare(1) == all);
  CHECK(coreShare(2) == std::max(1, all / 2));
  CHECK(coreShare(1000) == 1);
  ::setenv("SLURM_CPUS_ON_NODE", "100000", 1);
  CHECK(coreShare(2) == all);
  ::unsetenv("SLURM_CPUS_ON_NODE");
}
