// Pascal VOC segmentation (Everingham et al., IJCV 2010), and its augmentation by SBD:
//
//   ROOT/JPEGImages/<id>.jpg
//   ROOT/SegmentationClass/<id>.png           palette; 255 takes no part
//   ROOT/SegmentationClassAug/<id>.png        numbers, where the list says so
//   ROOT/ImageSets/Segmentation/{train,val,test}.txt
//
// ROOT may also hold VOCdevkit/VOC2012, VOC2012, ... A list holds an id on each line, or the two
// paths of an image and its mask ("/JPEGImages/x.jpg /SegmentationClassAug/x.png"), as those of SBD
// (train_aug.txt) do. Where SBD lies there (sbd.h) its .mat files are the masks that VOC lacks, and
// train_aug needs no file: it is VOC's train and all of SBD but VOC's val. SBD alone is read too.
#include <map>
#include <set>
#include <sstream>

#include "native/data/files/csv.h"
#include "native/data/sets/folder_pairs.h"
#include "native/data/sets/published.h"
#include "native/data/sets/sbd.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

const std::string kAugmented = "train_aug";

struct VocOptions : PublishedOptions {
  std::string list;
  std::string sbd;

  void describe(OptionVisitor& v) {
    v.text("list", list, "of training, such as train_aug, trainval; left out: train");
    v.text("sbd", sbd,
           "folder of SBD, whose .mat files stand in for missing masks; left out: DATA");
    PublishedOptions::describe(v);
  }
};

// Colours are the numbers' bits, the lowest three first, in the highest bits of red, green, blue.
Rgb vocColour(int number) {
  Rgb colour{};
  for (int bit = 7; number > 0; --bit, number >>= 3) {
    for (int c = 0; c < 3; ++c) {
      colour[c] = static_cast<std::uint8_t>(colour[c] | (number >> c & 1) << bit);
    }
  }
  return colour;
}

ClassTable vocTable() {
  ClassTable table;
  for (const char* name :
       {"background", "aeroplane", "bicycle",     "bird",  "boat",        "bottle", "bus",
        "car",        "cat",       "chair",       "cow",   "diningtable", "dog",    "horse",
        "motorbike",  "person",    "pottedplant", "sheep", "sofa",        "train",  "tvmonitor"}) {
    const int number = static_cast<int>(table.entries.size());
    table.entries.push_back({name, vocColour(number), number});
  }
  table.voidColours = {vocColour(255)};
  return table;
}

fs::path vocRoot(const DatasetRequest& request) {
  return firstPlace(request, {"ImageSets", "VOCdevkit/VOC2012/ImageSets", "VOC2012/ImageSets",
                              "VOCdevkit/VOC2007/ImageSets", "VOC2007/ImageSets"})
      .parent_path();
}

// Where images and masks lie. Without VOC's folders SBD's own take their place.
struct Places {
  fs::path root;  // of VOC; empty: SBD alone
  fs::path sbd;   // holds cls and img; empty: none
  bool labelled;

  PairFiles pairOf(const std::string& id) const {
    if (root.empty()) return pairOf("img/" + id + ".jpg", "cls/" + id + ".mat");
    return pairOf("JPEGImages/" + id + ".jpg", "SegmentationClass/" + id + ".png");
  }

  // Of paths in a list: they begin with a slash and are below the root all the same.
  PairFiles pairOf(const std::string& image, const std::string& mask) const {
    const fs::path& folder = root.empty() ? sbd : root;
    PairFiles pair{.id = fs::path(image).stem().string(),
                   .image = folder / fs::path(image).relative_path()};
    if (!labelled) return pair;
    pair.mask = folder / fs::path(mask).relative_path();
    std::error_code error;
    if (!sbd.empty() && !fs::exists(pair.mask, error)) {
      const fs::path more = sbd / "cls" / (fs::path(mask).stem().string() + ".mat");
      if (fs::exists(more, error)) pair.mask = more;
    }
    return pair;
  }
};

Result<std::vector<PairFiles>> there(std::vector<PairFiles> pairs, const std::string& list) {
  Offenders missing("{file|files} that " + list + " names {is|are} not there");
  std::error_code error;
  for (const PairFiles& pair : pairs) {
    for (const fs::path& file : {pair.image, pair.mask}) {
      if (!file.empty() && !fs::is_regular_file(file, error)) missing.add(file.string());
    }
  }
  if (missing.any()) return fail(missing.error());
  return pairs;
}

// Ids, or the paths of an image and its mask.
Result<std::vector<PairFiles>> listed(const Places& places, const fs::path& list) {
  const Result<std::string> text = readText(list);
  if (!text) return fail(text.error());
  std::vector<PairFiles> pairs;
  std::map<fs::path, std::string> ids;  // of what is listed twice the same
  std::set<std::string> taken;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string image, mask;
    if (!(words >> image)) continue;
    words >> mask;
    PairFiles pair = mask.empty() ? places.pairOf(image) : places.pairOf(image, mask);
    const auto [known, isNew] = ids.emplace(pair.image, "");
    const fs::path path = fs::path(image).relative_path();
    if (isNew) {
      known->second =
          ownName(taken, {pair.id, fs::path(path).replace_extension().string(), path.string()});
    }
    pair.id = known->second;
    pairs.push_back(std::move(pair));
  }
  return there(std::move(pairs), list.string());
}

Result<std::vector<PairFiles>> augmented(const Places& places) {
  const Result<std::vector<std::string>> ids =
      augmentedIds(places.root / "ImageSets/Segmentation", places.sbd);
  if (!ids) return fail(ids.error());
  std::vector<PairFiles> pairs;
  for (const std::string& id : *ids) pairs.push_back(places.pairOf(id));
  return there(std::move(pairs), "train_aug (train with what SBD adds)");
}

Result<std::unique_ptr<Dataset>> openVoc(const DatasetRequest& request, const VocOptions& options) {
  const fs::path root = vocRoot(request);
  std::error_code error;
  Places places{.root = root,
                .sbd = sbdFolder({request.root, root}, options.sbd),
                .labelled = request.split != "test"};
  if (!options.sbd.empty() && places.sbd.empty()) {
    return fail(ErrorCode::notFound,
                (request.root / options.sbd).string() + ": no folder cls of SBD in it");
  }
  if (!fs::exists(root / "ImageSets", error) && !places.sbd.empty()) places.root.clear();
  DatasetRequest below = request;
  below.root = places.root.empty() ? places.sbd : root / "ImageSets/Segmentation";
  const bool named = request.split == "train" && !options.list.empty();
  const fs::path list = splitPath(below, (named ? options.list : "{split}") + ".txt");
  const bool unlisted = named && options.list == kAugmented && !fs::exists(list, error);
  const bool made = unlisted && !places.root.empty() && !places.sbd.empty();
  if (unlisted && places.sbd.empty() && fs::exists(list.parent_path(), error)) {
    return fail(ErrorCode::notFound,
                list.string() +
                    ": no such list, and SBD (benchmark_RELEASE), of which it is made, is not "
                    "there; `--set data.list=train` takes VOC's own images alone");
  }
  auto pairs = made ? augmented(places) : listed(places, list);
  if (!pairs) return fail(pairs.error());
  return openPublished(std::move(*pairs), vocTable(), LabelValues::either, request, options);
}

}  // namespace

DatasetRow vocRow() {
  return {
      "voc",
      "JPEGImages, SegmentationClass, ImageSets/Segmentation of Pascal VOC; SBD beside it or alone",
      VocOptions{},
      true,
      typed<openVoc>,
      vocTable,
      "voc"};
}

}  // namespace limbus
