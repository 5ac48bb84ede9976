// What self-checks found, by the signature of an operation, for one LibTorch on one processor.
//
//   {"version": 1, "engines": {"1f3a...": {"conv ... [2,18,48,48] [18,1,3,1]": true}}}
//
// An engine is the build of LibTorch, the processor or card, the number of threads and the
// environment that steers oneDNN. A file that is missing, damaged or of another version is an empty
// memory.
#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <optional>
#include <string>

#include "shared/json_reader.h"

namespace limbus {

class SelfCheckMemory {
 public:
  SelfCheckMemory(std::filesystem::path file, torch::Device device);  // an empty path: forgets

  std::optional<bool> recall(const std::string& signature) const;
  void learn(const std::string& signature, bool right);
  // Adds what was learnt to what the file holds by now. Where it cannot be written, no harm is
  // done.
  void save() const;

 private:
  Json read() const;

  std::filesystem::path file_;
  std::string engine_;
  Json found_ = Json::object(), learnt_ = Json::object();
};

}  // namespace limbus
