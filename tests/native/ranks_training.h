// Trainings of several processes, and what they need: an environment, a port, a LibTorch that has
// Gloo.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "child_process.h"
#include "command_line.h"
#include "native/system/files.h"
#include "native/train/files/checkpoint.h"
#include "native/train/ranks/ranks.h"
#include "small_runs.h"

// Variables of the environment, while it lives; then they are what they were.
struct Environment {
  explicit Environment(const std::vector<std::pair<const char*, const char*>>& values) {
    for (const auto& [name, value] : values) {
      const char* before = std::getenv(name);
      previous.emplace_back(name, before ? std::optional<std::string>(before) : std::nullopt);
      ::setenv(name, value, 1);
    }
  }
  ~Environment() {
    for (const auto& [name, before] : previous) {
      before ? ::setenv(name, before->c_str(), 1) : ::unsetenv(name);
    }
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  std::vector<std::pair<const char*, std::optional<std::string>>> previous;
};

// Small trainings, of one process or of ranks.
struct RanksTraining {
  ScratchFolder scratch;
  std::string recipe = (scratch / "small.json").string();

  RanksTraining() { REQUIRE(limbus::writeBytes(recipe, kSmallRecipe, false)); }

  // `loss` is a mean over pixels, none of which is void: its mean over ranks is that of the batch.
  std::vector<std::string> words(const std::string& run,
                                 const std::vector<std::string>& more) const {
    std::vector<std::string> line = {"train",    recipe,    "--out", (scratch / run).string(),
                                     "--device", "cpu",     "--set", "loss=ce",
                                     "--set",    "batch=4", "--set", "data.count=8"};
    line.insert(line.end(), more.begin(), more.end());
    return line;
  }

  Said train(const std::string& run, const std::vector<std::string>& more) const {
    return limbusSays(words(run, more));
  }

  // One of two, by hand; what it says lies in the file `rank`.
  pid_t startRank(const char* rank, const std::string& port, const std::string& run,
                  const std::vector<std::string>& more) const {
    const Environment place({{"RANK", rank},
                             {"WORLD_SIZE", "2"},
                             {"MASTER_ADDR", "127.0.0.1"},
                             {"MASTER_PORT", port.c_str()},
                             {"OMP_NUM_THREADS", "1"}});
    return startLimbus(words(run, more), scratch / rank);
  }

  limbus::SavedRun last(const std::string& run) const {
    return limbus::readSavedRun(scratch / run / "last.safetensors").value();
  }
};

// Tests that run at the same time are processes of their own.
inline std::string somePort(int which) {
  return std::to_string(20000 + (::getpid() * 4 + which) % 12000);
}

inline bool canTrainTogether() {
  const limbus::Result<std::unique_ptr<limbus::Ranks>> ranks = limbus::Ranks::join(
      {.rank = 0, .size = 1, .port = static_cast<std::uint16_t>(std::stoi(somePort(0)))});
  if (!ranks && ranks.error().code == limbus::ErrorCode::unsupported) return false;
  return true;
}
