#include "native/commands/evaluate/count_scores.h"

#include <algorithm>
#include <cstdio>

#include "native/commands/parts/score_json.h"
#include "shared/vision/regions.h"

namespace limbus {

Counting::Counting(const Manifest& manifest, const ClassMap& map) : manifest_(&manifest) {
  for (std::size_t i = 0; i < manifest.classes.size(); ++i) {
    const auto index = static_cast<std::uint8_t>(i);
    const bool meant = std::find(map.ours.begin(), map.ours.end(), index) != map.ours.end();
    if (manifest.classes[i].role == "background" || !meant) continue;
    classes_.push_back(static_cast<int>(i));
    names_.push_back(manifest.classes[i].name);
  }
}

Result<std::vector<PartCount>> Counting::of(const Mask& labels, const Mask& truth,
                                            Mask prediction) const {
  for (std::size_t i = 0; i < prediction.pixels.size(); ++i) {
    if (labels.pixels[i] == kVoidLabel) prediction.pixels[i] = kVoidLabel;
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
    std::vector<PartCount> counts;
    for (const std::vector<PartCount>& image : images) counts.push_back(image[i]);
    const CountSummary all = summaryOf(counts);
    answer.push_back({{"name", names[i]},
                      {"images", images.size()},
                      {"truth", all.truth},
                      {"found", all.found},
                      {"imagesWithin10Percent", all.near},
                      {"shareWithin10Percent",
                       static_cast<double>(all.near) / static_cast<double>(images.size())},
                      {"medianErrorShare", orNull(all.medianErrorShare)},
                      {"meanAbsoluteErrorShare", orNull(all.meanAbsoluteErrorShare)}});
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
