#include "native/commands/pseudo_label/files.h"

#include <cstdio>
#include <iostream>
#include <set>

#include "native/commands/parts/count_bar.h"
#include "native/commands/parts/output_folder.h"
#include "native/commands/parts/predictor_options.h"
#include "native/data/files/csv.h"
#include "native/data/files/image_files.h"
#include "native/data/sets/pairs.h"
#include "native/infer/pseudo_labels.h"
#include "native/system/files.h"
#include "native/system/interrupt.h"
#include "native/system/json_files.h"
#include "native/system/memory.h"
#include "native/system/text.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

constexpr const char* kList = "labels.csv";
constexpr const char* kCounts = "labels.json";

Result<Planes> probabilitiesOf(std::size_t index, const fs::path& file, const Ensemble& models) {
  const std::string where = file.string() + ": ";
  return withinMemory(where, [&]() -> Result<Planes> {
    const Result<Image> image = readImage(file);
    if (!image) return fail(image.error());
    const Result<Field> field = models.field(index, image->view());
    if (!field) return fail(field.error().code, where + field.error().message);
    return planesOf(*field, Averaged::probabilities);
  });
}

// Calls `each` with the probabilities of every image that has some. False: told to stop.
template <class Each>
Result<bool> lookAtAll(const char* title, const std::vector<UnlabelledImage>& images,
                       const Ensemble& models, bool quiet, Each each) {
  std::optional<CountBar> bar;
  if (!quiet) bar.emplace(title, images.size());
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (InterruptGuard::requested()) return false;
    if (Result<void> done = each(i, probabilitiesOf(i, images[i].file, models)); !done) {
      return fail(done.error());
    }
    if (bar) bar->step();
  }
  return true;
}

// Unlike for any two images, whatever folders they come from: numbers tell those apart whose names
// do not.
std::vector<fs::path> labelPaths(const DatasetRow& dataset,
                                 const std::vector<UnlabelledImage>& images) {
  std::set<fs::path> taken;
  std::vector<fs::path> paths;
  for (std::size_t i = 0; i < images.size(); ++i) {
    const fs::path& image = images[i].file;
    const std::string numbered = format("%06zu-", i) + image.stem().string();
    if (dataset.labelFile == nullptr) {
      paths.push_back(fs::path("masks") / (numbered + ".png"));
      continue;
    }
    fs::path path = dataset.labelFile(image);
    for (std::string name = numbered; !taken.insert(path).second; name = "0" + name) {
      path = dataset.labelFile(image.parent_path() / (name + ".png"));
    }
    paths.push_back(std::move(path));
  }
  return paths;
}

Result<void> writeLabel(const fs::path& file, MaskView mask) {
  if (Result<void> made = makeFolder(file.parent_path()); !made) return made;
  return file.extension() == ".npy" ? writeNpyMask(file, mask, false) : writePng(file, mask, false);
}

struct Labels {
  PseudoLabelCounts counts;
  std::string list;
};

void count(const PseudoLabel& label, bool kept, PseudoLabelCounts& counts) {
  for (std::size_t k = 0; k < label.pixels.size(); ++k) {
    counts.pixels += label.pixels[k];
    counts.classPixels[k] += static_cast<double>(label.pixels[k]);
    if (!kept) continue;
    counts.keptPixels += label.kept[k];
    counts.classKept[k] += static_cast<double>(label.kept[k]);
  }
  counts.kept += kept ? 1 : 0;
}

Error nothingKept(const Labels& labels) {
  return {ErrorCode::badData,
          "none of " + std::to_string(labels.counts.images) +
              " images passes the recipe's pseudoLabels; lower thresholds, leastKept or "
              "leastConfidence, or take a better model"};
}

}  // namespace

Json PseudoLabelCounts::json() const {
  return {{"images", images},           {"kept", kept},
          {"unreadable", unreadable},   {"pixels", pixels},
          {"keptPixels", keptPixels},   {"least", least},
          {"classPixels", classPixels}, {"classKept", classKept}};
}

