// Outlines of LabelMe: the program's JSON beside each image,
//
//   ROOT/{split}/a.jpg, a.json     {"imagePath": "a.jpg", "shapes": [{"label": "cat", "points":
//   ...}]}
//
// or the XML of the older page (objects of polygons, or of masks in Masks/). ROOT without folders
// of splits is undivided: every fifth image is for validation. Polygons, rectangles and circles
// become classes by their labels; what none covers is "background". Points and lines draw nothing.
// As in the program's own converters __ignore__ is void and _background_ is background.
#include <algorithm>
#include <cmath>

#include "native/data/files/image_files.h"
#include "native/data/files/xml.h"
#include "native/data/sets/drawn.h"
#include "native/data/sets/folder_pairs.h"
#include "native/data/sets/named_files.h"
#include "native/system/files.h"
#include "shared/json_reader.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

using Names = std::vector<std::string>;

const std::string kBackground = "background";

// Of a shape: a place among the names, or kNoName.
int labelNamed(Names& names, const std::string& label) {
  if (label == "__ignore__") return kNoName;
  return placeOf(names, label == "_background_" ? kBackground : label);
}

// Outlines of what the program draws by other means than points all around.
Outline outlineOf(const std::string& type, const Outline& points) {
  if (type == "rectangle" && points.size() == 2) {
    return {points[0], {points[1].x, points[0].y}, points[1], {points[0].x, points[1].y}};
  }
  if (type == "circle" && points.size() == 2) {  // its centre, and a point of it
    const double radius = std::hypot(points[1].x - points[0].x, points[1].y - points[0].y);
    return ellipseOutline(points[0], radius, radius);
  }
  return points;
}

// "" or what is wrong.
std::string readShape(const Json& json, Names& names, std::vector<Shape>& shapes) {
  if (!json.is_object() || !json.value("label", Json()).is_string() ||
      !json.value("points", Json()).is_array()) {
    return "a shape without label or points";
  }
  const std::string type = json.value("shape_type", Json("polygon")).is_string()
                               ? json.value("shape_type", Json("polygon")).get<std::string>()
                               : "polygon";
  if (type == "point" || type == "line" || type == "linestrip" || type == "points") return "";
  if (type != "polygon" && type != "rectangle" && type != "circle") {
    return "a shape of type '" + type + "', which is not read; export it as a polygon";
  }
  Outline points;
  for (const Json& point : json["points"]) {
    if (!point.is_array() || point.size() != 2 || !point[0].is_number() || !point[1].is_number()) {
      return "a point is [x, y], got " + describeJson(point);
    }
    points.push_back({point[0].get<double>(), point[1].get<double>()});
  }
  const Json group = json.value("group_id", Json());
  shapes.push_back({.label = labelNamed(names, json["label"].get<std::string>()),
                    .outlines = {outlineOf(type, points)},
                    .group = group.is_number_integer() ? group.get<int>() : kNoGroup});
  return "";
}

std::string readLabelmeJson(const std::string& text, const fs::path& file, Names& names,
                            PairFiles& pair) {
  const Json json = parseLongJson(text);  // may hold the image: any length
  if (!json.is_object() || !json.value("shapes", Json()).is_array()) {
    return "expected an object with a list of shapes";
  }
  const Json path = json.value("imagePath", Json());
  if (!path.is_string()) return "imagePath is missing";
  std::string name = path.get<std::string>();
  std::replace(name.begin(), name.end(), '\\', '/');  // written on Windows
  pair.image = file.parent_path() / name;
  for (const Json& shape : json["shapes"]) {
    const std::string problem = readShape(shape, names, pair.shapes);
    if (!problem.empty()) return problem;
  }
  return "";
}

// A mask of its own, as runs.
Result<Shape> shapeOfMask(const fs::path& file, int label) {
  const Result<Image> mask = readImage(file);
  if (!mask) return fail(mask.error());
  Shape shape{.label = label, .outlines = {}, .runs = {0}, .runsSize = {mask->width, mask->height}};
  bool inside = false;
  for (int x = 0; x < mask->width; ++x) {
    for (int y = 0; y < mask->height; ++y) {
      const std::uint8_t* pixel = mask->row(y) + static_cast<std::size_t>(x) * mask->channels;
      const bool set = *std::max_element(pixel, pixel + mask->channels) > 0;
      if (set != inside) shape.runs.push_back(0);
      inside = set;
      ++shape.runs.back();
    }
  }
  return shape;
}

