// Are the numbers of this LibTorch right, on this processor?
//
// Its libraries choose their kernels by processor, and some were wrong: a network then trains to
// nonsense without a word. So, before training and prediction, each distinct operation of the graph
// (attributes, parameters, inputs of its size up to 48 pixels, wide ones fewer, strided dilated
// convolutions 96) runs once forward and backward on the device, as in training and as in
// evaluation, in the precision and layout of the training, and is compared with op_references.h.
// Where it is wrong it runs without oneDNN or cuDNN from then on (Executor::avoidLibraries), and a
// line says so; wrong without them too is an error. What was found is remembered by LibTorch,
// processor or GPU, precision and number of threads, in XDG_CACHE_HOME/limbus (or
// ~/.cache/limbus); a file that cannot be read or written is done without.
//
//   Result<SelfCheck> check = selfCheck(net.graph(), {1, 1, 200, 320}, {.device = device});
//   if (check) net.avoidLibraries(check->wrong);
#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "native/train/executor/executor.h"
#include "native/train/executor/executor_ops.h"
#include "native/train/precision.h"
#include "shared/graph/graph.h"
#include "shared/manifest.h"
#include "shared/result.h"

namespace limbus {

struct SelfCheckOptions {
  torch::Device device = torch::kCPU;
  std::filesystem::path memory = {};  // a file; empty: nothing is remembered
  Precision precision = Precision::float32;
  bool channelsLast = false;
  const OpExecution* (*execution)(Op) = opExecution;
  // What is wrong with somebody who computes together with this process, itself included, by what
  // is wrong here; null: nobody does.
  std::function<std::vector<bool>(const std::vector<bool>& here)> anywhere = nullptr;
};

struct SelfCheck {
  // By index of Graph::nodes: wrong with the libraries, right without; here or with others.
  std::vector<bool> wrong;
  std::string line;  // what to tell; empty when all is right
  int checked = 0;   // distinct operations that ran, not remembered ones
};

// `image` is [N,C,H,W]; its N does not matter.
Result<SelfCheck> selfCheck(const Graph& graph, const Dims& image, const SelfCheckOptions& options);

// Where findings are kept for this user; empty when the environment names no place.
std::filesystem::path selfCheckMemory();

// For nets of one graph that see images as `input` says: checks, tells the nets what to avoid,
// returns the line. It is the user's memory, whatever `options` name.
Result<std::string> selfCheck(const std::vector<Executor*>& nets, const InputSpec& input,
                              SelfCheckOptions options);

}  // namespace limbus
