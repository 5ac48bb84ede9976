#include "native/data/voc.h"

#include <sstream>

#include "native/data/published.h"
#include "native/system/files.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

struct VocOptions : PublishedOptions {
  std::string list;

  void describe(OptionVisitor& v) {
    v.text("list", list, "of training, such as train_aug, trainval; left out: train");
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

ClassTable table() {
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

fs::path rootOf(const DatasetRequest& request) {
  return firstPlace(request, {"ImageSets", "VOCdevkit/VOC2012/ImageSets", "VOC2012/ImageSets",
                              "VOCdevkit/VOC2007/ImageSets", "VOC2007/ImageSets"})
      .parent_path();
}

Result<std::vector<PairFiles>> listed(const fs::path& root, const fs::path& list, bool labelled) {
  const Result<std::string> text = readBytes(list);
  if (!text) return fail(text.error());
  std::vector<PairFiles> pairs;
  Offenders missing("files that " + list.string() + " names are not there");
  std::istringstream lines(*text);
  std::error_code error;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string image, mask;
    if (!(words >> image)) continue;
    words >> mask;
    PairFiles pair;
    pair.id = fs::path(image).stem().string();
    const bool paths = !mask.empty();  // they begin with a slash and are below ROOT all the same
    if (!paths) {
      mask = std::string("SegmentationClass/").append(image).append(".png");
      image = std::string("JPEGImages/").append(image).append(".jpg");
    }
    pair.image = root / fs::path(image).relative_path();
    if (labelled) pair.mask = root / fs::path(mask).relative_path();
    for (const fs::path& file : {pair.image, pair.mask}) {
      if (!file.empty() && !fs::is_regular_file(file, error)) missing.add(file.string());
    }
    pairs.push_back(std::move(pair));
  }
  if (missing.any()) return fail(missing.error());
  return pairs;
}

Result<std::unique_ptr<Dataset>> openVoc(const DatasetRequest& request, const VocOptions& options) {
  const fs::path root = rootOf(request);
  DatasetRequest below = request;
  below.root = root;
  const bool named = request.split == "train" && !options.list.empty();
  const fs::path list =
      splitPath(below, "ImageSets/Segmentation/" + (named ? options.list : "{split}") + ".txt");
  auto pairs = listed(root, list, request.split != "test");
  if (!pairs) return fail(pairs.error());
  return openPublished(std::move(*pairs), table(), LabelValues::either, request, options);
}

}  // namespace

DatasetRow vocRow() {
  return {"voc",
          "JPEGImages, SegmentationClass, ImageSets/Segmentation of Pascal VOC; SBD's lists too",
          VocOptions{},
          true,
          typed<openVoc>,
          table,
          "voc"};
}

}  // namespace limbus
