#include "native/data/pairs.h"

#include <algorithm>
#include <functional>

#include "native/data/image_files.h"
#include "native/system/parallel_for.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNamedOffenders = 20;

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
Result<Image> readStored(const fs::path& file, const PairRules& rules) {
  return rules.labels.values() == LabelValues::colours ? readImage(file) : readLabels(file);
}

Result<ImageSize> readStoredSize(const fs::path& file, const PairRules& rules) {
  return rules.labels.values() == LabelValues::colours ? readImageSize(file) : readLabelsSize(file);
}

Mask upright(const Mask& mask) {
  Mask out(mask.height, mask.width, 1);
  for (int y = 0; y < out.height; ++y) {
    for (int x = 0; x < out.width; ++x) out.row(y)[x] = mask.row(x)[y];
  }
  return out;
}

// What `check` says about every pair ("": nothing), in order; an error ends it. Reading is what
// takes the time, so a few threads.
using Check = std::function<Result<std::string>(const PairFiles&)>;

Result<void> checkAll(const std::vector<PairFiles>& pairs, const std::string& what,
                      const Check& check) {
  std::vector<std::string> problems(pairs.size());
  const ParallelOptions options{.task = "checking masks", .threads = std::min(coreCount(), 8)};
  Result<void> checked = parallelFor(pairs.size(), options, [&](std::size_t i) -> Result<void> {
    Result<std::string> problem = withoutThrowing(pairs[i].image.string() + ": checking its mask",
                                                  [&] { return check(pairs[i]); });
    if (!problem) return fail(problem.error());
    problems[i] = std::move(*problem);
    return {};
  });
  if (!checked) return checked;
  Offenders offenders(what);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (problems[i].empty()) continue;
    const fs::path& file = pairs[i].mask.empty() ? pairs[i].image : pairs[i].mask;
    offenders.add(file.string() + ": " + problems[i]);
  }
  if (offenders.any()) return fail(offenders.error());
  return {};
}

class PairsOnDisk : public Dataset {
 public:
  PairsOnDisk(std::vector<PairFiles> pairs, PairRules rules)
      : pairs_(std::move(pairs)), rules_(std::move(rules)) {}
  std::size_t size() const override { return pairs_.size(); }
  Result<Sample> get(std::size_t index, std::uint32_t) const override {
    return readPair(pairs_[index], rules_);
  }

 private:
  std::vector<PairFiles> pairs_;
  PairRules rules_;
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

void Offenders::add(const std::string& who) {
  if (++count_ <= kNamedOffenders) first_.push_back(who);
}

Error Offenders::error() const {
  const std::string folder = commonFolder(first_);
  std::string text = std::to_string(count_) + " " + what_ + ": ";
  if (!folder.empty()) text += "in " + folder + ": ";
  for (std::size_t i = 0; i < first_.size(); ++i) {
    text += (i == 0 ? "" : ", ") + first_[i].substr(folder.size());
  }
  if (count_ > first_.size()) text += ", and " + std::to_string(count_ - first_.size()) + " more";
  return {ErrorCode::badData, text};
}

Result<void> auditPairs(const std::vector<PairFiles>& pairs, const PairRules& rules) {
  const auto checkSizes = [&](const PairFiles& pair) -> Result<std::string> {
    Result<ImageSize> image = readImageSize(pair.image);
    if (!image) return fail(image.error());
    if (pair.mask.empty()) return "";
    Result<ImageSize> mask = readStoredSize(pair.mask, rules);
    if (!mask) return fail(mask.error());
    return sizeProblem(rules, *image, *mask);
  };
  const auto checkLabels = [&](const PairFiles& pair) -> Result<std::string> {
    if (pair.mask.empty()) return "";
    Result<Image> stored = readStored(pair.mask, rules);
    if (!stored) return fail(stored.error());
    Result<Mask> mask = rules.labels.classesOf(*stored);
    return mask ? "" : mask.error().message;
  };
  Result<void> sizes = checkAll(pairs, "masks differ in size from their images", checkSizes);
  if (!sizes || rules.labels.takesAnyNumber()) return sizes;
  return checkAll(pairs, "masks have labels that are not classes", checkLabels);
}

Result<Sample> readPair(const PairFiles& pair, const PairRules& rules) {
  Sample sample;
  sample.id = pair.id;
  Result<Image> image = readImage(pair.image);
  if (!image) return fail(image.error());
  sample.image = std::move(*image);
  if (pair.mask.empty()) return sample;
  Result<Image> stored = readStored(pair.mask, rules);
  if (!stored) return fail(stored.error());
  const ImageSize imageSize{sample.image.width, sample.image.height};
  const ImageSize maskSize{stored->width, stored->height};
  const std::string problem = sizeProblem(rules, imageSize, maskSize);
  if (!problem.empty()) return fail(ErrorCode::badData, pair.mask.string() + ": " + problem);
  Result<Mask> mask = rules.labels.classesOf(*stored);
  if (!mask) return fail(mask.error().code, pair.mask.string() + ": " + mask.error().message);
  sample.mask = isTransposed(rules, imageSize, maskSize) ? upright(*mask) : std::move(*mask);
  return sample;
}

std::unique_ptr<Dataset> datasetOfPairs(std::vector<PairFiles> pairs, PairRules rules) {
  return std::make_unique<PairsOnDisk>(std::move(pairs), std::move(rules));
}

}  // namespace limbus
