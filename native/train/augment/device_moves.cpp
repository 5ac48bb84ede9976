// Pixels at other places, as they are.
#include <limits>

#include "native/train/augment/device_changes.h"
#include "native/train/augment/device_pixels.h"

namespace limbus {

torch::Tensor gathered(const torch::Tensor& planes, const torch::Tensor& y,
                       const torch::Tensor& x) {
  const std::int64_t n = planes.size(0), count = planes.size(1), width = planes.size(3);
  const std::int64_t pixels = planes.size(2) * width;
  // Whole images of large batches are more than 32 bits count.
  const bool large = planes.numel() > std::numeric_limits<std::int32_t>::max();
  const auto numbers = torch::dtype(large ? torch::kInt64 : torch::kInt32).device(planes.device());
  const torch::Tensor begin = torch::arange(n * count, numbers).view({n, count, 1, 1}) * pixels;
  const torch::Tensor index = begin + (y * width + x).unsqueeze(1);
  return planes.reshape({-1}).index_select(0, index.view({-1})).view(index.sizes());
}

void change(const Each<Mirror>& each, const DeviceTables&, PixelBatch& batch) {
  const std::int64_t axis = each[0]->vertical ? -2 : -1;
  batch.images = batch.images.flip({axis});
  batch.masks = batch.masks.flip({axis});
}

void change(const Each<Turn>& each, const DeviceTables&, PixelBatch& batch) {
  const std::int64_t quarters = 4 - each[0]->quarters;  // LibTorch turns anticlockwise
  batch.images = batch.images.rot90(quarters, {2, 3}).contiguous();
  batch.masks = batch.masks.rot90(quarters, {1, 2}).contiguous();
}

void change(const Each<Frame>& each, const DeviceTables&, PixelBatch& batch) {
  const std::int64_t n = batch.images.size(0), fullHeight = batch.images.size(2),
                     fullWidth = batch.images.size(3);
  const std::int64_t height = each[0]->height, width = each[0]->width;
  const auto along = [&](int Frame::*begin, std::int64_t size) {
    const torch::Tensor first =
        tensorOn(batch.images.device(), valuesOf(each, begin), {n, 1}, torch::kInt32);
    return first + torch::arange(size, first.options());
  };
  const torch::Tensor y = along(&Frame::top, height).view({n, height, 1});
  const torch::Tensor x = along(&Frame::left, width).view({n, 1, width});
  const torch::Tensor insideY = y.clamp_max(fullHeight - 1), insideX = x.clamp_max(fullWidth - 1);
  batch.images = gathered(batch.images, insideY, insideX);
  batch.masks = gathered(batch.masks.unsqueeze(1), insideY, insideX).squeeze(1);
  if (height <= fullHeight && width <= fullWidth) return;
  const torch::Tensor outside = (y >= fullHeight).logical_or(x >= fullWidth);
  batch.images.masked_fill_(outside.unsqueeze(1), each[0]->fill);
  batch.masks.masked_fill_(outside, kVoidLabel);
}

}  // namespace limbus
