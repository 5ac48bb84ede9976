#include "native/data/audit.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <map>
#include <set>

#include "native/data/check_line.h"
#include "native/data/files/image_files.h"
#include "native/data/fingerprint.h"
#include "native/system/parallel_for.h"
#include "shared/vision/components.h"

namespace limbus {
namespace {

enum Kind {
  unreadable,
  sizes,
  labels,
  emptyMasks,
  numbered,
  rareClasses,
  faint,
  duplicates,
  nearDuplicates,
  repeats,
  leakage
};

std::vector<AuditKind> kinds() {
  return {{"unreadable", "{file|files} cannot be read", true},
          {"sizes", "{mask differs in size from its image|masks differ in size from their images}",
           true},
          {"labels", "{mask has|masks have} labels that are not classes", true},
          {"emptyMasks", "{mask holds|masks hold} one class alone", false},
          {"numbered",
           "{mask seems|masks seem} to number objects, which labels=instances reads as one class",
           false},
          {"rareClasses", "{class is|classes are} in one image alone, or in none", false},
          {"faint", "{image|images} of 16-bit values {uses|use} few of them", false},
          {"duplicates", "{image is|images are} in two splits", true},
          {"nearDuplicates", "{image is|images are} nearly equal to one of another split", true},
          {"repeats", "{image is|images are} there twice in one split", false},
          {"leakage", "{group is|groups are} in two splits", true}};
}

struct Seen {
  std::size_t part = 0;
  std::string name;  // "train/a"
  std::string problem = {};
  Kind kind = labels;
  bool empty = false;
  std::bitset<256> present = {};  // that its mask holds, void left out
  int numbered = 0;               // objects that the mask seems to number
  std::string faint = {};
  std::uint64_t hash = 0;
  std::optional<Fingerprint> print = {};
};

// Which of its files an unusable sample stumbles over.
Kind kindOf(const SampleFacts& facts) {
  const Result<Image> image = readImage(facts.image);
  if (!image) return unreadable;
  if (facts.mask.empty()) return labels;
  std::error_code error;
  if (!std::filesystem::exists(facts.mask, error)) return unreadable;
  const Result<Image> mask = readLabels(facts.mask);
  if (!mask && !readImage(facts.mask)) return unreadable;
  if (!mask) return labels;
  return mask->width == image->width && mask->height == image->height ? labels : sizes;
}

// From 1 on without a gap, each number one part: so many are hardly classes. 0: they may be.
int objectsNumberedIn(const Mask& mask) {
  constexpr int kFewest = 8;
  std::map<int, int> parts;  // by number
  for (const Component& one : findComponents(mask.view())) ++parts[one.classIndex];
  parts.erase(0);
  parts.erase(kVoidLabel);
  const auto count = static_cast<int>(parts.size());
  const bool numbered =
      count >= kFewest && parts.rbegin()->first == count &&
      std::all_of(parts.begin(), parts.end(), [](const auto& one) { return one.second == 1; });
  return numbered ? count : 0;
}

Result<void> look(const AuditPart& part, std::size_t index, Seen& seen) {
  const SampleFacts facts = part.samples->facts(index);
  seen.name = part.split + "/" + facts.id;
  const Result<Sample> sample = part.samples->get(index, 0);
  if (!sample) {
    seen.problem = sample.error().message;
    seen.kind = facts.image.empty() ? unreadable : kindOf(facts);
    if (seen.kind == labels && !facts.mask.empty()) {
      const Result<Image> mask = readLabels(facts.mask);
      if (mask && mask->channels == 1) seen.numbered = objectsNumberedIn(*mask);
    }
    return {};
  }
  for (const std::uint8_t label : sample->mask.pixels) seen.present.set(label);
  seen.present.reset(kVoidLabel);
  seen.empty = seen.present.count() < 2 && !sample->mask.pixels.empty();
  // What numbers mean that nobody names, only they tell.
  if (part.samples->classes().empty()) seen.numbered = objectsNumberedIn(sample->mask);
  seen.faint = faintText(facts.image, sample->image.view());
  seen.hash = contentHash(sample->image.view());
  seen.print = fingerprint(sample->image.view());
  return {};
}

// Every image with every one of an earlier split: of 100,000 images thousands of millions of pairs.
// So what nearly all of them differ in lies side by side, apart from the rest.
Result<void> findNearCopies(const std::vector<const Seen*>& distinct, Audit& audit) {
  std::vector<const Seen*> printed;  // in the order of their parts
  std::vector<Fingerprint::Slopes> slopes;
  std::map<std::size_t, std::size_t> begin;  // of each part among them
  for (const Seen* one : distinct) {
    if (!one->print) continue;
    begin.emplace(one->part, printed.size());
    printed.push_back(one);
    slopes.push_back(one->print->slopes);
  }
  std::vector<const Seen*> found(printed.size(), nullptr);
  CheckLine line(printed.size(), "images compared");
  const ParallelOptions options{.task = "comparing images", .threads = std::min(coreCount(), 8)};
  Result<void> done = parallelFor(printed.size(), options, [&](std::size_t i) -> Result<void> {
    const std::size_t end = begin.at(printed[i]->part);
    for (std::size_t k = 0; k < end && found[i] == nullptr; ++k) {
      if (!fewDiffer(slopes[i], slopes[k])) continue;
      if (nearlyEqual(*printed[i]->print, *printed[k]->print)) found[i] = printed[k];
    }
    line.step();
    return {};
  });
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i] == nullptr) continue;
    audit.kinds[nearDuplicates].items.push_back(printed[i]->name + " is like " + found[i]->name);
  }
  return done;
}

