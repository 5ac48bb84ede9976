// "CVAT for images 1.1", an export of CVAT:
//
//   ROOT/annotations.xml (or {split}.xml)   <image name="a.jpg"> with polygons, boxes, ellipses
//                                           and masks
//   ROOT/images/a.jpg                       or beside the file; of a project images/<subset>/a.jpg
//
// Labels become classes in the file's order, what none covers is "background"; z_order says what
// lies over what. The subset of an image is its split, where the file gives such; else every fifth
// image is for validation. Tags, lines, points and skeletons draw nothing.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <sstream>

#include "native/data/files/image_files.h"
#include "native/data/files/xml.h"
#include "native/data/sets/drawn.h"
#include "native/data/sets/folder_pairs.h"
#include "native/data/sets/sample_list.h"
#include "native/system/files.h"
#include "shared/elementary.h"
#include "shared/options/rows.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

struct Ordered {
  Shape shape;
  int z = 0;
};

std::vector<double> numbersOf(std::string text) {
  for (char& c : text) c = c == ',' || c == ';' ? ' ' : c;
  std::istringstream words(text);
  std::vector<double> numbers;
  for (double number = 0; words >> number;) numbers.push_back(number);
  return numbers;
}

// Runs of a part of the image, along its rows, as runs down the columns of the whole.
std::string placeRuns(const XmlElement& element, ImageSize image, Shape& shape) {
  const auto number = [&](const char* key) { return std::atoi(element.attribute(key).c_str()); };
  const int left = number("left"), top = number("top");
  const int width = number("width"), height = number("height");
  if (left < 0 || top < 0 || width < 1 || height < 1 || width > image.width ||
      height > image.height || left > image.width - width || top > image.height - height) {
    return "a mask outside the image";
  }
  if (auto fits = checkImageSize(image.width, image.height); !fits) return fits.error().message;
  Mask whole(image.width, image.height, 1);
  std::int64_t at = 0;
  bool inside = false;
  for (const double run : numbersOf(element.attribute("rle"))) {
    for (int i = 0; i < run; ++i, ++at) {
      if (at >= std::int64_t{width} * height) return "a mask of more pixels than its box has";
      if (inside) whole.row(top + static_cast<int>(at / width))[left + at % width] = 1;
    }
    inside = !inside;
  }
  shape.runs = {0};
  shape.runsSize = image;
  for (int x = 0; x < image.width; ++x) {
    for (int y = 0; y < image.height; ++y) {
      const bool set = whole.row(y)[x] != 0;
      if (set != (shape.runs.size() % 2 == 0)) shape.runs.push_back(0);
      ++shape.runs.back();
    }
  }
  return "";
}

// About the middle of a box or an ellipse, clockwise on the screen, as CVAT turns them.
Outline turned(Outline outline, OutlinePoint middle, double degrees) {
  if (degrees == 0) return outline;
  const double angle = degrees * kPi / 180;
  for (OutlinePoint& point : outline) {
    const double x = point.x - middle.x, y = point.y - middle.y;
    point = {middle.x + x * std::cos(angle) - y * std::sin(angle),
             middle.y + x * std::sin(angle) + y * std::cos(angle)};
  }
  return outline;
}

bool drawsNothing(const std::string& element) {
  static const std::vector<std::string> names = {"tag", "polyline", "points", "skeleton"};
  return std::find(names.begin(), names.end(), element) != names.end();
}

