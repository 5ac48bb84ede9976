// What the values of a mask file mean. Every reader of labels maps them with one of these, and
// nothing else does.
//
//   LabelMap labels = LabelMap::ofClasses(classes);   // number i and colour i: class i; 255: void
//   labels.add(11, "void");                           // more by name: a class, or "void"
//   labels.add({128, 64, 128}, "road");
//   Result<Mask> mask = labels.classesOf(stored);     // one channel: numbers; three: colours
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "shared/image.h"
#include "shared/manifest.h"
#include "shared/result.h"

namespace limbus {

using Rgb = std::array<std::uint8_t, 3>;

enum class LabelValues {
  either,  // a file's own kind: grey and palette images hold numbers, coloured ones colours
  numbers,
  colours,
  binary,     // any grey: below 128 class 0, from there on class 1
  instances,  // numbers of objects (files/objects.h): 0 and 1 once they are read
  objects,    // ADE20K's colours: objectCode()
};

// ADE20K's number of an object in a colour, blue left out: red / 10 * 256 + green.
Rgb objectCode(int number);

class LabelMap {
 public:
  // Without classes every number means itself, and colours mean nothing.
  static LabelMap ofClasses(const std::vector<ClassSpec>& classes,
                            LabelValues values = LabelValues::either);
  // Knows the classes' names alone, for data sets with numbers or colours of their own.
  static LabelMap byName(const std::vector<ClassSpec>& classes, LabelValues values);

  // A number (0 to 255) or colour (of objects: a code) means this class, or "void". Replaces what
  // it meant before.
  Result<void> add(int number, const std::string& name);
  Result<void> add(const Rgb& colour, const std::string& name);

  LabelValues values() const { return values_; }
  bool takesAnyNumber() const;
  // Numbers that mean nothing so far mean this class, or "void".
  Result<void> addOtherNumbers(const std::string& name);

  // Class indices, void as kVoidLabel. An error names the value or colour that means nothing, how
  // often and where it is first.
  Result<Mask> classesOf(const Image& stored) const;

 private:
  static constexpr int kNone = -1;
  static constexpr int kTwice = -2;  // the colour of two classes

  LabelMap(const std::vector<ClassSpec>& classes, LabelValues values);
  Result<int> meaningOf(const std::string& name) const;
  Result<Mask> byNumber(const Image& stored) const;
  Result<Mask> byColour(const Image& stored) const;
  Result<Mask> byEither(const Image& stored) const;
  Result<Mask> byThreshold(const Image& stored) const;
  std::string expectedNumbers() const;  // "0 to 3, or 255 for void"
  std::string expectedColours() const;  // "#000000 background, #ff0000 iris"
  std::string nameOf(int meaning) const;

  std::vector<std::string> names_;
  LabelValues values_;
  std::array<int, 256> numbers_;
  std::map<Rgb, int> colours_;
};

// What LabelMap says of a mask's values, without in how many of its pixels they are and where: the
// same for all masks of one mistake.
std::string withoutPlace(const std::string& problem);

}  // namespace limbus
