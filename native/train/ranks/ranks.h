// One training by several processes ("ranks"), on one machine or many: each takes its share of
// every batch, gradients are averaged, batch norms see the whole batch (shared_norm.h). What they
// say to each other goes through LibTorch's own c10d: a TCPStore where they meet, then Gloo between
// CPUs and NCCL between GPUs.
//
//   Result<RankPlace> place = rankPlace();  // from torchrun, Slurm, mpirun, or by hand
//   Result<std::unique_ptr<Ranks>> ranks = Ranks::join(*place, device);
//   (*ranks)->average(gradients);
//
// Every rank must call the same in the same order. A rank that waits for one that is gone ends:
// between CPUs in RankLost, at once where a process is gone; else the process ends with a line on
// stderr, which rank_watch.h bounds.
#pragma once

#include <torch/torch.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "shared/result.h"

namespace limbus {

constexpr std::chrono::minutes kMeetingPatience{5};
// For one that lives and does not come: it reads slowly, or does not do the same.
constexpr std::chrono::minutes kRankPatience{30};

struct RankPlace {
  int rank = 0, size = 1;
  int local = 0;                   // of the ranks on this machine: which GPU is this one's
  int localSize = 1;               // ranks on this machine, which share its cores
  std::string host = "127.0.0.1";  // of rank 0
  std::uint16_t port = 29500;      // where it listens
};

// RANK, LOCAL_RANK, WORLD_SIZE, LOCAL_WORLD_SIZE, MASTER_ADDR and MASTER_PORT (torchrun, or by
// hand), else OMPI_COMM_WORLD_RANK, _LOCAL_RANK, _SIZE and _LOCAL_SIZE (Open MPI's mpirun), else
// SLURM_PROCID, SLURM_LOCALID, SLURM_STEP_NUM_TASKS and SLURM_STEP_TASKS_PER_NODE (srun), else
// PMI_RANK, PMI_SIZE, MPI_LOCALRANKID and MPI_LOCALNRANKS (MPICH's, Intel's). None of them: one
// rank.
Result<RankPlace> rankPlace();

class RankLost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Ranks {
 public:
  // Waits until all are there. `device`: where what they share lies.
  static Result<std::unique_ptr<Ranks>> join(const RankPlace& place,
                                             torch::Device device = torch::kCPU);
  ~Ranks();
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;

  const RankPlace& place() const { return place_; }
  int rank() const { return place_.rank; }
  int size() const { return place_.size; }
  bool first() const { return place_.rank == 0; }

  // In place, to the same on all ranks. The tensors lie on the ranks' device.
  void sum(torch::Tensor values) const;
  void average(const std::vector<torch::Tensor>& values) const;

  // A sum() that goes on beside other work until wait() is back.
  struct Sum {
    torch::Tensor values = {};
    std::function<void()> wait = nullptr;
  };
  Sum startSum(torch::Tensor values) const;
  // Into `values` what the sum over the ranks of them, flat behind each other, comes to.
  void spreadMean(torch::Tensor sum, const std::vector<torch::Tensor>& values) const;

  std::string fromFirst(const std::string& bytes) const;             // what rank 0 gives
  std::vector<std::string> fromAll(const std::string& bytes) const;  // what each gives, in order

  // Waits until all have come here; after it no rank is missed any more, and none is talked to.
  void finish();

 private:
  struct Link;
  Ranks(RankPlace place, torch::Device device, std::unique_ptr<Link> link);
  template <class Function>
  void talk(Function function) const;
  torch::Tensor shared(const torch::Tensor& values) const;  // the sum, on the CPU

  RankPlace place_;
  torch::Device device_;
  std::unique_ptr<Link> link_;
};

}  // namespace limbus
