// A dataset is size() and get(i); small datasets wrap others. One file and one row each
// (datasets.cpp).
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "shared/image.h"
#include "shared/manifest.h"
#include "shared/options/options.h"
#include "shared/result.h"

namespace limbus {

struct Sample {
  std::string id;  // file name without extension, or what names it best
  Image image;     // 1 or 3 channels
  Mask mask;       // same size, classes and kVoidLabel; empty when the split has no labels
};

// What is known of a sample without reading its pixels.
struct SampleFacts {
  std::string id;     // as in Sample
  std::string group;  // subject or sequence, what a split must not tear apart; empty: unknown
  std::map<std::string, std::string> attributes = {};  // "route": "Tokyo1"
  std::filesystem::path image = {}, mask = {};         // empty: not a file
  bool labelled = false;  // by a mask file or by outlines, be there none in this image
};

using LabelSet = std::bitset<256>;

class Dataset {
 public:
  virtual ~Dataset() = default;
  virtual std::size_t size() const = 0;
  // Safe to call from several threads. `epoch` lets procedural datasets be new in every epoch;
  // those on disk ignore it. Errors name the file.
  virtual Result<Sample> get(std::size_t index, std::uint32_t epoch) const = 0;
  virtual bool fresh() const { return false; }         // samples are new in every epoch
  virtual SampleFacts facts(std::size_t index) const;  // by default a number as the id
  // The classes that its masks mean, in order: those asked for, the data set's own or those found.
  virtual std::vector<ClassSpec> classes() const { return {}; }
  // False: as opened from its folder, where the images of all splits lie together and nothing says
  // which is of which.
  virtual bool divided() const { return true; }
  // What its masks may hold: where they were all read when it was opened, what they do hold.
  virtual LabelSet labels() const { return LabelSet().set(); }
};

// The classes of `classes` that no mask holds, by name.
std::vector<std::string> absentClasses(const Dataset& samples,
                                       const std::vector<ClassSpec>& classes);

// "24 of hash 0123456789abcdef": how many, and their names in order. Equal for the same images.
std::string whichSamples(const Dataset& samples);

struct DatasetRequest {
  std::filesystem::path root;      // --data DIR; unused by procedural datasets
  std::string split;               // train | validation | test
  std::vector<ClassSpec> classes;  // empty: labels of any number, taken as they are
  // Asked of images that lie in one folder for all splits: train gets four fifths, validation every
  // fifth. Without it they are all of every split.
  bool divide = false;
  bool splitNamed = false;  // by somebody: such images are an error then
  // Files are matched and headers read, but wrong ones stay in: an audit finds them all itself.
  bool unchecked = false;
  // Image files come without their masks: nobody looks at those that are there, nor misses others.
  bool unlabelled = false;
};

// What a published data set's masks mean: in its own numbers and colours.
struct ClassTable {
  struct Entry {
    std::string name;
    std::array<std::uint8_t, 3> colour;
    int number;  // in its mask files
  };
  std::vector<Entry> entries = {};
  std::vector<int> voidNumbers = {};
  std::vector<std::array<std::uint8_t, 3>> voidColours = {};
  bool othersAreVoid = false;  // any other number
};

struct DatasetRow {
  const char* name;
  const char* summary;  // layout and labels in one line
  Options options;
  bool needsRoot;
  Result<std::unique_ptr<Dataset>> (*open)(const DatasetRequest& request, const Options& options);
  ClassTable (*table)() = nullptr;  // null: masks mean what the recipe says
  const char* preset = "";          // of input_presets.h: the published mean and deviation
  // Where pseudo-labels of an image lie below their folder, as .npy, by its path: as in the data
  // set itself. Null: like those of `folder`, masks/*.png.
  std::filesystem::path (*labelFile)(const std::filesystem::path& image) = nullptr;
};

// Where a split lies: `pattern` with every {split} replaced, below the root. Many data sets call
// their folders training, val, valid or testing: taken where there is none of the usual name.
std::filesystem::path splitPath(const DatasetRequest& request, const std::string& pattern);

const std::vector<DatasetRow>& datasets();
Result<std::unique_ptr<Dataset>> openDataset(const Chosen<DatasetRow>& data,
                                             const DatasetRequest& request);

}  // namespace limbus
