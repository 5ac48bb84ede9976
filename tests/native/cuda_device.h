// The card that tests of CUDA run on, and what they ask of kernels.
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "native/train/device.h"
#include "native/train/executor/cuda_graph.h"

inline torch::Device cuda() {
  if (!torch::cuda::is_available()) SKIP("no CUDA device");
  return *limbus::chooseDevice("cuda");
}

// Of the largest value expected.
inline double differenceOnCpu(const torch::Tensor& expected, const torch::Tensor& got) {
  const torch::Tensor here = expected.detach().to(torch::kFloat64);
  const torch::Tensor there = got.detach().to(torch::kCPU, torch::kFloat64);
  return ((here - there).abs().max() / here.abs().max().clamp_min(1e-3)).item<double>();
}

// CUDA's reason for refusing a kernel has words: "invalid configuration argument".
inline void checkToldInWords(const char* refusal) {
  REQUIRE(refusal != nullptr);
  CHECK(std::string(refusal).find(' ') != std::string::npos);
}

// What `work` makes, and what its recording makes when `image` is twice as much.
inline std::pair<std::vector<torch::Tensor>, std::vector<torch::Tensor>> replayedWithTwice(
    const torch::Tensor& image, const std::function<std::vector<torch::Tensor>()>& work) {
  const std::vector<torch::Tensor> before = work();  // cuDNN chooses
  std::vector<torch::Tensor> replayed;
  const auto graph = limbus::CudaGraph::record([&] { replayed = work(); });
  REQUIRE(graph != nullptr);
  {
    const torch::NoGradGuard noGradients;
    torch::Tensor(image).mul_(2);
  }
  graph->replay();
  return {before, replayed};
}
