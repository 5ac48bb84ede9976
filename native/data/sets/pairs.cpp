#include "native/data/sets/pairs.h"

#include <algorithm>
#include <array>

#include "native/data/check_line.h"
#include "native/data/files/image_files.h"
#include "native/data/sets/instance_labels.h"
#include "native/system/parallel_for.h"
#include "native/system/text.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNamedOffenders = 5;  // of each reason
constexpr std::size_t kNamedReasons = 5;

std::string sizeText(int width, int height) {
  return std::to_string(width) + "x" + std::to_string(height);
}

bool isTransposed(const PairRules& rules, ImageSize image, ImageSize mask) {
  return rules.mayBeTransposed && image.width != image.height && mask.width == image.height &&
         mask.height == image.width;
}

// "" when the sizes agree.
std::string sizeProblem(const PairRules& rules, ImageSize image, ImageSize mask) {
  const bool equal = image.width == mask.width && image.height == mask.height;
  if (equal || isTransposed(rules, image, mask)) return "";
  return "image " + sizeText(image.width, image.height) + ", mask " +
         sizeText(mask.width, mask.height);
}

// Colour masks are read like images: a palette stands for its colours.
bool isImage(const PairRules& rules) {
  return rules.labels.values() == LabelValues::colours ||
         rules.labels.values() == LabelValues::binary;
}

Result<Image> readStored(const fs::path& file, const PairRules& rules) {
  if (rules.labels.values() == LabelValues::instances) return readObjects(file);
  return isImage(rules) ? readImage(file) : readLabels(file);
}

Result<ImageSize> readStoredSize(const fs::path& file, const PairRules& rules) {
  return isImage(rules) ? readImageSize(file) : readLabelsSize(file);
}

Result<Mask> labelsOf(const Image& stored, const PairFiles& pair, const PairRules& rules) {
  return rules.byInstance ? labelsOfInstances(stored, pair.instances)
                          : rules.labels.classesOf(stored);
}

Mask upright(const Mask& mask) {
  Mask out(mask.height, mask.width, 1);
  for (int y = 0; y < out.height; ++y) {
    for (int x = 0; x < out.width; ++x) out.row(y)[x] = mask.row(x)[y];
  }
  return out;
}

LabelSet labelsIn(const Mask& mask) {
  std::array<bool, 256> seen{};
  for (const std::uint8_t label : mask.pixels) seen[label] = true;
  LabelSet labels;
  for (std::size_t label = 0; label < seen.size(); ++label) labels[label] = seen[label];
  return labels;
}

std::string shapesProblem(const std::vector<Shape>& shapes, ImageSize image) {
  for (const Shape& shape : shapes) {
    std::string problem = shapeProblem(shape, image);
    if (!problem.empty()) return problem;
  }
  return "";
}

class PairsOnDisk : public Dataset {
 public:
  PairsOnDisk(std::vector<PairFiles> pairs, PairRules rules, LabelSet held)
      : pairs_(std::move(pairs)),
        rules_(std::move(rules)),
        held_(held),
        isDrawn_(rules_.drawn && std::any_of(pairs_.begin(), pairs_.end(), [](const auto& pair) {
                   return !pair.shapes.empty();
                 })) {}
  std::size_t size() const override { return pairs_.size(); }
  Result<Sample> get(std::size_t index, std::uint32_t) const override {
    return readPair(pairs_[index], rules_);
  }
  SampleFacts facts(std::size_t index) const override {
    const PairFiles& pair = pairs_[index];
    return {pair.id,    pair.group, pair.attributes,
            pair.image, pair.mask,  isDrawn_ || !pair.mask.empty()};
  }
  std::vector<ClassSpec> classes() const override { return rules_.classes; }
  bool divided() const override { return rules_.divided; }
  LabelSet labels() const override { return held_; }

 private:
  std::vector<PairFiles> pairs_;
  PairRules rules_;
  LabelSet held_;
  bool isDrawn_;  // not where no image has an outline: the split has no labels
};

