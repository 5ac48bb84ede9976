#include "native/train/augment/device_effects.h"

#include <map>

#include "native/data/augment/opencv_numbers.h"
#include "native/train/augment/device_changes.h"
#include "native/train/augment/device_pixels.h"

namespace limbus {
namespace {

// Effects of one kind are done together.
int kindOf(const Effect& effect) {
  const int kind = static_cast<int>(effect.what.index()) * 8;
  if (const auto* mirror = std::get_if<Mirror>(&effect.what)) return kind + mirror->vertical;
  if (const auto* turn = std::get_if<Turn>(&effect.what)) return kind + turn->quarters;
  if (const auto* warp = std::get_if<Warp>(&effect.what)) {
    return kind + warp->cubic * 4 + static_cast<int>(warp->border.kind);
  }
  if (const auto* bend = std::get_if<Bend>(&effect.what)) {
    return kind + static_cast<int>(bend->border.kind);
  }
  if (const auto* boxes = std::get_if<Boxes>(&effect.what)) return kind + boxes->hides;
  return kind;
}

void applyKind(const std::vector<const Effect*>& effects, const DeviceTables& tables,
               PixelBatch& batch) {
  std::visit(
      [&](const auto& first) {
        using Kind = std::decay_t<decltype(first)>;
        Each<Kind> each;
        for (const Effect* effect : effects) each.push_back(&std::get<Kind>(effect->what));
        change(each, tables, batch);
      },
      effects[0]->what);
}

// Changes these images of the batch alone.
template <class Change>
void changePart(const std::vector<int>& images, PixelBatch& batch, const Change& changeAll) {
  const std::int64_t count = static_cast<std::int64_t>(images.size());
  if (count == batch.images.size(0)) {
    changeAll(batch);
    return;
  }
  const torch::Tensor which =
      tensorOn(batch.images.device(), images, {count}, torch::kInt32).to(torch::kInt64);
  PixelBatch part{batch.images.index_select(0, which), batch.masks.index_select(0, which)};
  const torch::Tensor masks = part.masks;
  changeAll(part);
  batch.images.index_copy_(0, which, part.images);
  if (!part.masks.is_same(masks)) batch.masks.index_copy_(0, which, part.masks);
}

// Of one entry, in each image.
using EntryOfEach = std::vector<const Drawn*>;

void applyEffects(const EntryOfEach& entry, const DeviceTables& tables, PixelBatch& batch) {
  struct Alike {
    std::vector<int> images;
    std::vector<const Effect*> effects;
  };
  for (std::size_t place = 0;; ++place) {
    std::map<int, Alike> kinds;
    for (std::size_t i = 0; i < entry.size(); ++i) {
      if (place >= entry[i]->effects.size()) continue;
      const Effect& effect = entry[i]->effects[place];
      Alike& alike = kinds[kindOf(effect)];
      alike.images.push_back(static_cast<int>(i));
      alike.effects.push_back(&effect);
    }
    if (kinds.empty()) return;
    for (const auto& kind : kinds) {
      const Alike& alike = kind.second;
      changePart(alike.images, batch,
                 [&](PixelBatch& part) { applyKind(alike.effects, tables, part); });
    }
  }
}

void applyMixes(const EntryOfEach& entry, const PixelBatch& all, PixelBatch& batch) {
  std::vector<int> images;
  Each<Mix> mixes;
  for (std::size_t i = 0; i < entry.size(); ++i) {
    if (!entry[i]->mix) continue;
    images.push_back(static_cast<int>(i));
    mixes.push_back(&*entry[i]->mix);
  }
  if (mixes.empty()) return;
  changePart(images, batch, [&](PixelBatch& part) { mix(mixes, all, part); });
}

}  // namespace

DeviceEffects::DeviceEffects(torch::Device device) {
  const auto weights = [&](bool cubic) {
    return tensorOn(device, warpWeights(cubic), {cubic ? 16 : 4, kWarpPlaces * kWarpPlaces},
                    torch::kInt32)
        .to(torch::kFloat32);
  };
  tables_ = {tensorOn(device, normalTable(), {65536}, torch::kFloat32), weights(false),
             weights(true)};
}

void DeviceEffects::apply(const std::vector<std::vector<Drawn>>& drawn, const PixelBatch& all,
                          PixelBatch& batch) const {
  const std::size_t entries = drawn.empty() ? 0 : drawn[0].size();
  for (std::size_t index = 0; index < entries; ++index) {
    EntryOfEach entry;
    for (const std::vector<Drawn>& one : drawn) entry.push_back(&one[index]);
    applyEffects(entry, tables_, batch);
    applyMixes(entry, all, batch);
  }
}

}  // namespace limbus
