#include "native/train/pixel_counts.h"

#include <cmath>
#include <cstring>
#include <string>

#include "shared/image.h"

namespace limbus {
namespace {

// Neighbouring pixels are mostly of one kind; in as many places they do not wait for each other.
constexpr std::int64_t kStripes = 64;

ConfusionMatrix matrixAt(const std::int64_t* cells, int classes) {
  ConfusionMatrix matrix(classes);
  for (int truth = 0; truth < classes; ++truth) {
    for (int predicted = 0; predicted < classes; ++predicted) {
      matrix.count(truth, predicted, *cells++);
    }
  }
  return matrix;
}

// Exact for squares.
int sideOf(std::size_t cells) { return static_cast<int>(std::sqrt(static_cast<double>(cells))); }

}  // namespace

std::vector<ConfusionMatrix> countByImage(const torch::Tensor& logits,
                                          const torch::Tensor& target) {
  const std::int64_t images = target.size(0), classes = logits.size(1);
  const torch::Tensor valid = target != kVoidLabel;  // [N,H,W]
  const torch::Tensor image = torch::arange(images, target.options()).view({-1, 1, 1});
  const torch::Tensor cell = (image * classes + target) * classes + logits.argmax(1);  // [N,H,W]
  const torch::Tensor counts =
      torch::bincount(cell.masked_select(valid), {}, images * classes * classes).to(torch::kCPU);
  std::vector<ConfusionMatrix> matrices;
  for (std::int64_t i = 0; i < images; ++i) {
    matrices.push_back(matrixAt(counts.data_ptr<std::int64_t>() + i * classes * classes,
                                static_cast<int>(classes)));
  }
  return matrices;
}

torch::Tensor pixelCounts(int classes, torch::Device device) {
  return torch::zeros({std::int64_t{classes} * classes + 1},
                      torch::dtype(torch::kInt64).device(device));
}

void addPixels(const torch::Tensor& counts, const torch::Tensor& logits,
               const torch::Tensor& target) {
  const torch::NoGradGuard noGradients;
  const std::int64_t classes = logits.size(1), cells = counts.size(0);
  const torch::Tensor cell = (target * classes + logits.argmax(1))
                                 .masked_fill(target == kVoidLabel, cells - 1)
                                 .flatten();  // [N*H*W]
  const torch::Tensor stripe =
      torch::arange(cell.size(0), cell.options()).remainder(kStripes) * cells;
  torch::Tensor striped = torch::zeros({kStripes * cells}, counts.options());
  striped.scatter_add_(0, cell + stripe, torch::ones_like(cell));
  torch::Tensor(counts).add_(striped.view({kStripes, cells}).sum(0));
}

ConfusionMatrix matrixOf(const torch::Tensor& counts) {
  const torch::Tensor cells = counts.to(torch::kCPU);
  return matrixAt(cells.data_ptr<std::int64_t>(),
                  sideOf(static_cast<std::size_t>(cells.size(0) - 1)));
}

void setPixels(const torch::Tensor& counts, const ConfusionMatrix& matrix) {
  torch::Tensor(counts).narrow(0, 0, counts.size(0) - 1).copy_(torch::tensor(cellsOf(matrix)));
}

std::vector<std::int64_t> cellsOf(const ConfusionMatrix& matrix) {
  std::vector<std::int64_t> cells;
  for (int truth = 0; truth < matrix.classes(); ++truth) {
    for (int predicted = 0; predicted < matrix.classes(); ++predicted) {
      cells.push_back(matrix.at(truth, predicted));
    }
  }
  return cells;
}

ConfusionMatrix matrixOf(const std::vector<std::int64_t>& cells) {
  return matrixAt(cells.data(), sideOf(cells.size()));
}

std::vector<ConfusionMatrix> fromAllRanks(const Ranks& ranks,
                                          const std::vector<ConfusionMatrix>& own, int classes) {
  std::vector<std::int64_t> cells;
  for (const ConfusionMatrix& matrix : own) {
    const std::vector<std::int64_t> of = cellsOf(matrix);
    cells.insert(cells.end(), of.begin(), of.end());
  }
  const std::size_t each = static_cast<std::size_t>(classes) * classes;
  const std::string said(reinterpret_cast<const char*>(cells.data()),
                         cells.size() * sizeof(cells[0]));
  std::vector<ConfusionMatrix> all;
  for (const std::string& bytes : ranks.fromAll(said)) {
    cells.resize(bytes.size() / sizeof(cells[0]));
    std::memcpy(cells.data(), bytes.data(), bytes.size());
    for (std::size_t at = 0; at + each <= cells.size(); at += each) {
      all.push_back(matrixAt(&cells[at], classes));
    }
  }
  return all;
}

}  // namespace limbus