Result<PseudoLabelCounts> readPseudoLabelCounts(const Json& json, const std::string& where) {
  PseudoLabelCounts counts;
  JsonReader reader(json, where);
  for (const char* key : {"images", "kept", "unreadable", "pixels", "keptPixels", "least",
                          "classPixels", "classKept"}) {
    reader.required(key);
  }
  reader.read("images", counts.images, 1, 1 << 30)
      .read("kept", counts.kept, 1, 1 << 30)
      .read("unreadable", counts.unreadable, 0, 1 << 30)
      .read("pixels", counts.pixels, 0, kMaxJsonInteger)
      .read("keptPixels", counts.keptPixels, 0, kMaxJsonInteger)
      .read("least", counts.least, 0, 1)
      .read("classPixels", counts.classPixels, 0, kMaxJsonInteger)
      .read("classKept", counts.classKept, 0, kMaxJsonInteger);
  if (auto error = reader.finish()) return fail(*error);
  return counts;
}

Result<std::optional<PseudoLabelCounts>> writePseudoLabels(
    const std::vector<UnlabelledImage>& images, Ensemble& models, const PseudoLabelRules& rules,
    const fs::path& folder, bool quiet, const DatasetRow& dataset) {
  const InterruptGuard guard;
  const auto classes = static_cast<int>(models.manifest().classes.size());
  std::vector<fs::path> files;
  for (const UnlabelledImage& one : images) files.push_back(one.file);
  if (Result<void> looked = lookAhead(files, models); !looked) {
    if (InterruptGuard::requested()) return std::nullopt;
    return fail(looked.error());
  }
  Confidences confidences(classes);
  if (rules.share < 1) {
    const Result<bool> seen = lookAtAll("measuring", images, models, quiet,
                                        [&](std::size_t, const Result<Planes>& planes) {
                                          if (planes) confidences.add(*planes);
                                          return Result<void>();
                                        });
    if (!seen) return fail(seen.error());
    if (!*seen) return std::nullopt;
  }
  Result<OutputFolder> made = OutputFolder::make(folder);
  if (!made) return fail(made.error());
  const std::vector<fs::path> paths = labelPaths(dataset, images);
  Labels labels;
  labels.list = "image,mask,group\n";
  labels.counts.images = static_cast<int>(images.size());
  labels.counts.least = leastConfidences(rules, classes, &confidences);
  labels.counts.classPixels.resize(static_cast<std::size_t>(classes));
  labels.counts.classKept.resize(static_cast<std::size_t>(classes));
  Offenders unreadable("{image is|images are} left out");
  const auto labelOne = [&](std::size_t i, const Result<Planes>& planes) -> Result<void> {
    if (!planes) {
      ++labels.counts.unreadable;
      unreadable.addMessage(planes.error().message, {images[i].file});
      return {};
    }
    const PseudoLabel label = pseudoLabelOf(*planes, labels.counts.least);
    const bool kept = isKept(label, rules);
    count(label, kept, labels.counts);
    if (!kept) return {};
    labels.list += csvField(images[i].file.string()) + "," + csvField(paths[i].string()) + "," +
                   csvField(images[i].group) + "\n";
    return writeLabel(made->path() / paths[i], label.mask.view());
  };
  const Result<bool> seen = lookAtAll("labelling", images, models, quiet, labelOne);
  if (!seen) return fail(seen.error());
  if (!*seen) return std::nullopt;
  if (unreadable.any()) std::cerr << "limbus: " << unreadable.error().message << "\n";
  if (labels.counts.kept == 0) return fail(nothingKept(labels));
  for (const auto& [name, text] :
       {std::pair(kList, labels.list), std::pair(kCounts, dumpJson(labels.counts.json()) + "\n")}) {
    if (Result<void> written = writeBytes(made->path() / name, text, false); !written) {
      return fail(written.error());
    }
  }
  if (Result<void> published = made->publish(); !published) return fail(published.error());
  return labels.counts;
}

Result<std::optional<PseudoLabelCounts>> foundPseudoLabels(const fs::path& folder) {
  const fs::path file = folder / kCounts;
  const Result<std::optional<Json>> json = readJsonIfThere(file);
  if (!json) return fail(json.error());
  if (!*json) return std::nullopt;
  Result<PseudoLabelCounts> counts = readPseudoLabelCounts(**json, file.string());
  if (!counts) return fail(counts.error());
  return *counts;
}

Json pseudoLabelData(const fs::path& folder) {
  return {{"dataset", "folder"},
          {"root", fs::absolute(folder).lexically_normal().string()},
          {"list", kList},
          {"labels", "numbers"}};
}

}  // namespace limbus
