// The machine's memory.
#pragma once

#include <cstdint>
#include <new>
#include <string>

#include "shared/result.h"

namespace limbus {

// What processes here can still take without swapping: of the machine, or of the control group
// (container, Slurm job) where that has less. 0: unknown.
std::int64_t freeMemoryBytes();

// `call`'s result; memory that it asks for in vain becomes an error, which opens with `where`
// ("photos/a.png: "). Not one of ErrorCode::io: others may need less.
template <class Call>
auto withinMemory(const std::string& where, const Call& call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::unsupported, where + "does not fit into memory; make it smaller");
  }
}

}  // namespace limbus