std::string readLabelmeXml(const std::string& text, const fs::path& file, Names& names,
                           PairFiles& pair) {
  const Result<XmlElement> root = parseXml(text);
  if (!root) return root.error().message;
  const std::string image = root->textOf("filename");
  if (image.empty()) return "filename is missing";
  pair.image = file.parent_path() / image;
  for (const XmlElement& object : root->children) {
    if (object.name != "object" || object.textOf("deleted") == "1") continue;
    const int label = labelNamed(names, object.textOf("name"));
    const auto number = static_cast<int>(&object - root->children.data());
    for (const XmlElement& part : object.children) {
      if (part.name == "polygon") {
        Outline outline;
        for (const XmlElement& point : part.children) {
          if (point.name != "pt") continue;
          outline.push_back(
              {std::atof(point.textOf("x").c_str()), std::atof(point.textOf("y").c_str())});
        }
        pair.shapes.push_back({.label = label, .outlines = {outline}, .group = number});
      } else if (part.name == "segm") {
        Result<Shape> shape =
            shapeOfMask(file.parent_path() / "Masks" / part.textOf("mask"), label);
        if (!shape) return shape.error().message;
        pair.shapes.push_back(std::move(*shape));
      }
    }
  }
  return "";
}

Result<std::unique_ptr<Dataset>> openLabelMe(const DatasetRequest& request,
                                             const DrawnOptions& options) {
  std::error_code error;
  const fs::path split = splitPath(request, "{split}");
  const bool divided = fs::is_directory(split, error);
  if (!divided && request.splitNamed) {
    return fail(ErrorCode::badArgument, request.root.string() + ": no folder " +
                                            split.filename().string() +
                                            "; leave --split out to take all images");
  }
  for (const char* part : {"train", "validation"}) {
    DatasetRequest other = request;
    other.split = part;
    const fs::path there = splitPath(other, "{split}");
    if (divided || request.split == part || !fs::is_directory(there, error)) continue;
    return fail(ErrorCode::notFound,
                split.string() + ": no such folder beside " + there.string() + kAddOrDivide);
  }
  const fs::path folder = divided ? split : request.root;
  const auto files = namedFiles(folder, {".json", ".xml"});
  if (!files) return fail(files.error());
  std::vector<PairFiles> pairs;
  Names names;
  Offenders wrong("{file is|files are} wrong");
  for (const auto& [name, file] : *files) {
    const Result<std::string> text = readBytes(file);
    if (!text) return fail(text.error());
    PairFiles pair{.id = name, .image = {}};
    const bool xml = lowerExtension(file) == ".xml";
    std::string problem =
        xml ? readLabelmeXml(*text, file, names, pair) : readLabelmeJson(*text, file, names, pair);
    if (problem.empty() && !fs::exists(pair.image, error)) {
      problem = "its image " + pair.image.filename().string() + " is not there";
    }
    if (!problem.empty()) wrong.add(file.string(), problem);
    pairs.push_back(std::move(pair));
  }
  if (wrong.any()) return fail(wrong.error());
  if (pairs.empty()) {
    return fail(ErrorCode::notFound, folder.string() + ": no .json or .xml of LabelMe in it");
  }
  std::vector<std::string> sorted = names;  // in whatever order the files come
  std::sort(sorted.begin(), sorted.end());
  if (const auto own = std::find(sorted.begin(), sorted.end(), kBackground); own != sorted.end()) {
    std::rotate(sorted.begin(), own, own + 1);  // first, as where none is drawn
  }
  if (request.split != "train") {  // a small split may lack some of the recipe's
    for (const ClassSpec& one : request.classes) placeOf(sorted, one.name);
  }
  for (PairFiles& pair : pairs) {
    for (Shape& shape : pair.shapes) {
      if (shape.label != kNoName) shape.label = placeOf(sorted, names[shape.label]);
    }
  }
  if (!divided && request.divide) pairs = fifthOf(request.split, pairs);
  return openDrawn(std::move(pairs), std::move(sorted), request, options, divided);
}

}  // namespace

DatasetRow labelmeRow() {
  return {"labelme",          "LabelMe's .json (or the older page's .xml) beside each image",
          DrawnOptions{},     true,
          typed<openLabelMe>, nullptr,
          "imagenet"};
}

}  // namespace limbus
