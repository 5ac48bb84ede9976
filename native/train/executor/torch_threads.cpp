#include "native/train/executor/torch_threads.h"

#include <algorithm>

#include "native/train/torch_compat.h"

namespace limbus {

void eachOnTorchThreads(std::int64_t count, std::int64_t values,
                        const std::function<void(std::int64_t)>& one) {
  constexpr std::int64_t kGrain = 1 << 15;  // values that are worth a thread
  // A walk over bytes that nobody reads, whose loop is compiled into LibTorch.
  const torch::Tensor bytes = torch::empty({count}, torch::kUInt8);
  const auto* begin = static_cast<const char*>(bytes.data_ptr());
  at::TensorIterator::borrowing_nullary_op(bytes).for_each(
      [&](char** data, const std::int64_t*, std::int64_t size) {
        const std::int64_t first = data[0] - begin;
        for (std::int64_t i = first; i < first + size; ++i) one(i);
      },
      std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, values)));
}

}  // namespace limbus
