// OpenEDS 2019 semantic segmentation, and everything stored in its layout (`limbus synth` writes
// it):
//
//   ROOT/{train,validation,test}/images/<id>.png   8-bit, 400 wide, 640 high
//   ROOT/{train,validation,test}/labels/<id>.npy   integers [H,W] (mirrors: [W,H]), classes 0 to 3
//   OpenEDS_{train,validation,test}_userID_mapping_to_images.json   the person is the group
//
// The mappings lie in ROOT or beside the data set, or are left out.
// A test split may come without labels. ROOT may also be the folder that holds
// Semantic_Segmentation_Dataset. Every label is read once when the dataset is opened.
#include <map>

#include "native/data/sets/class_table.h"
#include "native/data/sets/eye_classes.h"
#include "native/data/sets/pairs.h"
#include "native/system/files.h"
#include "native/system/json_files.h"
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

// Person of each image file, where the mapping lies below the root or beside the data set.
Result<std::map<std::string, std::string>> personsOf(const DatasetRequest& request,
                                                     const fs::path& folder) {
  const std::string name = "OpenEDS_" + request.split + "_userID_mapping_to_images.json";
  std::map<std::string, std::string> persons;
  std::error_code error;
  const fs::path outer = folder.parent_path();  // of the splits
  for (const fs::path& place : {request.root, outer, outer.parent_path()}) {
    const fs::path file = place / name;
    if (!fs::exists(file, error)) continue;
    const Result<Json> read = readLongJson(file);
    if (!read) return fail(read.error());
    const Json& people = *read;
    bool good = people.is_array();
    for (std::size_t i = 0; good && i < people.size(); ++i) {
      const Json id = people[i].is_object() ? people[i].value("id", Json()) : Json();
      good = id.is_string();
      if (!good) break;
      const Json images = people[i].value("semantic_segmenation_images", Json::array());  // so
      for (const Json& image : images) {
        good = good && image.is_string();
        if (good) persons[fs::path(image.get<std::string>()).stem().string()] = id;
      }
    }
    if (!good) {
      return fail(ErrorCode::badData, file.string() +
                                          ": expected a list of people with id and "
                                          "semantic_segmenation_images, a list of file names");
    }
    break;
  }
  return persons;
}

struct OpenEds2019Options {
  bool audit = true;
  std::string others;

  void describe(OptionVisitor& v) {
    v.flag("audit", audit, "read every label once before anything else");
    describeOthers(v, others);
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
  const auto persons = personsOf(request, folder);
  if (!persons) return fail(persons.error());
  std::vector<PairFiles> pairs;
  Offenders missing("{label is|labels are} missing");
  for (const fs::path& image : *images) {
    PairFiles pair{image.stem().string(), image, {}};
    const auto person = persons->find(pair.id);
    if (person != persons->end()) pair.group = person->second;
    if (labelled) {
      pair.mask = folder / "labels" / (pair.id + ".npy");
      if (!fs::exists(pair.mask, error)) missing.add(pair.mask.string());
    }
    pairs.push_back(std::move(pair));
  }
  if (missing.any()) return fail(missing.error());
  Result<LabelMap> labels = eyeLabelMap(request.classes, options.others);
  if (!labels) return fail(labels.error());
  const PairRules rules{.labels = std::move(*labels), .mayBeTransposed = true};
  return checkedPairs(std::move(pairs), rules, options.audit, request);
}

fs::path openEds2019Label(const fs::path& image) {
  return fs::path("labels") / (image.stem().string() + ".npy");
}

}  // namespace

DatasetRow openEds2019Row() {
  return {"openeds2019",
          "{train,validation,test}/{images/*.png,labels/*.npy}: background, sclera, iris, pupil",
          OpenEds2019Options{},
          true,
          typed<openOpenEds2019>,
          nullptr,
          "openeds",
          openEds2019Label};
}

}  // namespace limbus
