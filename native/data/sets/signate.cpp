// Signate's AI Edge contest, segmentation (1936x1216, Japanese roads):
//
//   ROOT/seg_train_images/train_0000.jpg
//   ROOT/seg_train_annotations/train_0000.png      colours of 20 classes
//   ROOT/seg_train_annotations/train_0000.json     {"attributes": {"route": ..., "timeofday": ...}}
//   ROOT/seg_test_images/*.jpg                     without labels
//
// Nothing divides the training images: every fifth is for validation unless data.split says
// otherwise, such as {"folds": 7, "stratify": "route-timeofday"}.
#include "native/data/sets/folder_pairs.h"
#include "native/data/sets/published.h"
#include "native/system/json_files.h"
#include "shared/json_reader.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

ClassTable signateTable() {
  ClassTable table;
  table.entries = {{"car", {0, 0, 255}, 0},
                   {"pedestrian", {255, 0, 0}, 1},
                   {"lane", {69, 47, 142}, 2},
                   {"bus", {193, 214, 0}, 3},
                   {"truck", {180, 0, 129}, 4},
                   {"svehicle", {255, 121, 166}, 5},
                   {"motorbike", {65, 166, 1}, 6},
                   {"bicycle", {208, 149, 1}, 7},
                   {"signal", {255, 255, 0}, 8},
                   {"signs", {255, 134, 0}, 9},
                   {"sky", {0, 152, 225}, 10},
                   {"building", {0, 203, 151}, 11},
                   {"natural", {85, 255, 50}, 12},
                   {"wall", {92, 136, 125}, 13},
                   {"ground", {136, 45, 66}, 14},
                   {"sidewalk", {0, 255, 255}, 15},
                   {"roadshoulder", {215, 0, 255}, 16},
                   {"obstacle", {180, 131, 135}, 17},
                   {"others", {81, 99, 0}, 18},
                   {"own", {86, 62, 67}, 19}};
  return table;
}

// Each attribute, and the two of the contest as one, by which its winners divided the images.
Result<void> readAttributes(PairFiles& pair) {
  fs::path file = pair.mask;
  file.replace_extension(".json");
  const Result<std::optional<Json>> json = readJsonIfThere(file);
  if (!json) return fail(json.error());
  if (!*json || !(*json)->is_object() || !(*json)->contains("attributes")) return {};
  for (const auto& [key, value] : (**json)["attributes"].items()) {
    pair.attributes[key] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  pair.attributes["route-timeofday"] =
      pair.attributes["route"] + "-" + pair.attributes["timeofday"];
  return {};
}

Result<std::unique_ptr<Dataset>> openSignate(const DatasetRequest& request,
                                             const PublishedOptions& options) {
  const bool test = request.split == "test";
  if (request.splitNamed && request.split == "validation") {
    return fail(ErrorCode::badArgument,
                request.root.string() +
                    ": nothing divides its training images; leave --split out "
                    "to take them all");
  }
  const fs::path images = request.root / (test ? "seg_test_images" : "seg_train_images");
  const fs::path masks = request.root / (test ? "seg_test_annotations" : "seg_train_annotations");
  auto pairs = pairsByName(request, images, masks / "{name}.png");
  if (!pairs) return fail(pairs.error());
  for (PairFiles& pair : *pairs) {
    if (pair.mask.empty()) continue;
    if (Result<void> read = readAttributes(pair); !read) return fail(read.error());
  }
  if (!test && request.divide) *pairs = fifthOf(request.split, *pairs);
  return openPublished(std::move(*pairs), signateTable(), LabelValues::colours, request, options,
                       {},
                       /*divided=*/test);
}

}  // namespace

DatasetRow signateRow() {
  return {"signate",
          "seg_train_images beside seg_train_annotations: AI Edge contest, colours of 20 classes",
          PublishedOptions{},
          true,
          typed<openSignate>,
          signateTable,
          "imagenet"};
}

}  // namespace limbus
