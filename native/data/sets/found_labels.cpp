#include "native/data/sets/found_labels.h"

#include <algorithm>
#include <atomic>
#include <set>

#include "native/data/files/image_files.h"
#include "native/system/parallel_for.h"
#include "native/system/processors.h"
#include "shared/colour_text.h"

namespace limbus {
namespace {

// Evenly over all pairs; those without a mask or with one that cannot be read are for the audit.
template <class Look>
void lookAtSome(const std::vector<PairFiles>& pairs, std::size_t most, const Look& look) {
  const std::size_t count = std::min(most, pairs.size());
  for (std::size_t i = 0; i < count; ++i) {
    const PairFiles& pair = pairs[i * pairs.size() / count];
    if (pair.mask.empty()) continue;
    const Result<Image> stored = readLabels(pair.mask);
    if (stored && !look(*stored, pair.mask)) return;
  }
}

}  // namespace

bool lookBinary(const std::vector<PairFiles>& pairs) {
  // All of them, up to the first other value: a rare class may be in few masks.
  std::atomic<bool> other{false}, full{false};
  const ParallelOptions options{.task = "looking at masks", .threads = std::min(coreCount(), 8)};
  const Result<void> looked =
      parallelFor(pairs.size(), options, [&](std::size_t i) -> Result<void> {
        if (other || pairs[i].mask.empty()) return {};
        const Result<Image> stored = readLabels(pairs[i].mask);
        if (!stored) return {};  // for the audit
        const std::size_t channels = static_cast<std::size_t>(stored->channels);
        for (std::size_t k = 0; k < stored->pixels.size(); ++k) {
          const std::uint8_t value = stored->pixels[k];
          if (value == 255) full = true;
          // Pure colours are of 0 and 255, too.
          const bool grey = k % channels == 0 || value == stored->pixels[k - 1];
          if (!grey || (value != 0 && value != 255)) other = true;
        }
        return {};
      });
  return looked && full && !other;
}

Result<ClassTable> colourClasses(const std::vector<PairFiles>& pairs, bool either) {
  constexpr std::size_t kLooks = 400;
  constexpr std::size_t kMostColours = 64;
  std::set<Rgb> colours;
  std::filesystem::path coloured, numbered, last;  // a mask of each kind, and the last one seen
  lookAtSome(pairs, kLooks, [&](const Image& stored, const std::filesystem::path& mask) {
    last = mask;
    for (std::size_t i = 0; stored.channels == 3 && i < stored.pixels.size(); i += 3) {
      const Rgb colour = {stored.pixels[i], stored.pixels[i + 1], stored.pixels[i + 2]};
      colours.insert(colour);
      if (colours.size() > kMostColours) return false;
      if (colour[0] != colour[1] || colour[0] != colour[2]) coloured = mask;
    }
    const bool isNumbered = stored.channels == 1 &&
                            std::any_of(stored.pixels.begin(), stored.pixels.end(),
                                        [](std::uint8_t v) { return v != 0 && v != kVoidLabel; });
    if (isNumbered) numbered = mask;
    return true;
  });
  if (colours.size() > kMostColours) {
    return fail(ErrorCode::badData,
                "the masks hold more than " + std::to_string(kMostColours) + " colours, such as " +
                    last.string() +
                    ": soft edges or photographs; masks have one flat colour per class");
  }
  if (either && !coloured.empty() && !numbered.empty()) {
    return fail(ErrorCode::badData,
                "masks hold colours (" + coloured.string() + ") and numbers (" + numbered.string() +
                    "), and nothing says which is which; save all alike, or say the colour and id "
                    "of each class: data.classes, --option classes=FILE.json");
  }
  ClassTable table;
  for (const Rgb& colour : colours) {
    table.entries.push_back({colourText(colour), colour, static_cast<int>(table.entries.size())});
  }
  return table;
}

}  // namespace limbus