// "" or what is wrong.
std::string readObject(const XmlElement& element, ImageSize image, std::vector<std::string>& names,
                       std::vector<Ordered>& objects) {
  if (drawsNothing(element.name)) return "";
  const auto number = [&](const char* key) { return std::atof(element.attribute(key).c_str()); };
  Ordered object;
  object.z = std::atoi(element.attribute("z_order").c_str());
  if (element.name == "polygon") {
    const std::vector<double> numbers = numbersOf(element.attribute("points"));
    Outline outline;
    for (std::size_t i = 0; i + 1 < numbers.size(); i += 2) {
      outline.push_back({numbers[i], numbers[i + 1]});
    }
    object.shape.outlines.push_back(std::move(outline));
  } else if (element.name == "box") {
    const double x0 = number("xtl"), y0 = number("ytl"), x1 = number("xbr"), y1 = number("ybr");
    object.shape.outlines.push_back(turned({{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}},
                                           {(x0 + x1) / 2, (y0 + y1) / 2}, number("rotation")));
  } else if (element.name == "ellipse") {
    const OutlinePoint middle{number("cx"), number("cy")};
    object.shape.outlines.push_back(
        turned(ellipseOutline(middle, number("rx"), number("ry")), middle, number("rotation")));
  } else if (element.name == "mask") {
    const std::string problem = placeRuns(element, image, object.shape);
    if (!problem.empty()) return problem;
  } else {
    return "a <" + element.name + ">, which is not read; draw it as a polygon, or take it away";
  }
  const std::string label = element.attribute("label");  // CVAT lets people leave it empty
  object.shape.label = label.empty() ? kNoName : placeOf(names, label);
  objects.push_back(std::move(object));
  return "";
}

std::vector<std::string> labelNames(const XmlElement& root) {
  std::vector<std::string> names;
  const XmlElement* at = root.child("meta");
  const XmlElement* task = nullptr;
  for (const char* of : {"task", "job", "project"}) {
    if (task == nullptr && at != nullptr) task = at->child(of);
  }
  const XmlElement* labels = task == nullptr ? nullptr : task->child("labels");
  if (labels == nullptr) return names;
  for (const XmlElement& label : labels->children) {
    const std::string type = label.textOf("type");
    if (type != "skeleton" && type != "points") names.push_back(label.textOf("name"));
  }
  return names;
}

// Frames of a video are named without the extension of their files.
fs::path imageOf(const DatasetRequest& request, const std::string& name,
                 const std::string& subset) {
  std::vector<fs::path> places = {request.root / "images" / name, request.root / name};
  if (!subset.empty()) places.insert(places.begin(), request.root / "images" / subset / name);
  std::error_code error;
  for (const char* extension : {"", ".PNG", ".png", ".jpg"}) {
    for (const fs::path& place : places) {
      fs::path file = place.string() + extension;
      if (fs::is_regular_file(file, error)) return file;
    }
  }
  return places.front();
}

const std::string& subsetOf(const PairFiles& pair) { return pair.attributes.at("subset"); }

// Whether the subsets are splits: all of them, or none ("default", and what people call parts).
Result<bool> areSplits(const std::vector<PairFiles>& pairs, const fs::path& file) {
  std::set<std::string> strange;
  bool any = false;
  for (const PairFiles& pair : pairs) {
    const bool known = !splitNamed(subsetOf(pair)).empty();
    any = any || known;
    if (!known) strange.insert(subsetOf(pair).empty() ? "none" : "'" + subsetOf(pair) + "'");
  }
  if (!any || strange.empty()) return any;
  return fail(
      ErrorCode::badData,
      file.string() + ": some images are of the subsets Train, Validation or Test, others of " +
          joinNames({strange.begin(), strange.end()}) + "; bring them into one of the three");
}

