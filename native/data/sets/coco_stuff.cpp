// COCO-Stuff (Caesar et al., CVPR 2018), the pixel maps of the 164k:
//
//   ROOT/images/{train2017,val2017}/000000000009.jpg
//   ROOT/annotations/{train2017,val2017}/000000000009.png     0 to 181: category less one; 255
//
// also stuffthingmaps/ instead of annotations/, and train2017/ beside it instead of in images/.
// COCO-Stuff 10k, told by its lists; "test" is validation too:
//
//   ROOT/imageLists/{train,test}.txt                  an id on each line
//   ROOT/images/COCO_train2014_000000000077.jpg
//   ROOT/annotations/COCO_train2014_000000000077.mat  S: 0 takes no part, 1 to 182
#include <sstream>

#include "native/data/files/csv.h"
#include "native/data/sets/published.h"
#include "shared/class_colours.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

// Categories 1 to 182 of the authors' labels.txt; eleven of them are on no image.
constexpr const char* kCocoStuffNames[] = {"person",
                                           "bicycle",
                                           "car",
                                           "motorcycle",
                                           "airplane",
                                           "bus",
                                           "train",
                                           "truck",
                                           "boat",
                                           "traffic light",
                                           "fire hydrant",
                                           "street sign",
                                           "stop sign",
                                           "parking meter",
                                           "bench",
                                           "bird",
                                           "cat",
                                           "dog",
                                           "horse",
                                           "sheep",
                                           "cow",
                                           "elephant",
                                           "bear",
                                           "zebra",
                                           "giraffe",
                                           "hat",
                                           "backpack",
                                           "umbrella",
                                           "shoe",
                                           "eye glasses",
                                           "handbag",
                                           "tie",
                                           "suitcase",
                                           "frisbee",
                                           "skis",
                                           "snowboard",
                                           "sports ball",
                                           "kite",
                                           "baseball bat",
                                           "baseball glove",
                                           "skateboard",
                                           "surfboard",
                                           "tennis racket",
                                           "bottle",
                                           "plate",
                                           "wine glass",
                                           "cup",
                                           "fork",
                                           "knife",
                                           "spoon",
                                           "bowl",
                                           "banana",
                                           "apple",
                                           "sandwich",
                                           "orange",
                                           "broccoli",
                                           "carrot",
                                           "hot dog",
                                           "pizza",
                                           "donut",
                                           "cake",
                                           "chair",
                                           "couch",
                                           "potted plant",
                                           "bed",
                                           "mirror",
                                           "dining table",
                                           "window",
                                           "desk",
                                           "toilet",
                                           "door",
                                           "tv",
                                           "laptop",
                                           "mouse",
                                           "remote",
                                           "keyboard",
                                           "cell phone",
                                           "microwave",
                                           "oven",
                                           "toaster",
                                           "sink",
                                           "refrigerator",
                                           "blender",
                                           "book",
                                           "clock",
                                           "vase",
                                           "scissors",
                                           "teddy bear",
                                           "hair drier",
                                           "toothbrush",
                                           "hair brush",
                                           "banner",
                                           "blanket",
                                           "branch",
                                           "bridge",
                                           "building-other",
                                           "bush",
                                           "cabinet",
                                           "cage",
                                           "cardboard",
                                           "carpet",
                                           "ceiling-other",
                                           "ceiling-tile",
                                           "cloth",
                                           "clothes",
                                           "clouds",
                                           "counter",
                                           "cupboard",
                                           "curtain",
                                           "desk-stuff",
                                           "dirt",
                                           "door-stuff",
                                           "fence",
                                           "floor-marble",
                                           "floor-other",
                                           "floor-stone",
                                           "floor-tile",
                                           "floor-wood",
                                           "flower",
                                           "fog",
                                           "food-other",
                                           "fruit",
                                           "furniture-other",
                                           "grass",
                                           "gravel",
                                           "ground-other",
                                           "hill",
                                           "house",
                                           "leaves",
                                           "light",
                                           "mat",
                                           "metal",
                                           "mirror-stuff",
                                           "moss",
                                           "mountain",
                                           "mud",
                                           "napkin",
                                           "net",
                                           "paper",
                                           "pavement",
                                           "pillow",
                                           "plant-other",
                                           "plastic",
                                           "platform",
                                           "playingfield",
                                           "railing",
                                           "railroad",
                                           "river",
                                           "road",
                                           "rock",
                                           "roof",
                                           "rug",
                                           "salad",
                                           "sand",
                                           "sea",
                                           "shelf",
                                           "sky-other",
                                           "skyscraper",
                                           "snow",
                                           "solid-other",
                                           "stairs",
                                           "stone",
                                           "straw",
                                           "structural-other",
                                           "table",
                                           "tent",
                                           "textile-other",
                                           "towel",
                                           "tree",
                                           "vegetable",
                                           "wall-brick",
                                           "wall-concrete",
                                           "wall-other",
                                           "wall-panel",
                                           "wall-stone",
                                           "wall-tile",
                                           "wall-wood",
                                           "water-other",
                                           "waterdrops",
                                           "window-blind",
                                           "window-other",
                                           "wood"};

ClassTable cocoStuffTable() {
  ClassTable table;
  for (const char* name : kCocoStuffNames) {
    const std::size_t place = table.entries.size();
    table.entries.push_back({name, classColour(place), static_cast<int>(place)});
  }
  return table;
}

// Of the 10k images, whose matrix holds the categories as they are.
Result<std::unique_ptr<Dataset>> open10k(const DatasetRequest& request,
                                         const PublishedOptions& options) {
  ClassTable categories = cocoStuffTable();
  for (ClassTable::Entry& entry : categories.entries) ++entry.number;
  categories.voidNumbers = {0};
  const std::string split = request.split == "train" ? "train" : "test";
  const fs::path list = request.root / "imageLists" / (split + ".txt");
  const Result<std::string> text = readText(list);
  if (!text) return fail(text.error());
  std::vector<PairFiles> pairs;
  Offenders missing("{file|files} that " + list.string() + " names {is|are} not there");
  std::istringstream names(*text);
  std::error_code error;
  for (std::string name; names >> name;) {
    PairFiles pair{.id = name,
                   .image = request.root / "images" / (name + ".jpg"),
                   .mask = request.root / "annotations" / (name + ".mat")};
    for (const fs::path& file : {pair.image, pair.mask}) {
      if (!fs::is_regular_file(file, error)) missing.add(file.string());
    }
    pairs.push_back(std::move(pair));
  }
  if (missing.any()) return fail(missing.error());
  return openPublished(std::move(pairs), categories, LabelValues::numbers, request, options);
}

Result<std::unique_ptr<Dataset>> openCocoStuff(const DatasetRequest& request,
                                               const PublishedOptions& options) {
  std::error_code error;
  if (fs::is_directory(request.root / "imageLists", error)) return open10k(request, options);
  const fs::path images = firstPlace(request, {"images/{split}2017", "{split}2017"});
  const fs::path masks =
      firstPlace(request, {"annotations/{split}2017", "stuffthingmaps/{split}2017"});
  auto pairs = pairsByName(request, images, masks);
  if (!pairs) return fail(pairs.error());
  return openPublished(std::move(*pairs), cocoStuffTable(), LabelValues::numbers, request, options);
}

}  // namespace

DatasetRow cocoStuffRow() {
  return {"coco-stuff",
          "images/{train,val}2017 beside annotations or stuffthingmaps, or the 10k: 182 classes",
          PublishedOptions{},
          true,
          typed<openCocoStuff>,
          cocoStuffTable,
          "coco"};
}

}  // namespace limbus
