// ADE20K (Zhou et al., CVPR 2017) as ADEChallengeData2016, the scene parsing benchmark:
//
//   ROOT/images/{training,validation}/ADE_train_00000001.jpg
//   ROOT/annotations/{training,validation}/ADE_train_00000001.png    0 takes no part, 1 to 150
#include "native/data/sets/published.h"
#include "shared/class_colours.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAde20kNames[] = {"wall",
                                        "building",
                                        "sky",
                                        "floor",
                                        "tree",
                                        "ceiling",
                                        "road",
                                        "bed",
                                        "windowpane",
                                        "grass",
                                        "cabinet",
                                        "sidewalk",
                                        "person",
                                        "earth",
                                        "door",
                                        "table",
                                        "mountain",
                                        "plant",
                                        "curtain",
                                        "chair",
                                        "car",
                                        "water",
                                        "painting",
                                        "sofa",
                                        "shelf",
                                        "house",
                                        "sea",
                                        "mirror",
                                        "rug",
                                        "field",
                                        "armchair",
                                        "seat",
                                        "fence",
                                        "desk",
                                        "rock",
                                        "wardrobe",
                                        "lamp",
                                        "bathtub",
                                        "railing",
                                        "cushion",
                                        "base",
                                        "box",
                                        "column",
                                        "signboard",
                                        "chest of drawers",
                                        "counter",
                                        "sand",
                                        "sink",
                                        "skyscraper",
                                        "fireplace",
                                        "refrigerator",
                                        "grandstand",
                                        "path",
                                        "stairs",
                                        "runway",
                                        "case",
                                        "pool table",
                                        "pillow",
                                        "screen door",
                                        "stairway",
                                        "river",
                                        "bridge",
                                        "bookcase",
                                        "blind",
                                        "coffee table",
                                        "toilet",
                                        "flower",
                                        "book",
                                        "hill",
                                        "bench",
                                        "countertop",
                                        "stove",
                                        "palm",
                                        "kitchen island",
                                        "computer",
                                        "swivel chair",
                                        "boat",
                                        "bar",
                                        "arcade machine",
                                        "hovel",
                                        "bus",
                                        "towel",
                                        "light",
                                        "truck",
                                        "tower",
                                        "chandelier",
                                        "awning",
                                        "streetlight",
                                        "booth",
                                        "television receiver",
                                        "airplane",
                                        "dirt track",
                                        "apparel",
                                        "pole",
                                        "land",
                                        "bannister",
                                        "escalator",
                                        "ottoman",
                                        "bottle",
                                        "buffet",
                                        "poster",
                                        "stage",
                                        "van",
                                        "ship",
                                        "fountain",
                                        "conveyer belt",
                                        "canopy",
                                        "washer",
                                        "plaything",
                                        "swimming pool",
                                        "stool",
                                        "barrel",
                                        "basket",
                                        "waterfall",
                                        "tent",
                                        "bag",
                                        "minibike",
                                        "cradle",
                                        "oven",
                                        "ball",
                                        "food",
                                        "step",
                                        "tank",
                                        "trade name",
                                        "microwave",
                                        "pot",
                                        "animal",
                                        "bicycle",
                                        "lake",
                                        "dishwasher",
                                        "screen",
                                        "blanket",
                                        "sculpture",
                                        "hood",
                                        "sconce",
                                        "vase",
                                        "traffic light",
                                        "tray",
                                        "ashcan",
                                        "fan",
                                        "pier",
                                        "crt screen",
                                        "plate",
                                        "monitor",
                                        "bulletin board",
                                        "shower",
                                        "radiator",
                                        "glass",
                                        "clock",
                                        "flag"};

ClassTable ade20kTable() {
  ClassTable table;
  for (const char* name : kAde20kNames) {
    const std::size_t place = table.entries.size();
    table.entries.push_back({name, classColour(place), static_cast<int>(place) + 1});
  }
  table.voidNumbers = {0};
  return table;
}

Result<std::unique_ptr<Dataset>> openAde20k(const DatasetRequest& request,
                                            const PublishedOptions& options) {
  const fs::path root =
      firstPlace(request, {"images", "ADEChallengeData2016/images"}).parent_path();
  DatasetRequest below = request;
  below.root = root;
  auto pairs = pairsByName(request, splitPath(below, "images/{split}"),
                           splitPath(below, "annotations/{split}"));
  if (!pairs) return fail(pairs.error());
  return openPublished(std::move(*pairs), ade20kTable(), LabelValues::numbers, request, options);
}

}  // namespace

DatasetRow ade20kRow() {
  return {"ade20k",
          "images/{training,validation} beside annotations: the 150 classes of scene parsing",
          PublishedOptions{},
          true,
          typed<openAde20k>,
          ade20kTable,
          "ade20k"};
}

}  // namespace limbus
