// Programs that run beside this one, several at a time.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "shared/result.h"

namespace limbus {

struct Process {
  std::vector<std::string> words;  // the first is the program's file
  std::filesystem::path output;    // what it says, both streams; replaced
  std::vector<std::pair<std::string, std::string>> environment = {};  // added where it lacks them
};

// Runs `count` processes, at most `atOnce` at a time, in order. `finished` hears of each on this
// thread: 128 + the signal for one that a signal ended. An error of either callback, or an
// interrupt (interrupt.h), starts no more; those that run are asked to stop as by Ctrl-C, are
// waited for and are told as well. When this program dies, they do. True: all have run.
Result<bool> runProcesses(
    std::size_t count, std::size_t atOnce,
    const std::function<Result<Process>(std::size_t index)>& make,
    const std::function<Result<void>(std::size_t index, int exitCode)>& finished);

// The file of the program that runs.
Result<std::filesystem::path> ownProgram();

}  // namespace limbus
