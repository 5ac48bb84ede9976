// Numbers of a data set: sizes, shares of the classes, and what training may take from them.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "native/data/dataset.h"

namespace limbus {

struct ClassStatistics {
  std::string name;
  std::array<std::uint8_t, 3> colour{};
  std::int64_t pixels = 0;
  std::int64_t images = 0;       // that hold it
  std::int64_t imagePixels = 0;  // labelled pixels of those
};

struct DatasetStatistics {
  std::int64_t images = 0, labelled = 0, colourImages = 0;
  std::map<std::pair<int, int>, std::int64_t> sizes;  // {width, height}: images
  std::vector<ClassStatistics> classes;
  std::int64_t voidPixels = 0, labelledPixels = 0;
  // Of all pixels in [0,1], red, green and blue; grey images count in each.
  std::array<double, 3> mean{}, deviation{};
};

// Reads every sample, in a few threads; `read` is called after each. Classes without a name are
// called by their number.
Result<DatasetStatistics> statisticsOf(const std::vector<const Dataset*>& parts,
                                       const std::function<void()>& read = {});

// Weights for a loss, one per class; 0 for a class that is nowhere.
enum class ClassWeights {
  inverseFrequency,  // 1 / (classes * share): 1 where all are as frequent
  medianFrequency,   // median(f) / f, f the share in the images that hold it (Eigen, Fergus, 2015)
  enet,              // 1 / ln(1.02 + share) (Paszke et al., 2016)
};
std::vector<double> classWeights(const DatasetStatistics& statistics, ClassWeights kind);

}  // namespace limbus
