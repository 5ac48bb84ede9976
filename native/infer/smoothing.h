// Answers to the frames of a sequence, averaged over neighbouring frames: what flickers from one to
// the next goes, what lasts stays. (Where labels are few and frames many, as in OpenEDS 2020.)
//
//   const Chosen<SmoothingRow> window = *parseSmoothing("window");
//   const SmoothingKernel kernel = window.row->kernel(window.options);
//   SmoothedMasks masks(probabilitiesOf, *sequencesOf(files, ""), kernel);
//   for (const std::size_t i : masks.order()) {
//     Result<Mask> mask = masks.mask(i);
//   }
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "native/infer/planes.h"
#include "shared/image.h"
#include "shared/options/options.h"
#include "shared/result.h"

namespace limbus {

// Weights of the frames around one: of the one `before` frames earlier first. They need not sum
// to 1.
struct SmoothingKernel {
  std::size_t before = 0;
  std::vector<double> weights = {1};
};

struct SmoothingRow {
  const char* name;
  const char* summary;
  Options options;
  SmoothingKernel (*kernel)(const Options& options);
};

const std::vector<SmoothingRow>& smoothings();

// "NAME" or "NAME:KEY=VALUE,KEY=VALUE".
Result<Chosen<SmoothingRow>> parseSmoothing(const std::string& text);

// Indices of the files of each sequence, in the order of their names, in which numbers count as
// such ("9.png" before "10.png"). A sequence is a folder, or with `pattern`, a regular expression,
// what its first group matches in the path; a path that it does not match is an error.
Result<std::vector<std::vector<std::size_t>>> sequencesOf(
    const std::vector<std::filesystem::path>& files, const std::string& pattern);

class SmoothedMasks {
 public:
  using Source = std::function<Result<Planes>(std::size_t index)>;  // probabilities

  SmoothedMasks(Source source, std::vector<std::vector<std::size_t>> sequences,
                SmoothingKernel kernel);

  // All indices, sequence by sequence: so each frame is asked for once.
  const std::vector<std::size_t>& order() const { return order_; }

  // The weighted mean of the frames' probabilities. Neighbours that have none are left out, as are
  // those beyond the sequence's ends.
  Result<Field> field(std::size_t index);
  Result<Mask> mask(std::size_t index);  // of that field

 private:
  const Result<Planes>& planes(std::size_t index);

  struct Place {
    std::size_t sequence = 0, frame = 0;
  };
  Source source_;
  std::vector<std::vector<std::size_t>> sequences_;
  SmoothingKernel kernel_;
  std::vector<std::size_t> order_;
  std::map<std::size_t, Place> places_;
  std::map<std::size_t, Result<Planes>> held_;  // of the frames around the last one
};

}  // namespace limbus
