#include "native/data/openeds2019.h"

#include "native/data/pairs.h"
#include "native/system/files.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

fs::path splitFolder(const DatasetRequest& request) {
  const fs::path direct = splitPath(request, "{split}");
  const fs::path nested = splitPath(request, "Semantic_Segmentation_Dataset/{split}");
  std::error_code error;
  return !fs::exists(direct, error) && fs::exists(nested, error) ? nested : direct;
}

struct OpenEds2019Options {
  bool audit = true;

  void describe(OptionVisitor& v) {
    v.flag("audit", audit, "read every label once before anything else");
  }
};

Result<std::unique_ptr<Dataset>> openOpenEds2019(const DatasetRequest& request,
                                                 const OpenEds2019Options& options) {
  const fs::path folder = splitFolder(request);
  Result<std::vector<fs::path>> images = listFiles(folder / "images", {".png"});
  if (!images) {
    std::error_code error;
    const bool plain = fs::is_directory(request.root / "images", error);
    return fail(images.error().code,
                images.error().message + (plain ? "; " + request.root.string() +
                                                      "/images lies there: for images beside "
                                                      "masks use the data set \"folder\" "
                                                      "(--dataset folder)"
                                                : ""));
  }
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
  return checkedPairs(std::move(pairs), rules, options.audit, request);
}

}  // namespace

DatasetRow openEds2019Row() {
  return {"openeds2019",
          "{train,validation,test}/{images/*.png,labels/*.npy}: background, sclera, iris, pupil",
          OpenEds2019Options{},
          true,
          typed<openOpenEds2019>,
          nullptr,
          "openeds"};
}

}  // namespace limbus
