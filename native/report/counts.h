// How well a model counts: what it found beside what is there, image by image, as numbers and as
// the section of a report.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace limbus {

struct PartCount {
  std::int64_t truth = 0, found = 0;

  bool isNear() const;  // within 10 % of the true one, which 0 alone is of 0
};

// Errors are found / truth - 1, over the images that have one; absent: none has.
struct CountSummary {
  std::int64_t truth = 0, found = 0;       // in all images
  std::int64_t near = 0;                   // images within 10 %
  std::optional<double> medianErrorShare;  // more than 0: found too many
  std::optional<double> meanAbsoluteErrorShare;
};

CountSummary summaryOf(const std::vector<PartCount>& images);

// The parts of one class.
struct ClassCounts {
  std::string name;
  std::vector<PartCount> images;
};

// The numbers of each class, and for the kMostScatters classes of most parts what was found over
// what is there, a dot for each image. `ids`: the images' names.
constexpr std::size_t kMostScatters = 6;
std::string countsPart(const std::vector<ClassCounts>& classes,
                       const std::vector<std::string>& ids);

}  // namespace limbus
