#include "native/train/executor/torch_threads.h"

#include <ATen/native/TensorIterator.h>
#include <torch/torch.h>

namespace limbus {

void onTorchThreads(std::int64_t count, std::int64_t grain,
                    const std::function<void(std::int64_t, std::int64_t)>& work) {
  // A walk over places that are told by their numbers: its loop is compiled into LibTorch.
  const torch::Tensor places = torch::arange(count, torch::kInt64);
  at::TensorIterator::borrowing_nullary_op(places).for_each(
      [&](char** data, const std::int64_t*, std::int64_t size) {
        const std::int64_t first = *reinterpret_cast<const std::int64_t*>(data[0]);
        work(first, first + size);
      },
      grain);
}

}  // namespace limbus
