// Many calls from a few threads.
//
//   Result<void> read = parallelFor(files.size(), {.task = "reading labels"}, [&](std::size_t i) {
//     return readOne(files[i]);
//   });
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "native/system/processors.h"
#include "shared/result.h"

namespace limbus {

struct ParallelOptions {
  std::string task;  // what goes on, for the error that an exception becomes
  int threads = 0;   // in all, the caller's included, or as many as are to be had; 0: coreCount()
};

// Calls one(0) .. one(count - 1). They begin in this order. After an error no further call begins,
// those before it still end, so the error that comes back is the first in order however the threads
// run. An exception (memory, a library) becomes an error: it must not leave a thread.
Result<void> parallelFor(std::size_t count, const ParallelOptions& options,
                         const std::function<Result<void>(std::size_t)>& one);

// `call`'s result; an exception becomes the error "<task> failed: ...".
template <class Call>
auto withoutThrowing(const std::string& task, const Call& call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::exception& exception) {
    return fail(ErrorCode::io, task + " failed: " + exception.what());
  }
}

}  // namespace limbus
