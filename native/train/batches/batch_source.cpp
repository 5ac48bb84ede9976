#include "native/train/batches/batch_source.h"

#include <mutex>
#include <unordered_map>

namespace limbus {
namespace {

// Page-locked blocks, from LibTorch's cache of them: one that is given back while the device still
// copies from it is not handed out again before the copy is done.
class PinnedMemory : public std::pmr::memory_resource {
  void* do_allocate(std::size_t sizeBytes, std::size_t) override {
    torch::Tensor block = torch::empty({static_cast<std::int64_t>(sizeBytes)},
                                       torch::dtype(torch::kUInt8).pinned_memory(true));
    void* const begin = block.data_ptr();
    const std::lock_guard<std::mutex> lock(mutex_);
    blocks_.emplace(begin, std::move(block));
    return begin;
  }
  void do_deallocate(void* begin, std::size_t, std::size_t) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    blocks_.erase(begin);
  }
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  std::mutex mutex_;
  std::unordered_map<void*, torch::Tensor> blocks_;
};

std::pmr::memory_resource* memoryFor(torch::Device device) {
  static PinnedMemory pinned;
  return device.is_cuda() ? &pinned : std::pmr::get_default_resource();
}

LoaderOptions withMemory(LoaderOptions options, torch::Device device) {
  options.memory = memoryFor(device);
  return options;
}

// The part's values as a tensor on the device; on the CPU the tensor holds the batch alive.
template <class Value>
torch::Tensor onDevice(const std::shared_ptr<Batch>& batch, std::pmr::vector<Value>& part,
                       const Dims& shape, torch::ScalarType type, torch::Device device) {
  if (part.empty()) return {};
  const torch::Tensor values = torch::from_blob(
      part.data(), shape, [batch](void*) {}, type);
  return device.is_cuda() ? values.to(device, /*non_blocking=*/true) : values;
}

}  // namespace

LoaderSource::LoaderSource(const Dataset& dataset, const InputSpec& input,
                           std::vector<Augmentation> augmentations, LoaderOptions options,
                           torch::Device device)
    : device_(device),
      loader_(dataset, input, std::move(augmentations), withMemory(options, device)) {}

Result<std::optional<DeviceBatch>> LoaderSource::next() {
  Result<std::optional<Batch>> loaded = loader_.next();
  if (!loaded) return fail(loaded.error());
  if (!*loaded) return std::optional<DeviceBatch>();
  const auto batch = std::make_shared<Batch>(std::move(**loaded));
  const Dims& shape = batch->shape;
  const Dims plane = {shape[0], shape[2], shape[3]};
  const std::int64_t planePixels = shape[0] * shape[2] * shape[3];
  const Dims perClass = {shape[0], static_cast<std::int64_t>(batch->distances.size()) / planePixels,
                         shape[2], shape[3]};
  const auto sent = [&](auto& part, const Dims& dims, torch::ScalarType type) {
    return onDevice(batch, part, dims, type, device_);
  };
  return DeviceBatch{.images = sent(batch->images, shape, torch::kFloat32),
                     .target = sent(batch->masks, plane, torch::kUInt8).to(torch::kInt64),
                     .distances = sent(batch->distances, perClass, torch::kFloat32),
                     .edges = sent(batch->edges, plane, torch::kBool),
                     .gaps = sent(batch->gaps, plane, torch::kFloat32),
                     .ids = batch->ids};
}

}  // namespace limbus
