#include "native/commands/evaluate/table.h"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <string>

#include "native/commands/evaluate/count_scores.h"
#include "native/commands/evaluate/image_scores.h"
#include "native/system/text.h"

namespace limbus {
namespace {

std::string cell(const Json& value, double factor = 100) {
  char text[32];
  if (value.is_null()) return "       -";
  std::snprintf(text, sizeof text, "%8.2f", factor * value.get<double>());
  return text;
}

// "8 images of folder validation, as runs/first divided them (--split all: every one)"
std::string imagesText(const Json& answer) {
  const std::string split = answer["split"];
  std::string text = countOf(answer["images"].get<long long>(), "image") + " of " +
                     answer["dataset"].get<std::string>();
  text += split == "all" ? ", all of them" : " " + split;
  if (answer.contains("dividedAs")) {
    text +=
        ", as " + answer["dividedAs"].get<std::string>() + " divided them (--split all: every one)";
  }
  return text;
}

}  // namespace

void printEvaluation(const Json& answer) {
  std::size_t width = 5;
  for (const Json& row : answer["classes"]) {
    width = std::max(width, row["name"].get<std::string>().size());
  }
  std::cout << imagesText(answer) << ", convention " << answer["convention"].get<std::string>()
            << ", in percent\n"
            << "class" << std::string(width - 5, ' ') << "     IoU    Dice  precis.  recall"
            << (answer["classes"][0].contains("boundaryF1") ? "  bord.F1  HD95 px" : "") << "\n";
  for (const Json& row : answer["classes"]) {
    const std::string name = row["name"];
    std::cout << name << std::string(width - name.size(), ' ') << cell(row["iou"])
              << cell(row["dice"]) << " " << cell(row["precision"]) << cell(row["recall"]);
    if (row.contains("boundaryF1")) {
      std::cout << " " << cell(row["boundaryF1"]) << " " << cell(row["hausdorff95Px"], 1);
    }
    std::cout << "\n";
  }
  std::printf("mIoU %.2f, mDice %.2f, pixel accuracy %.2f\n", 100 * answer["mIoU"].get<double>(),
              100 * answer["mDice"].get<double>(), 100 * answer["pixelAccuracy"].get<double>());
  if (answer.contains("M")) {
    std::printf("M %.2f (%lld learned parameters, %.4f MB)\n", answer["M"].get<double>(),
                answer["learnedParameters"].get<long long>(), answer["sizeMb"].get<double>());
  }
  if (answer.contains("pupilCentre")) {
    const Json& pupil = answer["pupilCentre"];
    std::cout << "pupil found in " << pupil["found"] << " of "
              << pupil["found"].get<int>() + pupil["missed"].get<int>();
    if (pupil.contains("medianErrorPx")) {
      std::printf("; centre off by %.2f px (median), %.2f px (95%%)",
                  pupil["medianErrorPx"].get<double>(), pupil["p95ErrorPx"].get<double>());
    }
    std::cout << "\n";
  }
  if (answer.contains("counts")) printCounts(answer["counts"]);
  if (answer.contains("groups")) printGroups(answer["groups"]);
}

}  // namespace limbus
