// The machine's processors.
#pragma once

namespace limbus {

// How many this process may use: those it is bound to (taskset, Slurm, a container's cpuset), and
// no more than the quotas of its control groups pay for (a container's --cpus). At least 1.
int coreCount();

// How many of them are for this process where `processes` work side by side on the machine: all
// where their launcher (srun, mpirun) has bound each to its own. At least 1.
int coreShare(int processes);

}  // namespace limbus
