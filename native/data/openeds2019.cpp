#include "native/data/openeds2019.h"

#include "native/data/pairs.h"
#include "native/system/files.h"
#include "shared/json_reader.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

fs::path splitFolder(const DatasetRequest& request) {
  const fs::path direct = splitPath(request, "{split}");
  const fs::path nested = splitPath(request, "Semantic_Segmentation_Dataset/{split}");
  std::error_code error;
  return !fs::exists(direct, error) && fs::exists(nested, error) ? nested : direct;
}

}  // namespace

Result<std::unique_ptr<Dataset>> openOpenEds2019(const DatasetRequest& request) {
  Result<Json> json = parseJson(request.optionsJson, "data");
  if (!json) return fail(json.error());
  bool audit = true;
  JsonReader reader(*json, "data");
  reader.read("audit", audit);
  if (std::optional<Error> error = reader.finish()) return fail(*error);

  const fs::path folder = splitFolder(request);
  Result<std::vector<fs::path>> images = listFiles(folder / "images", {".png"});
  if (!images) return fail(images.error());
  if (images->empty()) {
    return fail(ErrorCode::notFound, (folder / "images").string() + ": no .png files in it");
  }
  std::error_code error;
  const bool labelled = request.split != "test" || fs::exists(folder / "labels", error);
  std::vector<PairFiles> pairs;
  Offenders missing("labels are missing");
  for (const fs::path& image : *images) {
    PairFiles pair{image.stem().string(), image, {}};
    if (labelled) {
      pair.mask = folder / "labels" / (pair.id + ".npy");
      if (!fs::exists(pair.mask, error)) missing.add(pair.mask.string());
    }
    pairs.push_back(std::move(pair));
  }
  if (missing.any()) return fail(missing.error());
  const PairRules rules{.labels = LabelMap::ofClasses(request.classes, LabelValues::numbers),
                        .mayBeTransposed = true};
  if (audit) {
    if (Result<void> audited = auditPairs(pairs, rules); !audited) return fail(audited.error());
  }
  return datasetOfPairs(std::move(pairs), rules);
}

}  // namespace limbus
