// OpenEDS 2020 sparse segmentation: sequences of frames, of which one in twenty is labelled.
//
//   ROOT/S_<i>/<n>.png           8-bit, 640 wide, 400 high
//   ROOT/S_<i>/label_<n>.npy     classes 0 to 3
//
// ROOT may also hold openEDS2020-SparseSegmentation/participant or participant. A sequence is a
// group. Nothing divides them: every fifth sequence is for validation unless data.split says
// otherwise ({"folds": 10, "grouped": true}). Split "test" gives the frames without a label, of
// which whole sequences can be predicted.
#include <set>

#include "native/data/files/image_files.h"
#include "native/data/sets/class_table.h"
#include "native/data/sets/eye_classes.h"
#include "native/data/sets/named_files.h"
#include "native/data/sets/pairs.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

struct OpenEds2020Options {
  bool unlabelled = false;
  bool audit = true;
  std::string others;

  void describe(OptionVisitor& v) {
    v.flag("unlabelled", unlabelled, "the frames without a label too, their masks empty");
    v.flag("audit", audit, "read every label once before anything else");
    describeOthers(v, others);
  }
};

fs::path openEds2020Root(const DatasetRequest& request) {
  std::error_code error;
  for (const char* below : {"openEDS2020-SparseSegmentation/participant", "participant"}) {
    if (fs::is_directory(request.root / below, error)) return request.root / below;
  }
  return request.root;
}

Result<std::vector<PairFiles>> frames(const fs::path& root) {
  const auto images = namedFiles(root, {".png"});
  if (!images) return fail(images.error());
  const auto labels = namedFiles(root, {".npy"});
  if (!labels) return fail(labels.error());
  std::vector<PairFiles> pairs;
  for (const auto& [name, file] : *images) {
    const fs::path place(name);
    PairFiles pair{.id = name, .image = file};
    pair.group = place.parent_path().string();
    const auto label =
        labels->find((place.parent_path() / ("label_" + place.filename().string())).string());
    if (label != labels->end()) pair.mask = label->second;
    pairs.push_back(std::move(pair));
  }
  std::set<std::string> known;
  for (const PairFiles& pair : pairs) known.insert(pair.mask.string());
  Offenders alone("{label has|labels have} no image");
  for (const auto& [name, file] : *labels) {
    if (known.count(file.string()) == 0) alone.add(file.string());
  }
  if (alone.any()) return fail(alone.error());
  if (pairs.empty()) return fail(ErrorCode::notFound, root.string() + ": no frames S_*/*.png");
  return pairs;
}

// Every fifth sequence, in order of their names, is for validation.
bool isValidation(const std::set<std::string>& sequences, const std::string& group) {
  return std::distance(sequences.begin(), sequences.find(group)) % 5 == 4;
}

Result<std::unique_ptr<Dataset>> openOpenEds2020(const DatasetRequest& request,
                                                 const OpenEds2020Options& options) {
  Result<std::vector<PairFiles>> all = frames(openEds2020Root(request));
  if (!all) return fail(all.error());
  if (request.splitNamed && request.split == "validation") {
    return fail(ErrorCode::badArgument, request.root.string() +
                                            ": nothing divides its sequences; leave --split out to "
                                            "take them all");
  }
  std::set<std::string> sequences;
  for (const PairFiles& pair : *all) sequences.insert(pair.group);
  const bool test = request.split == "test";
  std::vector<PairFiles> pairs;
  for (PairFiles& pair : *all) {
    if (test ? !pair.mask.empty() : pair.mask.empty() && !options.unlabelled) continue;
    const bool held = isValidation(sequences, pair.group);
    if (!test && request.divide && held != (request.split == "validation")) continue;
    pairs.push_back(std::move(pair));
  }
  Result<LabelMap> labels = eyeLabelMap(request.classes, options.others);
  if (!labels) return fail(labels.error());
  PairRules rules{.labels = std::move(*labels), .divided = test};
  return checkedPairs(std::move(pairs), std::move(rules), options.audit, request);
}

fs::path openEds2020Label(const fs::path& image) {
  return image.parent_path().filename() / ("label_" + image.stem().string() + ".npy");
}

}  // namespace

DatasetRow openEds2020Row() {
  return {"openeds2020",
          "S_*/N.png beside S_*/label_N.npy: sequences, one frame in twenty labelled",
          OpenEds2020Options{},
          true,
          typed<openOpenEds2020>,
          nullptr,
          "imagenet",
          openEds2020Label};
}

}  // namespace limbus
