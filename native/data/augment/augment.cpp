#include "native/data/augment/augment.h"

#include "native/data/augment/effects.h"
#include "native/data/augment/option_ranges.h"
#include "shared/json_reader.h"

namespace limbus {

// Of the files of this folder.
std::vector<AugmentationRow> geometricAugmentations();
std::vector<AugmentationRow> bendingAugmentations();
std::vector<AugmentationRow> photometricAugmentations();
std::vector<AugmentationRow> colourAugmentations();
std::vector<AugmentationRow> degradingAugmentations();
std::vector<AugmentationRow> coveringAugmentations();
std::vector<AugmentationRow> mixingAugmentations();

const std::vector<AugmentationRow>& augmentations() {
  static const std::vector<AugmentationRow> rows = [] {
    std::vector<AugmentationRow> all;
    const auto add = [&all](const std::vector<AugmentationRow>& family, bool keepsPlaces = false) {
      for (AugmentationRow row : family) {
        row.keepsPlaces = keepsPlaces;
        all.push_back(std::move(row));
      }
    };
    add(geometricAugmentations());
    add(bendingAugmentations());
    for (const auto& family : {photometricAugmentations(), colourAugmentations(),
                               degradingAugmentations(), coveringAugmentations()}) {
      add(family, true);
    }
    add(mixingAugmentations());
    return all;
  }();
  return rows;
}

void Augmentation::describe(OptionVisitor& v) {
  v.row("name", choice, augmentations(), "augmentation", "which of them");
  v.number("p", probability, {0, 1}, "chance, per image");
  if (group.empty() && v.purpose() == OptionVisitor::Purpose::write) return;
  v.text("oneOf", group,
         "neighbours of one name here are alternatives: one of them, by the chance of the first",
         64);
}

void describeAugmentations(OptionVisitor& v, std::vector<Augmentation>& list, const char* meaning) {
  v.list("augment", meaning,
         {.size = list.size(),
          .most = 256,
          .noun = "augmentations",
          .shorthand = "name",
          .resize = [&](std::size_t count) { list.assign(count, {}); },
          .each = [&](std::size_t index, OptionVisitor& inner) { list[index].describe(inner); }});
}

AugmentationRow drawnRow(const char* name, const char* summary, Options options,
                         Effects (*draw)(const ImageExtent& of, Random& random,
                                         const Options& options)) {
  return {.name = name,
          .summary = summary,
          .options = std::move(options),
          .apply = nullptr,
          .draw = draw};
}

namespace {

Result<void> applyOne(Pair& pair, const Augmentation& augmentation, Random& random,
                      const SampleSource& others) {
  const auto& [row, options] = augmentation.choice;
  if (row->draw != nullptr) {
    applyAll(row->draw(extentOf(pair.image), random, options), pair);
    return {};
  }
  if (row->combine == nullptr) {
    row->apply(pair, random, options);
    return {};
  }
  Result<void> combined = row->combine(pair, random, others, options);
  if (combined) return combined;
  return fail(combined.error().code, std::string(row->name) + ": " + combined.error().message);
}

// Draws which entries happen and calls one(index) for each, which may go on drawing, until an
// error.
template <class One>
Result<void> forDrawn(const std::vector<Augmentation>& list, Random& random, const One& one) {
  for (std::size_t first = 0, end = 0; first < list.size(); first = end) {
    const std::string& group = list[first].group;
    end = first + 1;
    while (end < list.size() && !group.empty() && list[end].group == group) ++end;
    if (!random.chance(list[first].probability)) continue;
    const std::size_t drawn = end - first == 1 ? first
                                               : first + static_cast<std::size_t>(random.integer(
                                                             0, static_cast<int>(end - first) - 1));
    if (Result<void> done = one(drawn); !done) return done;
  }
  return {};
}

}  // namespace

Result<void> augment(Pair& pair, const std::vector<Augmentation>& list, Random& random,
                     const SampleSource& others) {
  return forDrawn(list, random,
                  [&](std::size_t index) { return applyOne(pair, list[index], random, others); });
}

bool isDrawn(const AugmentationRow& row) { return row.draw != nullptr || mixDraw(row) != nullptr; }

Drawn drawOne(const Augmentation& augmentation, const ImageExtent& of, Random& random,
              const SampleLabels& labels) {
  const auto& [row, options] = augmentation.choice;
  if (row->draw != nullptr) return {.effects = row->draw(of, random, options)};
  const std::size_t other = drawOther(labels.size(), random);
  return {.mix = Mix{other, mixDraw(*row)(of, random, labels[other], options)}};
}

std::vector<Drawn> drawList(const std::vector<Augmentation>& list, ImageExtent of, Random& random,
                            const SampleLabels& labels) {
  std::vector<Drawn> drawn(list.size());
  static_cast<void>(forDrawn(list, random, [&](std::size_t index) -> Result<void> {
    drawn[index] = drawOne(list[index], of, random, labels);
    of = extentAfter(drawn[index], of);
    return {};
  }));
  return drawn;
}

}  // namespace limbus
