#include "native/data/label_map.h"

#include <algorithm>

#include "shared/colour_text.h"
#include "shared/options/rows.h"

namespace limbus {
namespace {

const std::string kVoidName = "void";

bool isGrey(const Image& image) {
  if (image.channels == 1) return true;
  for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
    if (image.pixels[i] != image.pixels[i + 1] || image.pixels[i] != image.pixels[i + 2]) {
      return false;
    }
  }
  return true;
}

Rgb colourAt(const Image& image, std::size_t pixel) {
  const std::uint8_t* at = &image.pixels[pixel * image.channels];
  if (image.channels == 1) return {at[0], at[0], at[0]};
  return {at[0], at[1], at[2]};
}

// The colour as the map knows it.
Rgb keyOf(const Rgb& colour, LabelValues values) {
  if (values != LabelValues::objects) return colour;
  return objectCode(colour[0] / 10 * 256 + colour[1]);
}

std::string storedName(const Rgb& key, LabelValues values) {
  if (values != LabelValues::objects) return "colour " + colourText(key);
  return "object " + std::to_string(key[0] / 10 * 256 + key[1]);
}

std::string pixelPlace(const Image& image, std::size_t pixel) {
  return std::to_string(pixel % image.width) + ", " + std::to_string(pixel / image.width);
}

// A value that means nothing.
struct Unknown {
  std::size_t count = 0, first = 0;
  void add(std::size_t pixel) {
    if (count++ == 0) first = pixel;
  }
};

constexpr const char* kIn = " in ";
constexpr const char* kPixelsAt = " pixels, first at (";

// "label 9 in 12 of 24 pixels, first at (2, 0), and 1 other (expected 0 to 2, or 255 for void)": of
// several the most frequent.
Error unknownValues(const std::vector<std::pair<std::string, Unknown>>& values, const Image& stored,
                    const std::string& expected) {
  const auto& [name, most] = *std::max_element(
      values.begin(), values.end(),
      [](const auto& one, const auto& other) { return one.second.count < other.second.count; });
  const std::size_t pixels = static_cast<std::size_t>(stored.width) * stored.height;
  std::string text = name + kIn + std::to_string(most.count) + " of " + std::to_string(pixels) +
                     kPixelsAt + pixelPlace(stored, most.first) + ")";
  if (values.size() > 1) {
    text +=
        ", and " + std::to_string(values.size() - 1) + " other" + (values.size() > 2 ? "s" : "");
  }
  return {ErrorCode::badData, text + " (expected " + expected + ")"};
}

}  // namespace

Rgb objectCode(int number) {
  return {static_cast<std::uint8_t>(number / 256 * 10), static_cast<std::uint8_t>(number % 256), 0};
}

LabelMap::LabelMap(const std::vector<ClassSpec>& classes, LabelValues values) : values_(values) {
  for (const ClassSpec& one : classes) names_.push_back(one.name);
  numbers_.fill(kNone);
  numbers_[kVoidLabel] = kVoidLabel;
}

LabelMap LabelMap::ofClasses(const std::vector<ClassSpec>& classes, LabelValues values) {
  LabelMap map(classes, values);
  const int numbers = classes.empty() ? kVoidLabel : static_cast<int>(classes.size());
  for (int i = 0; i < std::min<int>(numbers, kVoidLabel); ++i) map.numbers_[i] = i;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const auto [entry, isNew] = map.colours_.emplace(classes[i].colour, static_cast<int>(i));
    if (!isNew) entry->second = kTwice;
  }
  return map;
}

LabelMap LabelMap::byName(const std::vector<ClassSpec>& classes, LabelValues values) {
  return LabelMap(classes, values);
}

Result<int> LabelMap::meaningOf(const std::string& name) const {
  if (name == kVoidName) return kVoidLabel;
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found != names_.end()) return static_cast<int>(found - names_.begin());
  std::vector<std::string> known = names_;
  known.push_back(kVoidName);
  return fail(ErrorCode::badArgument, unknownName("class", name, known));
}

Result<void> LabelMap::add(int number, const std::string& name) {
  if (number < 0 || number > 255) {
    return fail(ErrorCode::badArgument,
                "a label is a number from 0 to 255, got " + std::to_string(number));
  }
  return meaningOf(name).map([&](int meaning) { numbers_[number] = meaning; });
}

Result<void> LabelMap::add(const Rgb& colour, const std::string& name) {
  return meaningOf(name).map([&](int meaning) { colours_[colour] = meaning; });
}

Result<void> LabelMap::addOtherNumbers(const std::string& name) {
  return meaningOf(name).map(
      [&](int meaning) { std::replace(numbers_.begin(), numbers_.end(), kNone, meaning); });
}

bool LabelMap::takesAnyNumber() const {
  return std::find(numbers_.begin(), numbers_.end(), kNone) == numbers_.end();
}

Result<Mask> LabelMap::classesOf(const Image& stored) const {
  if (stored.channels != 1 && stored.channels != 3) {
    return fail(ErrorCode::badData, "a mask has 1 channel (numbers) or 3 (colours), got " +
                                        std::to_string(stored.channels));
  }
  switch (values_) {
    case LabelValues::numbers:
    case LabelValues::instances:
      return byNumber(stored);
    case LabelValues::colours:
    case LabelValues::objects:
      return byColour(stored);
    case LabelValues::binary:
      return byThreshold(stored);
    case LabelValues::either:
      break;
  }
  return byEither(stored);
}

