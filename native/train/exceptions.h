// LibTorch throws; our functions return errors.
#pragma once

#include <torch/torch.h>

#include <exception>
#include <string>

#include "native/train/ranks/ranks.h"
#include "shared/result.h"

namespace limbus {

// Of what it says the first line; the rest is a trace.
inline std::string firstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

// What `run` returns, a Result, or what it threw as an error.
template <class Function>
auto withoutExceptions(Function run) -> decltype(run()) {
  try {
    return run();
  } catch (const RankLost& lost) {
    return fail(ErrorCode::io, lost.what());
  } catch (const c10::Error& error) {
    const std::string message = firstLine(error.what_without_backtrace());
    const bool memory = message.find("out of memory") != std::string::npos ||
                        message.find("not enough memory") != std::string::npos;
    return fail(ErrorCode::unsupported,
                "LibTorch: " + message + (memory ? "; try a smaller batch: --set batch=..." : ""));
  } catch (const std::exception& error) {
    return fail(ErrorCode::unsupported, "training failed: " + firstLine(error.what()));
  }
}

}  // namespace limbus
