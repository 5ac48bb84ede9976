// COCO's object annotations (Lin et al., ECCV 2014), as many tools export them:
//
//   ROOT/annotations/instances_{split}2017.json   (or instances_{split}, stuff_{split}, ...)
//   ROOT/{split}2017/*.jpg                        (or images/{split}, images, ...)
//
// Outlines and runs, compressed or not, become classes by the names of their categories; what none
// covers is "background". Smaller objects lie over larger ones. An annotation without outlines (a
// box alone) draws nothing. One file for all (`annotations` without {split}) divides nothing: every
// fifth image is for validation.
#include <algorithm>
#include <set>

#include "native/data/sets/drawn.h"
#include "native/data/sets/folder_pairs.h"
#include "native/system/json_files.h"
#include "shared/json_reader.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

struct CocoOptions : DrawnOptions {
  std::string annotations, images;

  void describe(OptionVisitor& v) {
    v.text("annotations", annotations,
           "the JSON file under DATA, one for all without {split}; left out: the usual places");
    v.text("images", images, "the folder of images under DATA; left out: the usual places");
    DrawnOptions::describe(v);
  }
};

fs::path annotationsOf(const DatasetRequest& request, const CocoOptions& options) {
  if (!options.annotations.empty()) return splitPath(request, options.annotations);
  return firstPlace(request,
                    {"annotations/instances_{split}2017.json", "annotations/instances_{split}.json",
                     "annotations/stuff_{split}2017.json", "annotations/stuff_{split}.json",
                     "annotations/{split}.json", "{split}/_annotations.coco.json", "{split}.json"});
}

fs::path imagesOf(const DatasetRequest& request, const CocoOptions& options) {
  if (!options.images.empty()) return splitPath(request, options.images);
  return firstPlace(request, {"images/{split}2017", "{split}2017", "images/{split}",
                              "{split}/images", "{split}", "images"});
}

// Of one file for all: where the first of its images lies, which may be of any split.
fs::path imagesOfAny(DatasetRequest request, const CocoOptions& options, const Json& images) {
  const std::string first =
      images.empty() || !images[0].is_object() ? "" : images[0].value("file_name", "");
  std::error_code error;
  for (const char* split : {"validation", "test", "train"}) {
    request.split = split;
    const fs::path folder = imagesOf(request, options);
    if (!first.empty() && fs::is_regular_file(folder / first, error)) return folder;
  }
  return imagesOf(request, options);
}

struct Object {
  Shape shape;
  double area = 0;
};

// "" or what is wrong with it.
std::string readOutlines(const Json& list, Shape& shape) {
  for (const Json& flat : list) {
    if (!flat.is_array() || flat.size() % 2 != 0) return "outlines are lists of x, y, x, y, ...";
    Outline outline;
    for (std::size_t i = 0; i + 1 < flat.size(); i += 2) {
      if (!flat[i].is_number() || !flat[i + 1].is_number()) return "a coordinate is no number";
      outline.push_back({flat[i].get<double>(), flat[i + 1].get<double>()});
    }
    shape.outlines.push_back(std::move(outline));
  }
  return "";
}

std::string readRuns(const Json& runs, Shape& shape) {
  const Json size = runs.value("size", Json());
  const Json counts = runs.value("counts", Json());
  if (!size.is_array() || size.size() != 2 || !size[0].is_number_integer() ||
      !size[1].is_number_integer()) {
    return "runs want a size, [height, width]";
  }
  shape.runsSize = {size[1].get<int>(), size[0].get<int>()};
  if (counts.is_string()) {
    Result<std::vector<std::uint32_t>> read = runsOfText(counts.get<std::string>());
    if (!read) return read.error().message;
    shape.runs = std::move(*read);
    return "";
  }
  if (!counts.is_array()) return "runs want counts, a list or a text";
  for (const Json& count : counts) {
    if (!count.is_number_unsigned() || count > kMaxImagePixels) return "a run is no whole number";
    shape.runs.push_back(count.get<std::uint32_t>());
  }
  return "";
}

std::string readObject(const Json& json, const std::map<std::int64_t, int>& categories,
                       Object& object) {
  const Json category = json.value("category_id", Json());
  if (!category.is_number_integer() || categories.count(category.get<std::int64_t>()) == 0) {
    return "category_id " + describeJson(category) + " is not among the categories";
  }
  object.shape.label = categories.at(category.get<std::int64_t>());
  const Json area = json.value("area", Json());
  if (area.is_number()) object.area = area.get<double>();
  const Json shapes = json.value("segmentation", Json());
  if (shapes.is_array()) return readOutlines(shapes, object.shape);
  if (shapes.is_object()) return readRuns(shapes, object.shape);
  return shapes.is_null() ? "" : "segmentation is neither outlines nor runs";
}

