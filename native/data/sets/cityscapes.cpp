// Cityscapes (Cordts et al., CVPR 2016), fine or coarse:
//
//   ROOT/leftImg8bit/{split}/<city>/<city>_000001_000019_leftImg8bit.png
//   ROOT/gtFine/{split}/<city>/..._gtFine_labelIds.png          (or _labelTrainIds.png)
//   ROOT/gtCoarse/{split}/<city>/..._gtCoarse_labelIds.png
//
// as the archives unpack, also below leftImg8bit_trainvaltest/ and gtFine_trainvaltest/. The 19
// classes that are scored; all other label numbers take no part. The city is the group.
#include "native/data/sets/named_files.h"
#include "native/data/sets/published.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

struct CityscapesOptions : PublishedOptions {
  bool coarse = false;
  bool extra = false;

  void describe(OptionVisitor& v) {
    v.flag("coarse", coarse, "the coarse annotations instead of the fine ones");
    v.flag("extra", extra, "train on train_extra, which has coarse annotations alone");
    PublishedOptions::describe(v);
    v.require(coarse || !extra, "extra", "wants coarse: true");
  }
};

struct CityClass {
  const char* name;
  Rgb colour;
  int labelId;  // of cityscapesScripts' labels.py; its trainId is the place in this list
};

constexpr CityClass kClasses[] = {
    {"road", {128, 64, 128}, 7},
    {"sidewalk", {244, 35, 232}, 8},
    {"building", {70, 70, 70}, 11},
    {"wall", {102, 102, 156}, 12},
    {"fence", {190, 153, 153}, 13},
    {"pole", {153, 153, 153}, 17},
    {"traffic light", {250, 170, 30}, 19},
    {"traffic sign", {220, 220, 0}, 20},
    {"vegetation", {107, 142, 35}, 21},
    {"terrain", {152, 251, 152}, 22},
    {"sky", {70, 130, 180}, 23},
    {"person", {220, 20, 60}, 24},
    {"rider", {255, 0, 0}, 25},
    {"car", {0, 0, 142}, 26},
    {"truck", {0, 0, 70}, 27},
    {"bus", {0, 60, 100}, 28},
    {"train", {0, 80, 100}, 31},
    {"motorcycle", {0, 0, 230}, 32},
    {"bicycle", {119, 11, 32}, 33},
};

ClassTable tableOf(bool trainIds) {
  ClassTable table;
  for (const CityClass& one : kClasses) {
    const int place = static_cast<int>(table.entries.size());
    table.entries.push_back({one.name, one.colour, trainIds ? place : one.labelId});
  }
  table.othersAreVoid = true;
  return table;
}

Result<std::unique_ptr<Dataset>> openCityscapes(const DatasetRequest& request,
                                                const CityscapesOptions& options) {
  const std::string split = options.extra && request.split == "train" ? "train_extra" : "{split}";
  const fs::path images = firstPlace(
      request, {"leftImg8bit/" + split, "leftImg8bit_trainvaltest/leftImg8bit/" + split,
                "leftImg8bit_trainextra/leftImg8bit/" + split, "imgsFine/leftImg8bit/" + split});
  const std::string kind = options.coarse ? "gtCoarse" : "gtFine";
  const fs::path masks =
      firstPlace(request, {kind + "/" + split, kind + "_trainvaltest/" + kind + "/" + split,
                           kind + "/" + kind + "/" + split});
  const fs::path imagePattern = images / "{name}_leftImg8bit.png";
  const auto pattern = [&](const char* what) { return masks / ("{name}_" + kind + what); };
  // labelTrainIds are those that cityscapesScripts makes: where there are no others.
  const auto any = [&](const char* what) {
    const auto files = namedFiles(pattern(what), {".png"});
    return files && !files->empty();
  };
  const bool trainIds = !any("_labelIds.png") && any("_labelTrainIds.png");
  auto pairs = pairsByName(request, imagePattern,
                           pattern(trainIds ? "_labelTrainIds.png" : "_labelIds.png"));
  if (!pairs) return fail(pairs.error());
  groupByFolder(*pairs);
  return openPublished(std::move(*pairs), tableOf(trainIds), LabelValues::numbers, request,
                       options);
}

}  // namespace

DatasetRow cityscapesRow() {
  return {"cityscapes",
          "leftImg8bit/{split}/CITY beside gtFine or gtCoarse: labelIds as 19 classes",
          CityscapesOptions{},
          true,
          typed<openCityscapes>,
          [] { return tableOf(false); },
          "cityscapes"};
}

}  // namespace limbus
