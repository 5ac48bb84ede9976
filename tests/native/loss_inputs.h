// What losses are tried on.
#pragma once

#include <torch/torch.h>

#include <cmath>
#include <vector>

#include "chosen.h"
#include "native/train/losses.h"
#include "native/train/losses/attention.h"
#include "native_catch.h"

namespace limbus::samples {

// Logits whose softmax is p, as [1,K,1,P] from rows of class probabilities per pixel.
inline torch::Tensor logitsOf(const std::vector<std::vector<double>>& pixels) {
  const std::int64_t classes = static_cast<std::int64_t>(pixels[0].size());
  torch::Tensor logits =
      torch::zeros({1, classes, 1, static_cast<std::int64_t>(pixels.size())}, torch::kFloat64);
  for (std::size_t x = 0; x < pixels.size(); ++x) {
    for (std::int64_t k = 0; k < classes; ++k) {
      logits[0][k][0][static_cast<std::int64_t>(x)] = std::log(pixels[x][k]);
    }
  }
  return logits;
}

inline torch::Tensor targetOf(const std::vector<std::int64_t>& labels) {
  return torch::tensor(labels).view({1, 1, -1});
}

inline Result<Loss> lossFrom(const Named& named) {
  Loss loss;
  if (auto read = readOptions(named.json(), "loss", loss.sum); !read) return fail(read.error());
  return loss;
}

// With all that the loader's workers may compute beside the target.
inline LossInput inputOf(const torch::Tensor& logits, const torch::Tensor& target) {
  const int classes = static_cast<int>(logits.size(1));
  const int height = static_cast<int>(target.size(1)), width = static_cast<int>(target.size(2));
  std::vector<torch::Tensor> distances, edges, gaps;
  for (const torch::Tensor& labels : target.to(torch::kUInt8).contiguous().unbind()) {
    const MaskView mask{labels.data_ptr<std::uint8_t>(), width, height, 1};
    distances.push_back(
        torch::tensor(classDistances(mask, classes)).view({classes, height, width}));
    edges.push_back(torch::tensor(classEdges(mask)).view({height, width}).to(torch::kBool));
    gaps.push_back(torch::tensor(partGaps(mask)).view({height, width}));
  }
  // A teacher that gives the true class odds of 3 : 1 against each other one.
  const torch::Tensor valid = (target != kVoidLabel).unsqueeze(1);
  const torch::Tensor teacher = torch::zeros_like(logits.detach())
                                    .scatter(1, target.unsqueeze(1).masked_fill(~valid, 0),
                                             valid.to(logits.scalar_type()) * std::log(3.0));
  const torch::Tensor uneven = torch::arange(1, classes + 1, torch::kFloat64);
  const torch::Tensor shares = uneven / uneven.sum();
  return {.heads = {logits},
          .target = target,
          .distances = torch::stack(distances),
          .edges = torch::stack(edges),
          .gaps = torch::stack(gaps),
          .teacher = teacher,
          .features = {logits},  // where both look, at the targets' size
          .attention = {attentionOf(teacher)},
          .shares = torch::stack({shares, shares / 2 + 0.5})};
}

inline double valueOf(const Named& named, const torch::Tensor& logits,
                      const torch::Tensor& target) {
  const Result<Loss> loss = lossFrom(named);
  REQUIRE(loss);
  return (*loss)(inputOf(logits, target)).item<double>();
}

// Three pixels, two classes; the third is void in some rows.
inline const std::vector<std::vector<double>> kPixels = {{0.75, 0.25}, {0.5, 0.5}, {0.2, 0.8}};

}  // namespace limbus::samples
