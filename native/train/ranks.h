// One training by several processes ("ranks"), on one machine or many: each takes its share of
// every batch, gradients are averaged, batch norms see the whole batch. What they say to each other
// goes through LibTorch's own c10d: a TCPStore where they meet, Gloo between CPUs.
//
//   Result<RankPlace> place = rankPlace();          // from torchrun, Slurm,
//   mpirun, or by hand Result<std::unique_ptr<Ranks>> ranks =
//   Ranks::join(*place);
//   (*ranks)->average(gradients);
//
// Every rank must call the same in the same order. What a rank waits for in vain ends in RankLost:
// at once where a process is gone, after kRankWait where a machine is.
#pragma once

#include <torch/torch.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "shared/result.h"

namespace limbus {

constexpr std::chrono::seconds kRankWait{300};

struct RankPlace {
  int rank = 0, size = 1;
  std::string host = "127.0.0.1";  // of rank 0
  std::uint16_t port = 29500;      // where it listens
};

// RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT (torchrun, or by hand), else SLURM_PROCID and
// SLURM_STEP_NUM_TASKS (srun), else OMPI_COMM_WORLD_RANK and OMPI_COMM_WORLD_SIZE (mpirun). None of
// them: one rank.
Result<RankPlace> rankPlace();

class RankLost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Ranks {
 public:
  // Waits until all are there.
  static Result<std::unique_ptr<Ranks>> join(const RankPlace& place);
  ~Ranks();
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;

  int rank() const { return place_.rank; }
  int size() const { return place_.size; }
  bool first() const { return place_.rank == 0; }

  void sum(torch::Tensor values) const;                          // in place, the same on all ranks
  void average(const std::vector<torch::Tensor>& values) const;  // in place, in flat buckets
  std::string fromFirst(const std::string& bytes) const;         // what rank 0 gives

 private:
  struct Link;
  Ranks(RankPlace place, std::unique_ptr<Link> link);
  template <class Function>
  void talk(Function function) const;

  RankPlace place_;
  std::unique_ptr<Link> link_;
};

// While it lives, batch norms that train take mean and variance over the ranks' batches together.
class SharedNorms {
 public:
  explicit SharedNorms(const Ranks* ranks);
  ~SharedNorms();
  SharedNorms(const SharedNorms&) = delete;
  SharedNorms& operator=(const SharedNorms&) = delete;

  static const Ranks* ranks();  // null: none lives
};

// Batch norm of [N,C,H,W] over all ranks (Ioffe and Szegedy, 2015; what PyTorch calls
// SyncBatchNorm): `parameters` are scale, shift, running mean and running variance, which move by
// `momentum`.
torch::Tensor sharedBatchNorm(const torch::Tensor& input,
                              const std::vector<torch::Tensor>& parameters, double momentum,
                              double eps, const Ranks& ranks);

}  // namespace limbus
