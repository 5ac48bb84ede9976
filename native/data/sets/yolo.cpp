// Outlines as YOLO's segmentation networks are trained with (Ultralytics):
//
//   ROOT/data.yaml                    names: of the classes
//   ROOT/images/{split}/a.jpg         or {split}/images
//   ROOT/labels/{split}/a.txt         on each line a class and x y x y ..., of 1 the image's sides
//
// What no outline covers is "background"; an image without a file of labels holds nothing else.
// Where labels are left over, too, their names are wrong.
#include <algorithm>
#include <cmath>
#include <sstream>

#include "native/data/files/csv.h"
#include "native/data/files/image_files.h"
#include "native/data/sets/drawn.h"
#include "native/data/sets/named_files.h"
#include "native/system/text.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

std::string trimmed(std::string text) {
  const char* blank = " \t\r\"'";
  text.erase(0, text.find_first_not_of(blank));
  text.erase(text.find_last_not_of(blank) + 1);
  return text;
}

// The entries of YAML's [a, 'b, c'] or {0: a} that `text` opens with, over as many lines as it
// takes; none where it does not end.
std::vector<std::string> flowEntries(const std::string& text) {
  const char close = text.front() == '[' ? ']' : '}';
  std::vector<std::string> entries;
  std::string entry;
  char quote = 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const char c = text[i];
    const std::size_t last = entry.find_last_not_of(" \t\r\n");
    const bool opens = last == std::string::npos || entry[last] == ':';  // no apostrophe
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if ((c == '"' || c == '\'') && opens) {
      quote = c;
    } else if (c == '#' && (text[i - 1] == ' ' || text[i - 1] == '\n')) {
      i = std::min(text.find('\n', i), text.size());
      continue;
    } else if (c == ',' || c == close) {
      if (last != std::string::npos) entries.push_back(entry);  // a comma may stand at the end
      if (c == close) return entries;
      entry.clear();
      continue;
    }
    entry += c == '\n' ? ' ' : c;
  }
  return {};
}

// Of a list, or of a map whose keys count from 0; none of another.
std::vector<std::string> flowNames(const std::string& text) {
  std::vector<std::string> names;
  for (const std::string& entry : flowEntries(text)) {
    const std::size_t colon = text.front() == '{' ? entry.find(':') : std::string::npos;
    const bool isNext = trimmed(entry.substr(0, colon)) == std::to_string(names.size());
    if (text.front() == '{' && (colon == std::string::npos || !isNext)) return {};
    names.push_back(trimmed(colon == std::string::npos ? entry : entry.substr(colon + 1)));
  }
  return names;
}

// The forms of "names:" that exporters write: [a, b] or {0: a, 1: b} behind it, or on the lines
// below "- a" or "0: a".
Result<std::vector<std::string>> readNames(const fs::path& file) {
  const Result<std::string> bytes = readText(file);
  if (!bytes) return fail(bytes.error());
  std::istringstream lines(*bytes);
  std::vector<std::string> names;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    const bool isKey = line.rfind("names:", 0) == 0;
    const std::size_t value = isKey ? line.find_first_not_of(" \t", 6) : std::string::npos;
    if (value != std::string::npos && (line[value] == '[' || line[value] == '{')) {
      std::string flow = line.substr(value);
      for (std::string more; std::getline(lines, more);) flow += '\n' + more;
      names = flowNames(flow);
      break;
    }
    const std::size_t comment = line.find(" #");
    if (comment != std::string::npos) line.resize(comment);
    if (isKey) {
      inside = true;
      if (!trimmed(line.substr(6)).empty()) break;
      continue;
    }
    if (!inside || trimmed(line).empty()) continue;
    const std::string entry = trimmed(line);
    if (entry.rfind("- ", 0) == 0) {
      names.push_back(trimmed(entry.substr(2)));
    } else if (line.front() == ' ' && entry.find(": ") != std::string::npos) {
      if (entry.substr(0, entry.find(':')) != std::to_string(names.size())) break;
      names.push_back(trimmed(entry.substr(entry.find(": ") + 2)));
    } else {
      break;
    }
  }
  if (!names.empty()) return names;
  return fail(
      ErrorCode::badData,
      file.string() + ": expected names: with [a, b] or {0: a, 1: b}, or lines of '- a' or '0: a'");
}

