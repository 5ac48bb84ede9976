// How well a model counts: the parts of its classes in a prediction, as the manifest's regions say,
// beside the connected parts of the true mask, which keeps apart what is apart. What is void in the
// truth is void in both.
#pragma once

#include <string>
#include <vector>

#include "native/commands/evaluate/class_map.h"
#include "native/report/counts.h"
#include "shared/json_reader.h"
#include "shared/manifest.h"

namespace limbus {

class Counting {
 public:
  // The classes of the manifest but backgrounds, as far as labels mean them.
  Counting(const Manifest& manifest, const ClassMap& map);

  const std::vector<std::string>& names() const { return names_; }

  // One count for each name; masks in the model's classes, and `labels`, void where nothing counts.
  Result<std::vector<PartCount>> of(const Mask& labels, const Mask& truth, Mask prediction) const;

 private:
  const Manifest* manifest_;
  std::vector<int> classes_;
  std::vector<std::string> names_;
};

// [{"name": "nucleus", "images": 90, "truth": 3100, "found": 3052, "imagesWithin10Percent": 71,
// "shareWithin10Percent": 0.789, "medianErrorShare": -0.01, "meanAbsoluteErrorShare": 0.06}, ...]
// of the counts of each image; null: no image has an error (CountSummary).
Json countsJson(const std::vector<std::string>& names,
                const std::vector<std::vector<PartCount>>& images);
void printCounts(const Json& counts);

}  // namespace limbus