// What all begin with, up to a slash; empty for one alone.
std::string commonFolder(const std::vector<std::string>& files) {
  if (files.size() < 2) return "";
  std::size_t length = files.front().size();
  for (const std::string& file : files) {
    const auto differ =
        std::mismatch(file.begin(), file.end(), files.front().begin(), files.front().end());
    length = std::min(length, static_cast<std::size_t>(differ.first - file.begin()));
  }
  return files.front().substr(0, files.front().substr(0, length).rfind('/') + 1);
}

}  // namespace

void Offenders::add(const std::string& who, const std::string& why) {
  ++count_;
  const std::string general = withoutPlace(why);
  auto reason = std::find_if(reasons_.begin(), reasons_.end(),
                             [&](const Reason& known) { return known.why == general; });
  if (reason == reasons_.end()) {
    if (reasons_.size() == kNamedReasons) return;
    reason = reasons_.insert(reason, Reason{general, why, {}});
  }
  if (++reason->count <= kNamedOffenders) reason->first.push_back(who);
}

void Offenders::addMessage(const std::string& message, const std::vector<fs::path>& files) {
  for (const fs::path& file : files) {
    const std::string opening = file.string() + ": ";
    if (message.rfind(opening, 0) != 0) continue;
    return add(file.string(), message.substr(opening.size()));
  }
  add(message);
}

Error Offenders::error() const {
  std::vector<std::string> all;
  for (const Reason& reason : reasons_) {
    all.insert(all.end(), reason.first.begin(), reason.first.end());
  }
  const std::string folder = commonFolder(all);
  std::string text = counted(count_, what_) + ": ";
  if (!folder.empty()) text += "in " + folder + ": ";
  std::size_t told = 0;
  for (const Reason& reason : reasons_) {
    std::vector<std::string> names = reason.first;
    for (std::string& name : names) name.erase(0, folder.size());
    if (told > 0) text += "; ";
    if (reason.count > 1 && !reason.why.empty()) text += reason.why + ": ";
    text += joinFirst(names, names.size());
    if (reason.count == 1 && !reason.why.empty()) text += ": " + reason.ofFirst;
    if (reason.count > names.size()) {
      text += " and " + std::to_string(reason.count - names.size()) + " more";
    }
    told += reason.count;
  }
  if (count_ > told) text += "; and " + std::to_string(count_ - told) + " more for other reasons";
  return {ErrorCode::badData, text};
}

PairProblems problemsOf(const PairFiles& pair, const PairRules& rules) {
  const Result<ImageSize> image = readImageSize(pair.image);
  if (!image) return {.unreadable = image.error().message, .size = "", .labels = ""};
  if (rules.drawn) {
    const std::string problem = shapesProblem(pair.shapes, *image);
    if (problem.empty()) return {};
    return {.unreadable = "", .size = "", .labels = pair.image.string() + ": " + problem};
  }
  if (pair.mask.empty()) return {};
  const std::string file = pair.mask.string() + ": ";
  const Result<ImageSize> size = readStoredSize(pair.mask, rules);
  if (!size) return {.unreadable = size.error().message, .size = "", .labels = ""};
  const std::string differ = sizeProblem(rules, *image, *size);
  if (!differ.empty()) return {.unreadable = "", .size = file + differ, .labels = ""};
  // Nothing can be wrong with a number, and who knows no classes reads everything anyway.
  if (rules.labels.takesAnyNumber() && rules.classes.empty()) return {};
  const Result<Image> stored = readStored(pair.mask, rules);
  if (!stored) return {.unreadable = stored.error().message, .size = "", .labels = ""};
  const Result<Mask> mask = labelsOf(*stored, pair, rules);
  if (!mask) return {.unreadable = "", .size = "", .labels = file + mask.error().message};
  return {.unreadable = "", .size = "", .labels = "", .held = labelsIn(*mask)};
}

