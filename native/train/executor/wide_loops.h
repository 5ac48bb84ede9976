// Loops that are compiled twice.
#pragma once

#include <cstdint>  // brings __GLIBC__

// In front of a function: it and what it calls, for every processor and again for those with AVX2,
// eight floats at a time instead of four; the C library takes the fitting one as the program
// starts. Neither fuses a product and a sum. Clang has no such pair of attributes.
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__)
#define LIMBUS_WIDE_LOOPS __attribute__((target_clones("avx2", "default"), flatten))
#else
#define LIMBUS_WIDE_LOOPS
#endif
