// All of ADE20K (Zhou et al., IJCV 2019), as its release of 2020 lies on disk: some 3,000 kinds of
// objects instead of the 150 of the benchmark (ade20k.cpp).
//
//   ROOT/{training,validation}/<scenes>/<id>.jpg
//   ROOT/{training,validation}/<scenes>/<id>_seg.png   red / 10 * 256 + green: the object; 0: none
//   ROOT/{training,validation}/<scenes>/<id>.json      annotation.object[]: name_ndx and name
//
// ROOT may also hold images/ADE or ADE20K_2021_17_01/images/ADE. A class of the recipe takes the
// objects of its name, or of its name as their first synonym ("car" is "car, auto, automobile,
// machine, motorcar"). Without a recipe the classes are the 255 names that most images show. The
// attribute "scene" divides well ("outdoor/urban/street").
#include <algorithm>
#include <set>
#include <sstream>

#include "native/data/sets/named_files.h"
#include "native/data/sets/published.h"
#include "native/system/files.h"
#include "native/system/parallel_for.h"
#include "shared/class_colours.h"
#include "shared/json_reader.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAttributes = "_atr.txt";  // of the release of 2017, where later have .json

struct Annotation {
  std::map<int, std::string> objects;  // names by number
  std::string scene;
};

// What the file says, without its long lists of points. Some are in Latin-1 and not in UTF-8.
Json parsed(const std::string& text) {
  const auto wanted = [](int, Json::parse_event_t event, Json& value) {
    return event != Json::parse_event_t::key || (value != "polygon" && value != "hypernym");
  };
  Json json = parseLongJson(text, wanted);
  if (!json.is_discarded()) return json;
  std::string widened;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) widened += static_cast<char>(byte < 0xC0 ? 0xC2 : 0xC3);
    widened += byte < 0xC0 ? c : static_cast<char>(byte - 0x40);
  }
  return parseLongJson(widened, wanted);
}

Result<Annotation> readAnnotation(const fs::path& file) {
  const Result<std::string> text = readBytes(file);
  if (!text) return fail(text.error());
  const Json json = parsed(*text);
  const auto bad = [&](const char* why) {
    return fail(ErrorCode::badData, file.string() + ": " + why);
  };
  const Json* content =
      json.is_object() && json.contains("annotation") ? &json["annotation"] : nullptr;
  if (content == nullptr || !content->is_object() || !content->contains("object") ||
      !(*content)["object"].is_array()) {
    return bad("expected annotation.object, a list");
  }
  Annotation annotation;
  for (const Json& object : (*content)["object"]) {
    const auto has = [&](const char* key) { return object.is_object() && object.contains(key); };
    if (!has("name_ndx") || !object["name_ndx"].is_number_integer() || !has("name") ||
        !object["name"].is_string()) {
      return bad("an object without name_ndx, a number, or without name");
    }
    if (has("parts") && object["parts"].is_object() &&
        object["parts"].value("part_level", Json(0)) != 0) {
      continue;  // of another object: in a mask of its own
    }
    annotation.objects[object["name_ndx"].get<int>()] = object["name"];
  }
  for (const Json& part : content->value("scene", Json::array())) {
    if (!part.is_string()) continue;
    annotation.scene += (annotation.scene.empty() ? "" : "/") + part.get<std::string>();
  }
  return annotation;
}

// Of the release of 2017, *_atr.txt: an object a line, "instance # part level # occluded # name #
// raw name # attributes". Numbers are those of objects within the image.
Result<Annotation> readAttributes(const fs::path& file) {
  const Result<std::string> text = readBytes(file);
  if (!text) return fail(text.error());
  Annotation annotation;
  std::istringstream lines(*text);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    std::istringstream fields(line);
    int instance = 0, level = 0;
    char hash = 0;
    std::string occluded, name;
    fields >> instance >> hash >> level >> hash;
    std::getline(fields, occluded, '#');
    std::getline(fields >> std::ws, name, '#');
    name.erase(name.find_last_not_of(" \t\r") + 1);
    if (!fields || instance < 1 || hash != '#' || name.empty()) {
      return fail(ErrorCode::badData, file.string() + ": line " + std::to_string(number) +
                                          ": expected \"instance # part level # occluded # "
                                          "name # ...\"");
    }
    if (level == 0) annotation.objects[instance] = name;
  }
  return annotation;
}

struct AnnotatedPairs {
  std::vector<PairFiles> pairs;
  bool byInstance = false;                    // the release of 2017
  std::vector<Annotation> annotations;        // of each pair
  std::map<int, std::string> objects;         // by their numbers in masks; empty by instance
  std::map<std::string, std::size_t> images;  // that show each name
};

