// Scores as JSON, in every answer alike.
#pragma once

#include <optional>
#include <string>

#include "shared/json_reader.h"
#include "shared/metrics/metrics.h"

namespace limbus {

// null: there is none.
inline Json orNull(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}
inline Json orNull(const std::string& text) { return text.empty() ? Json() : Json(text); }

inline Json scoresJson(const std::string& name, const ClassScores& scores) {
  return {{"name", name},
          {"iou", orNull(scores.iou)},
          {"dice", orNull(scores.dice)},
          {"precision", orNull(scores.precision)},
          {"recall", orNull(scores.recall)}};
}

}  // namespace limbus
