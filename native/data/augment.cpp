#include "native/data/augment.h"

#include "native/data/augment_families.h"
#include "shared/json_reader.h"

namespace limbus {
const std::vector<AugmentationRow>& augmentations() {
  static const std::vector<AugmentationRow> rows = [] {
    std::vector<AugmentationRow> all;
    for (const auto& family :
         {geometricAugmentations(), photometricAugmentations(), degradingAugmentations()}) {
      all.insert(all.end(), family.begin(), family.end());
    }
    return all;
  }();
  return rows;
}

void joinRange(OptionVisitor& v, const char* low, const char* high, const char* range,
               const Range& byDefault) {
  if (!v.given(low) && !v.given(high)) return;
  v.rewrite([&](Json& object) -> Result<void> {
    if (object.contains(range)) return {};  // what is left over is refused as unknown
    object[range] = Json::array(
        {object.value(low, Json(byDefault.low)), object.value(high, Json(byDefault.high))});
    object.erase(low);
    object.erase(high);
    return {};
  });
}

void Augmentation::describe(OptionVisitor& v) {
  v.row("name", choice, augmentations(), "augmentation", "which of them");
  v.number("p", probability, {0, 1}, "chance, per image");
}

void describeAugmentations(OptionVisitor& v, std::vector<Augmentation>& list) {
  v.list("augment", "what changes training images, in this order",
         {.size = list.size(),
          .most = 256,
          .noun = "augmentations",
          .resize = [&](std::size_t count) { list.assign(count, {}); },
          .each = [&](std::size_t index, OptionVisitor& inner) { list[index].describe(inner); }});
}

Result<void> augment(Pair& pair, const std::vector<Augmentation>& list, Random& random,
                     const SampleSource& others) {
  for (const Augmentation& augmentation : list) {
    if (!random.chance(augmentation.probability)) continue;
    const auto& [row, options] = augmentation.choice;
    if (row->combine == nullptr) {
      row->apply(pair, random, options);
      continue;
    }
    Result<void> combined = row->combine(pair, random, others, options);
    if (!combined) {
      return fail(combined.error().code, std::string(row->name) + ": " + combined.error().message);
    }
  }
  return {};
}

}  // namespace limbus