Result<void> findCopies(const std::vector<Seen>& all, Audit& audit) {
  std::map<std::uint64_t, const Seen*> first;
  std::vector<const Seen*> distinct;
  for (const Seen& one : all) {
    if (!one.problem.empty()) continue;
    const auto [entry, isNew] = first.emplace(one.hash, &one);
    if (isNew) {
      distinct.push_back(&one);
      continue;
    }
    const bool across = entry->second->part != one.part;
    audit.kinds[across ? duplicates : repeats].items.push_back(one.name + " is " +
                                                               entry->second->name);
  }
  return findNearCopies(distinct, audit);
}

// Strays of a wrong colour, classes that nobody drew, gaps between numbers: nothing to learn from.
void findRareClasses(const std::vector<AuditPart>& parts, const std::vector<Seen>& all,
                     Audit& audit) {
  constexpr int kFewImages = 10;  // of fewer, each may well be the only one
  std::array<int, 256> images{};
  std::array<const Seen*, 256> one{};
  int labelled = 0, highest = -1;
  for (const Seen& seen : all) {
    labelled += seen.present.any() ? 1 : 0;
    for (int label = 0; seen.present.any() && label < kVoidLabel; ++label) {
      if (!seen.present.test(static_cast<std::size_t>(label))) continue;
      ++images.at(static_cast<std::size_t>(label));
      one.at(static_cast<std::size_t>(label)) = &seen;
      highest = std::max(highest, label);
    }
  }
  if (labelled == 0) return;
  const std::vector<ClassSpec> classes = parts.front().samples->classes();
  const auto count = classes.empty() ? static_cast<std::size_t>(highest + 1) : classes.size();
  std::vector<std::string>& items = audit.kinds[rareClasses].items;
  for (std::size_t i = 0; i < count; ++i) {
    std::string name = classes.empty() ? std::to_string(i) : classes[i].name;
    if (images.at(i) == 0) {
      const std::size_t first = i;
      while (classes.empty() && images.at(i + 1) == 0) ++i;  // up to the highest at most
      if (i > first) name += " to " + std::to_string(i);
      items.push_back(name + ": in no image");
    } else if (images.at(i) == 1 && labelled >= kFewImages) {
      items.push_back(name + ": in " + one.at(i)->name + " alone");
    }
  }
}

void findLeakage(const std::vector<AuditPart>& parts, Audit& audit) {
  std::map<std::string, std::set<std::string>> splits;  // by group
  for (const AuditPart& part : parts) {
    for (std::size_t i = 0; i < part.samples->size(); ++i) {
      const std::string group = part.samples->facts(i).group;
      if (!group.empty()) splits[group].insert(part.split);
    }
  }
  for (const auto& [group, names] : splits) {
    if (names.size() < 2) continue;
    std::string text;
    for (const std::string& name : names) text.append(text.empty() ? "" : " and ").append(name);
    audit.kinds[leakage].items.push_back(std::string(group).append(" is in ").append(text));
  }
}

}  // namespace

std::size_t Audit::problems() const {
  std::size_t count = 0;
  for (const AuditKind& kind : kinds) count += kind.isProblem ? kind.items.size() : 0;
  return count;
}

Result<Audit> auditOf(const std::vector<AuditPart>& parts, const std::function<void()>& read) {
  Audit audit;
  audit.kinds = kinds();
  std::vector<Seen> all;
  std::vector<std::size_t> indices;
  for (std::size_t part = 0; part < parts.size(); ++part) {
    for (std::size_t i = 0; i < parts[part].samples->size(); ++i) {
      all.push_back({.part = part, .name = ""});
      indices.push_back(i);
    }
  }
  const ParallelOptions options{.task = "reading images", .threads = std::min(coreCount(), 8)};
  Result<void> done = parallelFor(all.size(), options, [&](std::size_t i) {
    Result<void> looked = look(parts[all[i].part], indices[i], all[i]);
    if (read) read();
    return looked;
  });
  if (!done) return fail(done.error());
  audit.images = all.size();
  for (const Seen& one : all) {
    if (!one.problem.empty()) audit.kinds[one.kind].items.push_back(one.problem);
    if (one.numbered > 0) {
      audit.kinds[numbered].items.push_back(one.name + ": 1 to " + std::to_string(one.numbered) +
                                            ", each of one part");
    }
    if (one.empty) audit.kinds[emptyMasks].items.push_back(one.name);
    if (!one.faint.empty()) audit.kinds[faint].items.push_back(one.faint);
  }
  if (Result<void> found = findCopies(all, audit); !found) return fail(found.error());
  findLeakage(parts, audit);
  findRareClasses(parts, all, audit);
  return audit;
}

}  // namespace limbus