Result<std::unique_ptr<Dataset>> openCvat(const DatasetRequest& request,
                                          const DrawnOptions& options) {
  const fs::path file = firstPlace(request, {"annotations.xml", "{split}.xml"});
  const Result<std::string> text = readBytes(file);
  if (!text) return fail(text.error());
  const Result<XmlElement> root = parseXml(*text);
  if (!root) return fail(root.error().code, file.string() + ": " + root.error().message);
  std::vector<std::string> names = labelNames(*root);
  const bool unlisted = names.empty();
  std::vector<PairFiles> pairs;
  Offenders missing("{image|images} that " + file.string() + " names {is|are} not there");
  Offenders wrong("{image|images} of " + file.string() + " {has|have} labels that are wrong");
  std::error_code error;
  for (const XmlElement& image : root->children) {
    if (image.name != "image") continue;
    const fs::path name = image.attribute("name");
    const std::string subset = image.attribute("subset");
    PairFiles pair{.id = name.string(), .image = imageOf(request, name.string(), subset)};
    if (pair.image.filename() == name.filename()) {
      pair.id = fs::path(name).replace_extension().string();
    }
    if (!fs::exists(pair.image, error)) missing.add(name.string());
    const ImageSize size{std::atoi(image.attribute("width").c_str()),
                         std::atoi(image.attribute("height").c_str())};
    std::vector<Ordered> objects;
    // Each mask takes the memory and time of an image of the size that the file states.
    if (image.child("mask") != nullptr) {
      const Result<ImageSize> real = readImageSize(pair.image);
      if (!real && !missing.any()) return fail(real.error());
      const bool fits = real && real->width == size.width && real->height == size.height;
      if (real && !fits) {
        wrong.add(name.string(), "masks for an image of another size than " +
                                     std::to_string(real->width) + "x" +
                                     std::to_string(real->height));
      }
      if (!fits) continue;
    }
    for (const XmlElement& element : image.children) {
      const std::string problem = readObject(element, size, names, objects);
      if (!problem.empty()) wrong.add(name.string(), problem);
    }
    std::stable_sort(objects.begin(), objects.end(),
                     [](const Ordered& a, const Ordered& b) { return a.z < b.z; });
    for (Ordered& object : objects) pair.shapes.push_back(std::move(object.shape));
    pair.attributes["subset"] = subset;
    pairs.push_back(std::move(pair));
  }
  if (missing.any()) return fail(missing.error());
  if (wrong.any()) return fail(wrong.error());
  if (pairs.empty()) {
    return fail(ErrorCode::badData,
                file.string() + ": no images; export the task as \"CVAT for images 1.1\"");
  }
  const bool ofSplit = file.filename() != "annotations.xml";
  const Result<bool> splits = ofSplit ? Result<bool>(true) : areSplits(pairs, file);
  if (!splits) return fail(splits.error());
  const bool divided = *splits;
  if (unlisted && ofSplit && request.split != "train") {  // which may lack some of the recipe's
    for (const ClassSpec& one : request.classes) placeOf(names, one.name);
  }
  if (!divided && request.splitNamed) {
    return fail(ErrorCode::badArgument,
                file.string() +
                    ": its images are of no subset that is a split; leave --split out to "
                    "take them all");
  }
  std::map<std::string, int> named;
  for (const PairFiles& pair : pairs) ++named[pair.id];
  for (PairFiles& pair : pairs) {  // of two subsets images may have one name
    const bool shared = named[pair.id] > 1 && !subsetOf(pair).empty();
    if (!divided && shared) pair.id = subsetOf(pair) + "/" + pair.id;
  }
  std::map<std::string, std::set<std::string>> taken;  // in each split
  for (PairFiles& pair : pairs) {
    pair.id = ownName(taken[divided ? subsetOf(pair) : ""],
                      {pair.id, pair.id + pair.image.extension().string()});
  }
  if (!divided && request.divide) pairs = fifthOf(request.split, pairs);
  if (divided && !ofSplit) {
    pairs.erase(std::remove_if(pairs.begin(), pairs.end(),
                               [&](const PairFiles& pair) {
                                 return splitNamed(subsetOf(pair)) != request.split;
                               }),
                pairs.end());
  }
  return openDrawn(std::move(pairs), std::move(names), request, options, divided);
}

}  // namespace

DatasetRow cvatRow() {
  return {"cvat",
          "annotations.xml of an export \"CVAT for images 1.1\" beside images/; what nothing "
          "covers is background, what was drawn without a label takes no part",
          DrawnOptions{},
          true,
          typed<openCvat>,
          nullptr,
          "imagenet"};
}

}  // namespace limbus