Result<std::unique_ptr<Dataset>> openCoco(const DatasetRequest& request,
                                          const CocoOptions& options) {
  const fs::path file = annotationsOf(request, options);
  const bool divided =
      options.annotations.empty() || options.annotations.find("{split}") != std::string::npos;
  if (!divided && request.splitNamed) {
    return fail(ErrorCode::badArgument, file.string() +
                                            ": one file without {split} is taken as a whole; "
                                            "leave --split out");
  }
  const Result<Json> read = readLongJson(file);
  if (!read && read.error().code == ErrorCode::notFound && options.annotations.empty()) {
    return fail(ErrorCode::notFound, read.error().message +
                                         "; say where it lies with the option annotations, one "
                                         "file for all without {split}");
  }
  if (!read) return fail(read.error());
  const Json& json = *read;
  const auto bad = [&](const std::string& why) {
    return fail(ErrorCode::badData, file.string() + ": " + why);
  };
  for (const char* key : {"images", "annotations", "categories"}) {
    if (!json.is_object() || !json.contains(key) || !json[key].is_array()) {
      return bad("expected COCO's JSON: an object with lists of images, annotations, categories");
    }
  }
  std::vector<std::string> names;
  std::map<std::int64_t, int> categories;
  for (const Json& one : json["categories"]) {
    if (!one.is_object() || !one.value("id", Json()).is_number_integer() ||
        !one.value("name", Json()).is_string()) {
      return bad("a category without id or name");
    }
    categories[one["id"].get<std::int64_t>()] = placeOf(names, one["name"].get<std::string>());
  }
  const fs::path folder =
      divided ? imagesOf(request, options) : imagesOfAny(request, options, json["images"]);
  std::vector<PairFiles> pairs;
  std::map<std::int64_t, std::size_t> places;
  std::set<std::string> ids;
  Offenders missing("{image|images} that " + file.string() + " names {is|are} not there");
  std::error_code error;
  for (const Json& one : json["images"]) {
    if (!one.is_object() || !one.value("id", Json()).is_number_integer() ||
        !one.value("file_name", Json()).is_string()) {
      return bad("an image without id or file_name");
    }
    const fs::path name = one["file_name"].get<std::string>();
    PairFiles pair{.id = ownName(ids, {fs::path(name).replace_extension().string(), name.string()}),
                   .image = folder / name};
    if (!fs::exists(pair.image, error)) missing.add(pair.image.string());
    places[one["id"].get<std::int64_t>()] = pairs.size();
    pairs.push_back(std::move(pair));
  }
  if (missing.any()) return fail(missing.error());
  std::vector<std::vector<Object>> objects(pairs.size());
  Offenders wrong("{annotation|annotations} of " + file.string() + " {is|are} wrong");
  for (const Json& one : json["annotations"]) {
    const std::string id = one.is_object() ? one.value("id", Json()).dump() : "?";
    const Json image = one.is_object() ? one.value("image_id", Json()) : Json();
    if (!image.is_number_integer() || places.count(image.get<std::int64_t>()) == 0) {
      wrong.add("id " + id + ": image_id " + describeJson(image) + " is not among the images");
      continue;
    }
    Object object;
    const std::string problem = readObject(one, categories, object);
    if (!problem.empty()) wrong.add(std::string("id ").append(id).append(": ").append(problem));
    objects[places[image.get<std::int64_t>()]].push_back(std::move(object));
  }
  if (wrong.any()) return fail(wrong.error());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    std::stable_sort(objects[i].begin(), objects[i].end(),
                     [](const Object& a, const Object& b) { return a.area > b.area; });
    for (Object& object : objects[i]) pairs[i].shapes.push_back(std::move(object.shape));
  }
  if (!divided && request.divide) pairs = fifthOf(request.split, pairs);
  return openDrawn(std::move(pairs), std::move(names), request, options, divided);
}

}  // namespace

DatasetRow cocoRow() {
  return {"coco",
          "annotations/instances_{split}*.json of COCO's form (outlines, runs) and its images",
          CocoOptions{},
          true,
          typed<openCoco>,
          nullptr,
          "coco"};
}

}  // namespace limbus