// "" or what is wrong with a line.
std::string readLine(const std::string& line, ImageSize size, int classes, Shape& shape) {
  std::istringstream words(line);
  std::vector<double> numbers;
  for (double number = 0; words >> number;) numbers.push_back(number);
  if (!words.eof()) return "something else than numbers";
  if (numbers.size() == 5) return "a box, not an outline";
  if (numbers.size() < 7 || numbers.size() % 2 == 0) {
    return "expected a class and at least 3 points, got " + std::to_string(numbers.size()) +
           " numbers";
  }
  if (numbers[0] < 0 || numbers[0] >= classes || numbers[0] != std::floor(numbers[0])) {
    return "class " + showNumber(numbers[0]) + ", expected 0 to " + std::to_string(classes - 1);
  }
  shape.label = static_cast<int>(numbers[0]);
  Outline outline;
  for (std::size_t i = 1; i < numbers.size(); i += 2) {
    if (std::max(std::abs(numbers[i]), std::abs(numbers[i + 1])) > 1.5) {
      return "a point at (" + showNumber(numbers[i]) + ", " + showNumber(numbers[i + 1]) +
             "); the image's sides are 1";
    }
    outline.push_back({numbers[i] * size.width, numbers[i + 1] * size.height});
  }
  shape.outlines.push_back(std::move(outline));
  return "";
}

Result<void> readShapes(const fs::path& file, int classes, Offenders& wrong, PairFiles& pair) {
  const Result<ImageSize> size = readImageSize(pair.image);
  if (!size) return fail(size.error());
  const Result<std::string> bytes = readText(file);
  if (!bytes) return fail(bytes.error());
  std::istringstream lines(*bytes);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (trimmed(line).empty()) continue;
    Shape shape;
    const std::string problem = readLine(line, *size, classes, shape);
    if (!problem.empty()) {
      wrong.add(file.string() + " line " + std::to_string(number), problem);
    }
    pair.shapes.push_back(std::move(shape));
  }
  return {};
}

// Files among the labels that tools put there: names of classes, lists of images.
bool isNoLabel(const std::string& name) {
  static const std::vector<std::string> names = {"classes", "notes",      "train", "val",
                                                 "valid",   "validation", "test"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

Result<std::unique_ptr<Dataset>> openYolo(const DatasetRequest& request,
                                          const DrawnOptions& options) {
  const fs::path yaml = firstPlace(request, {"data.yaml", "dataset.yaml", "data.yml"});
  const Result<std::vector<std::string>> names = readNames(yaml);
  if (!names) return fail(names.error());
  const fs::path folder = firstPlace(request, {"images/{split}", "{split}/images"});
  const auto images = namedFiles(folder, imageExtensions());
  if (!images) return fail(images.error());
  if (images->empty()) return fail(ErrorCode::notFound, folder.string() + ": no images in it");
  const auto labels =
      namedFiles(firstPlace(request, {"labels/{split}", "{split}/labels"}), {".txt"});
  if (!labels) return fail(labels.error());
  std::vector<PairFiles> pairs;
  Offenders wrong("{label is|labels are} wrong");
  for (const auto& [name, image] : *images) {
    PairFiles pair{.id = name, .image = image};
    if (const auto file = labels->find(name); file != labels->end()) {
      const int classes = static_cast<int>(names->size());
      Result<void> read = readShapes(file->second, classes, wrong, pair);
      if (!read) return fail(read.error());
    }
    pairs.push_back(std::move(pair));
  }
  if (wrong.any()) return fail(wrong.error());
  Offenders left("{label belongs|labels belong} to no image");
  std::size_t matched = 0;
  for (const auto& [name, file] : *labels) {
    if (images->count(name) != 0) {
      ++matched;
    } else if (!isNoLabel(name)) {
      left.add(file.string());
    }
  }
  if (const std::size_t bare = images->size() - matched; left.any() && bare > 0) {
    const Error error = left.error();
    return fail(error.code,
                error.message + "; " +
                    counted(bare, "{image|images} of " + folder.string() + " {has|have} none") +
                    ": a.txt is that of a.jpg; take away what is left over");
  }
  return openDrawn(std::move(pairs), *names, request, options);
}

}  // namespace

DatasetRow yoloRow() {
  return {"yolo",          "data.yaml, images/{split}, labels/{split}/*.txt: outlines for YOLO",
          DrawnOptions{},  true,
          typed<openYolo>, nullptr,
          "zero-one"};
}

}  // namespace limbus