Result<LabelSet> auditPairs(const std::vector<PairFiles>& pairs, const PairRules& rules) {
  std::vector<PairProblems> problems(pairs.size());
  CheckLine line(pairs.size(), "masks checked");
  const ParallelOptions options{.task = "checking masks", .threads = std::min(coreCount(), 8)};
  Result<void> checked = parallelFor(pairs.size(), options, [&](std::size_t i) -> Result<void> {
    Result<PairProblems> found =
        withoutThrowing(pairs[i].image.string() + ": checking its mask",
                        [&]() -> Result<PairProblems> { return problemsOf(pairs[i], rules); });
    if (!found) return fail(found.error());
    problems[i] = std::move(*found);
    line.step();
    return {};
  });
  if (!checked) return fail(checked.error());
  std::vector<std::pair<Offenders, std::string PairProblems::*>> kinds = {
      {Offenders("{file|files} cannot be read"), &PairProblems::unreadable},
      {Offenders("{mask differs in size from its image|masks differ in size from their images}"),
       &PairProblems::size},
      {Offenders(rules.drawn ? "{image has|images have} labels that do not fit"
                             : "{mask has|masks have} labels that are not classes"),
       &PairProblems::labels}};
  std::string report;
  for (auto& [offenders, kind] : kinds) {
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      const std::string& problem = problems[i].*kind;
      if (!problem.empty()) offenders.addMessage(problem, {pairs[i].mask, pairs[i].image});
    }
    if (offenders.any()) report += (report.empty() ? "" : "; ") + offenders.error().message;
  }
  if (kinds.back().first.any() && !rules.remedy.empty()) report += "; " + rules.remedy;
  if (!report.empty()) return fail(ErrorCode::badData, report);
  LabelSet held;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (rules.drawn || !pairs[i].mask.empty()) held |= problems[i].held;
  }
  return held;
}

Result<Sample> readPair(const PairFiles& pair, const PairRules& rules) {
  Sample sample;
  sample.id = pair.id;
  Result<Image> image = readImage(pair.image);
  if (!image) return fail(image.error());
  sample.image = std::move(*image);
  const ImageSize imageSize{sample.image.width, sample.image.height};
  if (rules.drawn) {
    const std::string problem = shapesProblem(pair.shapes, imageSize);
    if (!problem.empty()) return fail(ErrorCode::badData, pair.image.string() + ": " + problem);
    sample.mask = drawShapes(pair.shapes, imageSize, rules.background, rules.apart);
    return sample;
  }
  if (pair.mask.empty()) return sample;
  Result<Image> stored = readStored(pair.mask, rules);
  if (!stored) return fail(stored.error());
  const ImageSize maskSize{stored->width, stored->height};
  const std::string problem = sizeProblem(rules, imageSize, maskSize);
  if (!problem.empty()) return fail(ErrorCode::badData, pair.mask.string() + ": " + problem);
  Result<Mask> mask = labelsOf(*stored, pair, rules);
  if (!mask) return fail(mask.error().code, pair.mask.string() + ": " + mask.error().message);
  sample.mask = isTransposed(rules, imageSize, maskSize) ? upright(*mask) : std::move(*mask);
  return sample;
}

std::unique_ptr<Dataset> datasetOfPairs(std::vector<PairFiles> pairs, PairRules rules,
                                        LabelSet held) {
  return std::make_unique<PairsOnDisk>(std::move(pairs), std::move(rules), held);
}

Result<std::unique_ptr<Dataset>> checkedPairs(std::vector<PairFiles> pairs, PairRules rules,
                                              bool audit, const DatasetRequest& request) {
  if (rules.classes.empty()) rules.classes = request.classes;
  if (request.unlabelled) {
    rules.drawn = false;
    for (PairFiles& pair : pairs) pair.mask.clear();
  }
  if (!audit || request.unchecked) return datasetOfPairs(std::move(pairs), std::move(rules));
  const Result<LabelSet> held = auditPairs(pairs, rules);
  if (!held) return fail(held.error());
  return datasetOfPairs(std::move(pairs), std::move(rules), *held);
}

}  // namespace limbus
