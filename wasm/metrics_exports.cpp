// What exports.h offers for masks and points from elsewhere.
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "shared/json_reader.h"
#include "shared/metrics/metrics.h"
#include "shared/vision/ellipse_fit.h"
#include "wasm/exports.h"
#include "wasm/handle.h"
#include "wasm/numbers.h"

namespace {

using limbus::ErrorCode;
using limbus::Json;
using limbus::Result;

int refuseClasses(Limbus& limbus, int classes) {
  return refuse(limbus, ErrorCode::badArgument,
                "expected 1 to 255 classes, got " + std::to_string(classes));
}

bool isCount(double value) {
  return value >= 0 && value <= 9007199254740992.0 && value == std::floor(value);
}

}  // namespace

int limbusFitEllipse(Limbus* limbus, const float* points, std::uint32_t count) {
  return guarded(limbus, [&](Limbus& self) {
    std::vector<limbus::Point> list(count);
    for (std::uint32_t i = 0; i < count; ++i) list[i] = {points[2 * i], points[2 * i + 1]};
    self.numbers = limbus::numbersOf(limbus::fitEllipse(list));
    return 0;
  });
}

int limbusConfusion(Limbus* limbus, const std::uint8_t* truth, int truthWidth, int truthHeight,
                    const std::uint8_t* prediction, int width, int height, int classes) {
  return guarded(limbus, [&](Limbus& self) {
    if (classes < 1 || classes > 255) return refuseClasses(self, classes);
    limbus::ConfusionMatrix counts(classes);
    const Result<void> added =
        counts.add({truth, truthWidth, truthHeight, 1}, {prediction, width, height, 1});
    if (!added) return refuse(self, added.error());
    self.numbers = limbus::numbersOf(counts);
    return 0;
  });
}

int limbusScore(Limbus* limbus, const char* convention, const double* counts, int matrices,
                int classes) {
  return guarded(limbus, [&](Limbus& self) {
    if (classes < 1 || classes > 255) return refuseClasses(self, classes);
    std::vector<limbus::ConfusionMatrix> list(static_cast<std::size_t>(matrices),
                                              limbus::ConfusionMatrix(classes));
    for (limbus::ConfusionMatrix& matrix : list) {
      for (int cell = 0; cell < classes * classes; ++cell, ++counts) {
        if (!isCount(*counts))
          return refuse(self, ErrorCode::badArgument,
                        "counts are whole numbers from 0 to 2^53, got " + Json(*counts).dump());
        matrix.count(cell / classes, cell % classes, static_cast<std::int64_t>(*counts));
      }
    }
    const Result<limbus::Scores> scores = limbus::score(convention, list);
    if (!scores) return refuse(self, scores.error());
    self.numbers = limbus::numbersOf(*scores);
    return 0;
  });
}

int limbusConventions(Limbus* limbus) {
  return guarded(limbus, [&](Limbus& self) {
    Json list = Json::array();
    for (const limbus::ConventionRow& row : limbus::conventions())
      list.push_back({{"name", row.name}, {"summary", row.summary}});
    self.text = limbus::dumpJson(list);
    return 0;
  });
}

const double* limbusNumbers(const Limbus* limbus) { return limbus->numbers.data(); }
