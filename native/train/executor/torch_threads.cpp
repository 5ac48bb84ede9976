#include "native/train/executor/torch_threads.h"

#include "native/train/torch_compat.h"

namespace limbus {

void onTorchThreads(std::int64_t count, std::int64_t grain,
                    const std::function<void(std::int64_t, std::int64_t)>& work) {
  // A walk over bytes that nobody reads, whose loop is compiled into LibTorch.
  const torch::Tensor bytes = torch::empty({count}, torch::kUInt8);
  const auto* begin = static_cast<const char*>(bytes.data_ptr());
  at::TensorIterator::borrowing_nullary_op(bytes).for_each(
      [&](char** data, const std::int64_t*, std::int64_t size) {
        const std::int64_t first = data[0] - begin;
        work(first, first + size);
      },
      grain);
}

}  // namespace limbus