Result<AnnotatedPairs> findAll(const fs::path& folder) {
  const auto files = namedFiles(folder, {".jpg", ".jpeg"});
  if (!files) return fail(files.error());
  AnnotatedPairs found;
  Offenders missing("{file is|files are} missing beside images of " + folder.string());
  std::error_code error;
  const auto besideOf = [](const fs::path& image) {
    return fs::path(image).replace_extension().string();
  };
  found.byInstance = std::any_of(files->begin(), files->end(), [&](const auto& file) {
    return fs::exists(besideOf(file.second) + kAttributes, error);
  });
  const char* const about = found.byInstance ? kAttributes : ".json";
  for (const auto& [name, image] : *files) {
    const std::string beside = besideOf(image);
    for (const char* end : {"_seg.png", about}) {
      if (!fs::exists(beside + end, error)) missing.add(beside + end);
    }
    found.pairs.push_back({.id = name, .image = image, .mask = beside + "_seg.png"});
  }
  if (missing.any()) return fail(missing.error());
  if (found.pairs.empty()) return fail(ErrorCode::notFound, folder.string() + ": no .jpg in it");
  found.annotations.resize(found.pairs.size());
  const ParallelOptions options{.task = "reading annotations", .threads = std::min(coreCount(), 8)};
  Result<void> read = parallelFor(found.pairs.size(), options, [&](std::size_t i) -> Result<void> {
    const fs::path file = besideOf(found.pairs[i].image) + about;
    auto annotation = found.byInstance ? readAttributes(file) : readAnnotation(file);
    if (!annotation) return fail(annotation.error());
    if (found.byInstance) {
      annotation->scene = fs::path(found.pairs[i].id).parent_path().generic_string();
    }
    found.annotations[i] = std::move(*annotation);
    return {};
  });
  if (!read) return fail(read.error());
  for (std::size_t i = 0; i < found.annotations.size(); ++i) {
    found.pairs[i].attributes["scene"] = found.annotations[i].scene;
    std::set<std::string> names;
    for (const auto& [number, name] : found.annotations[i].objects) {
      if (!found.byInstance) found.objects.emplace(number, name);
      names.insert(name);
    }
    for (const std::string& name : names) ++found.images[name];
  }
  return found;
}

// The class of the recipe that takes objects of this name; the name itself where there is none.
std::string classOf(const std::string& object, const std::vector<ClassSpec>& classes) {
  const std::string first = object.substr(0, object.find(','));
  for (const std::string& name : {object, first}) {
    for (const ClassSpec& one : classes) {
      if (one.name == name) return name;
    }
  }
  return object;
}

// Those that most images show first.
std::vector<std::string> namesOfObjects(const AnnotatedPairs& found,
                                        const DatasetRequest& request) {
  std::map<std::string, std::size_t> images;
  for (const auto& [object, count] : found.images) {
    images[classOf(object, request.classes)] += count;
  }
  if (request.split != "train") {  // a small split may lack some of the recipe's
    for (const ClassSpec& one : request.classes) images.emplace(one.name, 0);
  }
  std::vector<std::string> names;
  for (const auto& [name, count] : images) names.push_back(name);
  std::stable_sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    return images[a] > images[b];
  });
  return names;
}

Result<std::unique_ptr<Dataset>> openAde20kFull(const DatasetRequest& request,
                                                const PublishedOptions& options) {
  Result<AnnotatedPairs> found = findAll(
      firstPlace(request, {"{split}", "images/ADE/{split}", "ADE20K_2021_17_01/images/ADE/{split}",
                           "ADE20K_2016_07_26/images/{split}", "images/{split}"}));
  if (!found) return fail(found.error());
  const std::vector<std::string> names = namesOfObjects(*found, request);
  const auto labels = labelsByName(names, request.classes, options.others);
  if (!labels) return fail(labels.error());
  std::vector<ClassSpec> classes = request.classes;
  for (std::size_t i = 0;
       request.classes.empty() && i < std::min<std::size_t>(names.size(), kMostClasses); ++i) {
    classes.push_back({names[i], classColour(i), ""});
  }
  LabelMap map = LabelMap::byName(classes, LabelValues::objects);
  Result<void> added = map.add(objectCode(0), "void");
  for (const auto& [number, object] : found->objects) {
    const int label = labels->at(classOf(object, request.classes));
    if (added && number > 0) {
      added = map.add(objectCode(number),
                      label == kVoidLabel ? "void" : classes[static_cast<std::size_t>(label)].name);
    }
  }
  if (!added) return fail(added.error());
  if (found->byInstance) {
    for (std::size_t i = 0; i < found->pairs.size(); ++i) {
      for (const auto& [number, object] : found->annotations[i].objects) {
        found->pairs[i].instances[number] = labels->at(classOf(object, request.classes));
      }
    }
  }
  PairRules rules{
      .labels = std::move(map), .classes = std::move(classes), .byInstance = found->byInstance};
  return checkedPairs(std::move(found->pairs), std::move(rules), options.audit, request);
}

}  // namespace

DatasetRow ade20kFullRow() {
  return {"ade20k-full",
          "{training,validation}/<scenes>/*.jpg beside *_seg.png and *.json (2017: *_atr.txt): any "
          "object by its name",
          PublishedOptions{},
          true,
          typed<openAde20kFull>,
          nullptr,
          "ade20k"};
}

}  // namespace limbus
