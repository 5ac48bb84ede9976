#include "native/commands/count_scores.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "native/commands/score_json.h"
#include "shared/vision/regions.h"

namespace limbus {

bool PartCount::isNear() const { return 10 * std::abs(found - truth) <= truth; }

Counting::Counting(const Manifest& manifest, const ClassMap& map) : manifest_(&manifest) {
  for (std::size_t i = 0; i < manifest.classes.size(); ++i) {
    const auto index = static_cast<std::uint8_t>(i);
    const bool meant = std::find(map.ours.begin(), map.ours.end(), index) != map.ours.end();
    if (manifest.classes[i].role == "background" || !meant) continue;
    classes_.push_back(static_cast<int>(i));
    names_.push_back(manifest.classes[i].name);
  }
}

Result<std::vector<PartCount>> Counting::of(const Mask& truth, Mask prediction) const {
  for (std::size_t i = 0; i < prediction.pixels.size(); ++i) {
    if (truth.pixels[i] == kVoidLabel) prediction.pixels[i] = kVoidLabel;
  }
  std::vector<PartCount> counts(classes_.size());
  const RegionSpec parts{.rule = RegionRule::all, .minAreaPx = 1};
  for (const bool ofTruth : {true, false}) {
    const Result<Analysis> analysis =
        analyse((ofTruth ? truth : prediction).view(), manifest_->classes,
                ofTruth ? parts : manifest_->regions);
    if (!analysis) return fail(analysis.error());
    for (std::size_t i = 0; i < classes_.size(); ++i) {
      (ofTruth ? counts[i].truth : counts[i].found) =
          std::count_if(analysis->regions.begin(), analysis->regions.end(),
                        [&](const Region& region) { return region.classIndex == classes_[i]; });
    }
  }
  return counts;
}

Json countsJson(const std::vector<std::string>& names,
                const std::vector<std::vector<PartCount>>& images) {
  Json answer = Json::array();
  for (std::size_t i = 0; i < names.size(); ++i) {
    PartCount all;
    std::int64_t near = 0;
    std::vector<double> errors;
    for (const std::vector<PartCount>& image : images) {
      all.truth += image[i].truth;
      all.found += image[i].found;
      near += image[i].isNear();
      if (image[i].truth == 0) continue;
      errors.push_back(static_cast<double>(image[i].found) / static_cast<double>(image[i].truth) -
                       1);
    }
    std::optional<double> median;
    if (!errors.empty()) {
      std::sort(errors.begin(), errors.end());
      const std::size_t middle = errors.size() / 2;
      median = (errors[middle] + errors[(errors.size() - 1) / 2]) / 2;
    }
    answer.push_back(
        {{"name", names[i]},
         {"images", images.size()},
         {"truth", all.truth},
         {"found", all.found},
         {"imagesWithin10Percent", near},
         {"shareWithin10Percent", static_cast<double>(near) / static_cast<double>(images.size())},
         {"medianErrorShare", orNull(median)}});
  }
  return answer;
}

void printCounts(const Json& counts) {
  for (const Json& row : counts) {
    std::printf("%s counted: %lld of %lld; within 10 %% in %lld of %lld images (%.1f %%)",
                row["name"].get<std::string>().c_str(), row["found"].get<long long>(),
                row["truth"].get<long long>(), row["imagesWithin10Percent"].get<long long>(),
                row["images"].get<long long>(), 100 * row["shareWithin10Percent"].get<double>());
    if (!row["medianErrorShare"].is_null()) {
      std::printf(", off by %+.1f %% (median)", 100 * row["medianErrorShare"].get<double>());
    }
    std::printf("\n");
  }
  std::fflush(stdout);
}

}  // namespace limbus
