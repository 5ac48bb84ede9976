#include "native/data/folder.h"

#include <map>

#include "native/data/image_files.h"
#include "native/data/pairs.h"
#include "native/data/wrappers.h"
#include "native/system/files.h"
#include "shared/colour_text.h"
#include "shared/json_reader.h"

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

}  // namespace

Result<std::unique_ptr<Dataset>> openFolder(const DatasetRequest& request) {
  Result<Json> json = parseJson(request.optionsJson, "data");
  if (!json) return fail(json.error());
  std::error_code error;
  const bool split = fs::is_directory(splitPath(request, "{split}"), error);
  std::string images = split ? "{split}/images" : "images";
  std::string masks = split ? "{split}/masks" : "masks";
  LabelValues values = LabelValues::either;
  int voidLabel = kVoidLabel;
  std::string voidColour;
  bool audit = true;
  JsonReader reader(*json, "data");
  reader.read("images", images).read("masks", masks).read("audit", audit);
  reader.read("labels", values,
              {{LabelValues::either, "either"},
               {LabelValues::numbers, "numbers"},
               {LabelValues::colours, "colours"}});
  reader.read("void", voidLabel, 0, 255).read("voidColour", voidColour);
  if (std::optional<Error> refused = reader.finish()) return fail(*refused);
  Result<LabelMap> labels = labelsOf(request.classes, values, voidLabel, voidColour);
  if (!labels) return fail(labels.error());
  const PairRules rules{.labels = std::move(*labels), .mayBeTransposed = false};

  const fs::path imageFolder = splitPath(request, images);
  Result<std::vector<fs::path>> files = listImages(imageFolder);
  if (!files) return fail(files.error());
  Result<std::map<std::string, fs::path>> byName = std::map<std::string, fs::path>();
  if (!masks.empty()) byName = masksByName(splitPath(request, masks));
  if (!byName) return fail(byName.error());
  if (request.divide && images.find("{split}") == std::string::npos) {
    *files = shareOf(request.split, *files);
  }
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
  if (audit) {
    if (Result<void> audited = auditPairs(pairs, rules); !audited) return fail(audited.error());
  }
  return datasetOfPairs(std::move(pairs), rules);
}

}  // namespace limbus
