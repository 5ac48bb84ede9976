#include "native/data/folder.h"

#include <map>

#include "native/data/image_files.h"
#include "native/data/pairs.h"
#include "native/data/wrappers.h"
#include "native/system/files.h"
#include "shared/colour_text.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

Result<LabelMap> labelsOf(const std::vector<ClassSpec>& classes, LabelValues values, int voidLabel,
                          const std::string& voidColour) {
  LabelMap labels = LabelMap::ofClasses(classes, values);
  if (Result<void> added = labels.add(voidLabel, "void"); !added) return fail(added.error());
  if (voidColour.empty()) return labels;
  const std::optional<Rgb> colour = parseColour(voidColour);
  if (!colour) {
    return fail(ErrorCode::badData,
                "data.voidColour: expected a colour like \"#ff8800\", got \"" + voidColour + "\"");
  }
  if (Result<void> added = labels.add(*colour, "void"); !added) return fail(added.error());
  return labels;
}

// Every fifth is for validation, the others for training.
std::vector<fs::path> shareOf(const std::string& split, const std::vector<fs::path>& files) {
  std::vector<fs::path> share;
  for (std::size_t i : foldIndices(files.size(), {.folds = 5, .held = 4}, split == "validation")) {
    share.push_back(files[i]);
  }
  return share;
}

// Masks by name without extension; the same name twice is an error.
Result<std::map<std::string, fs::path>> masksByName(const fs::path& folder) {
  Result<std::vector<fs::path>> files = listFiles(folder, {".png", ".npy"});
  if (!files) return fail(files.error());
  std::map<std::string, fs::path> masks;
  for (const fs::path& file : *files) {
    if (!masks.emplace(file.stem().string(), file).second) {
      return fail(ErrorCode::badData,
                  file.string() + ": there is another mask of this name; keep one of them");
    }
  }
  return masks;
}

const std::vector<EnumName<LabelValues>> kLabelValues = {{LabelValues::either, "either"},
                                                         {LabelValues::numbers, "numbers"},
                                                         {LabelValues::colours, "colours"}};

struct FolderOptions {
  std::string images;  // empty: where they usually lie
  std::string masks;   // likewise
  bool hasMasks = true;
  LabelValues labels = LabelValues::either;
  int voidLabel = kVoidLabel;
  std::string voidColour;
  bool audit = true;

  void describe(OptionVisitor& v) {
    v.text("images", images, "folder under DATA; left out: {split}/images or images");
    if (v.purpose() != OptionVisitor::Purpose::write || !masks.empty() || !hasMasks) {
      v.text("masks", masks, "folder under DATA; \"\": none; left out: {split}/masks or masks");
    }
    if (v.given("masks")) hasMasks = !masks.empty();
    v.choice("labels", labels, kLabelValues,
             "what masks hold: class numbers, the classes' colours, or whichever they show");
    v.whole("void", voidLabel, {0, 255}, "the number that takes no part");
    v.text("voidColour", voidColour, "the colour that takes no part, like \"#000000\"");
    v.flag("audit", audit, "read every file once before anything else");
  }
};

Result<std::unique_ptr<Dataset>> openFolder(const DatasetRequest& request,
                                            const FolderOptions& options) {
  std::error_code error;
  const std::string below =
      fs::is_directory(splitPath(request, "{split}"), error) ? "{split}/" : "";
  const std::string images = options.images.empty() ? below + "images" : options.images;
  const std::string masks =
      options.masks.empty() && options.hasMasks ? below + "masks" : options.masks;
  const bool divided = images.find("{split}") != std::string::npos;
  if (!divided && request.splitNamed) {
    return fail(ErrorCode::badArgument, splitPath(request, images).string() +
                                            " holds the images of all splits, not those of '" +
                                            request.split +
                                            "'; leave --split out to take them all");
  }
  Result<LabelMap> labels =
      labelsOf(request.classes, options.labels, options.voidLabel, options.voidColour);
  if (!labels) return fail(labels.error());
  const PairRules rules{.labels = std::move(*labels), .mayBeTransposed = false};

  const fs::path imageFolder = splitPath(request, images);
  Result<std::vector<fs::path>> files = listImages(imageFolder);
  if (!files) return fail(files.error());
  Result<std::map<std::string, fs::path>> byName = std::map<std::string, fs::path>();
  if (!masks.empty()) byName = masksByName(splitPath(request, masks));
  if (!byName) return fail(byName.error());
  if (!divided && request.divide) *files = shareOf(request.split, *files);
  std::vector<PairFiles> pairs;
  Offenders missing("images have no mask in " + splitPath(request, masks).string());
  for (const fs::path& image : *files) {
    PairFiles pair{image.stem().string(), image, {}};
    const auto mask = byName->find(pair.id);
    if (mask != byName->end()) pair.mask = mask->second;
    if (!masks.empty() && pair.mask.empty()) missing.add(image.string());
    pairs.push_back(std::move(pair));
  }
  if (missing.any()) return fail(missing.error());
  if (options.audit) {
    if (Result<void> audited = auditPairs(pairs, rules); !audited) return fail(audited.error());
  }
  return datasetOfPairs(std::move(pairs), rules);
}

}  // namespace

DatasetRow folderRow() {
  return {"folder",
          "DATA/{split}/images and masks, or DATA/images and masks: equal names, masks of class "
          "numbers (grey or palette PNG, npy) or of the classes' colours",
          FolderOptions{}, true, typed<openFolder>};
}

}  // namespace limbus
