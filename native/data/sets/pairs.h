// Image files with their masks, and the checks that every dataset on disk makes when it is opened.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "native/data/dataset.h"
#include "native/data/label_map.h"
#include "native/data/sets/shapes.h"
#include "shared/result.h"

namespace limbus {

struct PairFiles {
  std::string id;
  std::filesystem::path image;
  std::filesystem::path mask = {};  // empty: no label, or the shapes are
  std::string group = {};           // SampleFacts
  std::map<std::string, std::string> attributes = {};
  std::vector<Shape> shapes = {};
  std::map<int, int> instances = {};  // labels of its objects, where PairRules::byInstance
};

struct PairRules {
  LabelMap labels;
  bool mayBeTransposed = false;         // [W,H] instead of [H,W], told by the image's size
  std::vector<ClassSpec> classes = {};  // for Dataset::classes()
  bool drawn = false;                   // masks are drawn from the shapes
  int background = 0;                   // where no shape lies
  bool apart = false;                   // and between objects of one class
  bool byInstance = false;              // masks hold objects (instance_labels.h)
  std::string remedy = {};              // what to do about labels that are not classes
  bool divided = true;                  // for Dataset::divided()
};

// Collects offenders so that one error says how many there are and names a handful, by reasons.
class Offenders {
 public:
  // `what`: of one and of more (inNumber).
  explicit Offenders(std::string what) : what_(std::move(what)) {}
  // What the reason says of this one alone is left out where others have it too (withoutPlace).
  void add(const std::string& who, const std::string& why = "");
  // What a message says of one of these files in front: "eyes/a.png: is no PNG".
  void addMessage(const std::string& message, const std::vector<std::filesystem::path>& files);
  bool any() const { return count_ > 0; }
  // "2 labels are missing: in eyes/labels/: a.npy, b.npy"
  // "9 masks differ in size from their images: in eyes/masks/: image 8x8, mask 4x4: a.png, b.png,
  // c.png, d.png, e.png and 4 more"
  Error error() const;

 private:
  struct Reason {
    std::string why, ofFirst;
    std::vector<std::string> first;
    std::size_t count = 0;
  };
  std::string what_;
  std::vector<Reason> reasons_;  // the first few, in the order in which they come
  std::size_t count_ = 0;
};

// Sizes from the headers and all labels, in a few threads, with a line on the terminal. One error
// names all that cannot be read, differ in size or hold labels that are not classes. Else what the
// masks hold, or may, where they were not read.
Result<LabelSet> auditPairs(const std::vector<PairFiles>& pairs, const PairRules& rules);

// What is wrong with one pair; empty: nothing.
struct PairProblems {
  std::string unreadable, size, labels;
  LabelSet held = LabelSet().set();  // all: its mask was not read
};
PairProblems problemsOf(const PairFiles& pair, const PairRules& rules);

// Reads one pair; the mask comes back upright, in classes, checked like in the audit.
Result<Sample> readPair(const PairFiles& pair, const PairRules& rules);

// A dataset over such pairs.
std::unique_ptr<Dataset> datasetOfPairs(std::vector<PairFiles> pairs, PairRules rules,
                                        LabelSet held = LabelSet().set());

// The same once `audit` has found nothing wrong, where it is wanted and nobody else does it.
Result<std::unique_ptr<Dataset>> checkedPairs(std::vector<PairFiles> pairs, PairRules rules,
                                              bool audit, const DatasetRequest& request);

}  // namespace limbus
