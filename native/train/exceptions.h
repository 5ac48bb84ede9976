// LibTorch throws; our functions return errors.
#pragma once

#include <torch/torch.h>

#include <exception>
#include <new>
#include <string>

#include "native/train/ranks/ranks.h"
#include "shared/result.h"

namespace limbus {

// Of what it says the first line; the rest is a trace.
inline std::string firstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

// Of what LibTorch says, of a GPU's memory and of the machine's.
inline bool isOutOfMemory(const std::string& text) {
  for (const char* words : {"out of memory", "not enough memory", "allocate memory"}) {
    if (text.find(words) != std::string::npos) return true;
  }
  return false;
}

inline constexpr const char* kSmallerBatch = "; try a smaller batch: --set batch=...";

// What `run` returns, a Result, or what it threw as an error.
template <class Function>
auto withoutExceptions(Function run) -> decltype(run()) {
  try {
    return run();
  } catch (const RankLost& lost) {
    return fail(ErrorCode::io, lost.what());
  } catch (const c10::Error& error) {
    const std::string message = firstLine(error.what_without_backtrace());
    return fail(ErrorCode::unsupported,
                "LibTorch: " + message + (isOutOfMemory(message) ? kSmallerBatch : ""));
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::unsupported,
                std::string("training failed: out of memory") + kSmallerBatch);
  } catch (const std::exception& error) {
    return fail(ErrorCode::unsupported, "training failed: " + firstLine(error.what()));
  }
}

}  // namespace limbus