Result<Mask> LabelMap::byNumber(const Image& stored) const {
  if (!isGrey(stored)) {
    return fail(ErrorCode::badData,
                "a mask of numbers (grey or palette PNG, npy) was expected, this is a colour "
                "image");
  }
  Mask mask(stored.width, stored.height, 1);
  constexpr std::uint16_t kUnknown = 256;
  std::array<std::uint16_t, 256> meanings{};
  for (std::size_t number = 0; number < meanings.size(); ++number) {
    const int meaning = numbers_[number];
    meanings[number] = meaning == kNone ? kUnknown : static_cast<std::uint16_t>(meaning);
  }
  unsigned any = 0;
  for (std::size_t i = 0; i < mask.pixels.size(); ++i) {
    const std::uint16_t meaning = meanings[stored.pixels[i * stored.channels]];
    mask.pixels[i] = static_cast<std::uint8_t>(meaning);
    any |= meaning;
  }
  if (any < kUnknown) return mask;
  std::array<Unknown, 256> seen{};
  for (std::size_t i = 0; i < mask.pixels.size(); ++i) {
    seen[stored.pixels[i * stored.channels]].add(i);
  }
  std::vector<std::pair<std::string, Unknown>> unknown;
  for (int number = 255; number >= 0; --number) {
    if (seen[number].count == 0 || numbers_[number] != kNone) continue;
    unknown.emplace_back("label " + std::to_string(number), seen[number]);
  }
  return fail(unknownValues(unknown, stored, expectedNumbers()));
}

Result<Mask> LabelMap::byColour(const Image& stored) const {
  Mask mask(stored.width, stored.height, 1);
  Rgb last{};
  int meaning = kNone;
  std::map<Rgb, Unknown> strange;
  for (std::size_t i = 0; i < mask.pixels.size(); ++i) {
    const Rgb colour = keyOf(colourAt(stored, i), values_);
    if (i == 0 || colour != last) {  // masks are flat: most pixels repeat their neighbour
      const auto found = colours_.find(colour);
      meaning = found == colours_.end() ? kNone : found->second;
      last = colour;
    }
    if (meaning == kTwice) {
      return fail(ErrorCode::badData, "colour " + colourText(colour) +
                                          " is that of two classes; give each one of its own");
    }
    if (meaning == kNone) strange[colour].add(i);
    mask.pixels[i] = static_cast<std::uint8_t>(meaning);
  }
  if (strange.empty()) return mask;
  std::vector<std::pair<std::string, Unknown>> unknown;
  for (const auto& [colour, seen] : strange) {
    unknown.emplace_back(storedName(colour, values_), seen);
  }
  return fail(unknownValues(unknown, stored, expectedColours()));
}

Result<Mask> LabelMap::byThreshold(const Image& stored) const {
  Mask mask(stored.width, stored.height, 1);
  for (std::size_t i = 0; i < mask.pixels.size(); ++i) {
    const Rgb colour = colourAt(stored, i);
    mask.pixels[i] = (colour[0] + colour[1] + colour[2]) / 3 >= 128 ? 1 : 0;
  }
  return mask;
}

// Numbers are often stored as grey RGB, and a mask of colours may happen to be grey: such a file is
// taken when only one reading makes sense, or both say the same.
Result<Mask> LabelMap::byEither(const Image& stored) const {
  if (stored.channels == 1) return byNumber(stored);
  if (!isGrey(stored)) return byColour(stored);
  Result<Mask> numbers = byNumber(stored);
  Result<Mask> colours = byColour(stored);
  if (numbers && colours && numbers->pixels != colours->pixels) {
    return fail(ErrorCode::badData,
                "a grey RGB mask whose values are numbers of classes and colours of others; say "
                "which with \"labels\": \"numbers\" or \"colours\"");
  }
  return !numbers && colours ? colours : numbers;
}

std::string LabelMap::nameOf(int meaning) const {
  if (meaning == kVoidLabel) return kVoidName;
  return meaning >= 0 ? names_[static_cast<std::size_t>(meaning)] : "two classes";
}

std::string LabelMap::expectedNumbers() const {
  std::string classes, voids;
  for (int number = 0; number < 256; ++number) {
    if (numbers_[number] == kVoidLabel) {
      voids += (voids.empty() ? "" : ", ") + std::to_string(number);
    }
    if (numbers_[number] == kNone || numbers_[number] == kVoidLabel) continue;
    const int first = number;
    while (number < 255 && numbers_[number + 1] >= 0 && numbers_[number + 1] != kVoidLabel)
      ++number;
    classes += (classes.empty() ? "" : ", ") + std::to_string(first);
    if (number > first) classes += " to " + std::to_string(number);
  }
  return (classes.empty() ? "" : classes + ", or ") + voids + " for void";
}

std::string LabelMap::expectedColours() const {
  if (values_ == LabelValues::objects) return "those that the annotations name";
  if (colours_.empty()) return "numbers: no colours of classes are known here";
  constexpr std::size_t kNamedColours = 12;
  std::string text;
  std::size_t count = 0;
  for (const auto& [colour, meaning] : colours_) {
    if (++count > kNamedColours) break;
    text += (text.empty() ? "" : ", ") + colourText(colour) + " " + nameOf(meaning);
  }
  if (count <= kNamedColours) return text;
  return text + " and " + std::to_string(colours_.size() - kNamedColours) + " more";
}

std::string withoutPlace(const std::string& problem) {
  const std::size_t at = problem.find(kPixelsAt);
  if (at == std::string::npos) return problem;
  const std::size_t begin = problem.rfind(kIn, at), end = problem.find(')', at) + 1;
  return problem.substr(0, begin) + problem.substr(end);
}

}  // namespace limbus
