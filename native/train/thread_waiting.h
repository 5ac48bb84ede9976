// How LibTorch's CPU threads wait for each other.
//
// Threads of OpenMP and OpenBLAS spin while they wait. Where the loader, or anything else, keeps
// the cores busy, they spin away the time of the very thread that they wait for: training steps
// were seen to take a hundred times longer. So OpenMP's threads wait asleep, and matrix products
// stay on the thread that asks for them (which also halves a U-Net's step on idle cores).
//
// Spinning for a moment first gains a fifth on an idle machine (DABNet-18, 8 steps on two
// cores: 10.0 for 12.7 s) and loses all of it once another run starts beside it (13 s became over
// 100), which nobody knows at the start. Who has the machine alone sets GOMP_SPINCOUNT=300000.
//
// Both libraries read their environment when they are loaded, before main(). A program that links
// this file therefore starts itself anew, once, before any library runs, with
// OMP_WAIT_POLICY=passive and OPENBLAS_NUM_THREADS=1 where they were not set. What the user has set
// stands.
#pragma once

namespace limbus {

// True when the environment is as above. Calling it is what links the file in.
bool threadsWaitAsleep();

}  // namespace limbus
