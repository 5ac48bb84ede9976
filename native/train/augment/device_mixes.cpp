// Two samples become one.
#include "native/train/augment/device_changes.h"
#include "native/train/augment/device_pixels.h"

namespace limbus {
namespace {

// The pixels [n,H,W] of these come from the other.
void take(const torch::Tensor& which, const PixelBatch& other, PixelBatch& batch) {
  batch.images = torch::where(which.unsqueeze(1), other.images, batch.images);
  batch.masks = torch::where(which, other.masks, batch.masks);
}

void mixAll(const Each<Patch>& each, const PixelBatch& other, PixelBatch& batch) {
  const std::int64_t n = batch.images.size(0), height = batch.images.size(2),
                     width = batch.images.size(3);
  const auto within = [&](int Patch::*begin, int Patch::*length, std::int64_t size) {
    const auto sent = [&](int Patch::*member) {
      return tensorOn(batch.images.device(), valuesOf(each, member), {n, 1}, torch::kInt32);
    };
    const torch::Tensor first = sent(begin);
    const torch::Tensor place = torch::arange(size, first.options());
    return (place >= first).logical_and(place < first + sent(length));
  };
  take(within(&Patch::top, &Patch::height, height)
           .unsqueeze(2)
           .logical_and(within(&Patch::left, &Patch::width, width).unsqueeze(1)),
       other, batch);
}

void mixAll(const Each<PastedClasses>& each, const PixelBatch& other, PixelBatch& batch) {
  const std::int64_t n = batch.images.size(0);
  std::vector<std::uint8_t> taken(each.size() * 256);
  for (std::size_t i = 0; i < each.size(); ++i) {
    for (const std::uint8_t label : each[i]->labels) taken[i * 256 + label] = 1;
  }
  const torch::Tensor table =
      tensorOn(batch.images.device(), taken, {n * 256}, torch::kUInt8).to(torch::kBool);
  const torch::Tensor begin =
      torch::arange(n, torch::dtype(torch::kInt32).device(table.device())) * 256;
  const torch::Tensor index = other.masks.to(torch::kInt32) + begin.view({n, 1, 1});
  take(table.index_select(0, index.view({-1})).view(index.sizes()), other, batch);
}

void mixAll(const Each<Blend>& each, const PixelBatch& other, PixelBatch& batch) {
  const torch::Tensor share = tensorOn(batch.images.device(), valuesOf(each, &Blend::share),
                                       {batch.images.size(0), 1, 1, 1}, torch::kFloat64);
  batch.images = bytesOf(batch.images * (1 - share).to(torch::kFloat32) +
                         other.images * share.to(torch::kFloat32));
  batch.masks = batch.masks.masked_fill(batch.masks != other.masks, kVoidLabel);
}

}  // namespace

void mix(const Each<Mix>& each, const PixelBatch& all, PixelBatch& batch) {
  std::vector<std::int64_t> others;
  for (const Mix* one : each) others.push_back(static_cast<std::int64_t>(one->other));
  const torch::Tensor rows =
      tensorOn(batch.images.device(), others, {batch.images.size(0)}, torch::kInt64);
  const PixelBatch other{all.images.index_select(0, rows), all.masks.index_select(0, rows)};
  std::visit(
      [&](const auto& first) {
        using How = std::decay_t<decltype(first)>;
        Each<How> how;
        for (const Mix* one : each) how.push_back(&std::get<How>(one->how));
        mixAll(how, other, batch);
      },
      each[0]->how);
}

}  // namespace limbus
