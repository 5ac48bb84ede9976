#include "native/report/run_log.h"

#include <sstream>

#include "native/system/files.h"
#include "native/system/json_files.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostLines = 4;  // of one plot

// What stands under "validation/mIoU"; null: nothing.
const Json* valueAt(const Json& record, const std::string& pointer) {
  const Json::json_pointer place(pointer);
  return record.contains(place) ? &record.at(place) : nullptr;
}

PlotLine lineOf(const RunLog& log, const std::string& label, const std::string& pointer) {
  PlotLine line{label, {}, {}};
  for (const Json& record : log.epochs) {
    const Json* value = valueAt(record, pointer);
    if (value == nullptr || !value->is_number()) continue;
    line.x.push_back(record.value("epoch", 0.0));
    line.y.push_back(value->get<double>());
  }
  return line;
}

Plot classCurves(const RunLog& log) {
  Plot plot{"IoU of each class, validation", "epoch", "IoU", {}, false};
  const Json* classes = nullptr;  // of the last validation
  for (auto record = log.epochs.rbegin(); record != log.epochs.rend() && !classes; ++record) {
    classes = valueAt(*record, "/validation/iou");
  }
  if (classes == nullptr || !classes->is_object() || classes->size() > kMostLines) return plot;
  const Json::json_pointer place("/validation/iou");
  for (const auto& item : classes->items()) {
    plot.lines.push_back(lineOf(log, item.key(), (place / item.key()).to_string()));
  }
  return plot;
}

}  // namespace

bool isRun(const fs::path& folder) {
  std::error_code error;
  return fs::is_regular_file(folder / "config.json", error) &&
         fs::is_regular_file(folder / "recipe.json", error);
}

Result<RunLog> readRunLog(const fs::path& folder) {
  if (!isRun(folder)) {
    return fail(ErrorCode::notFound,
                folder.string() + ": is no run: config.json and recipe.json are missing" +
                    (isRun(folder / "fold0")
                         ? "; it holds folds: take " + (folder / "fold0").string() + " and so on"
                         : ""));
  }
  const fs::path config = folder / "config.json", records = folder / "log.jsonl";
  Result<Json> recipe = readJson(config);
  if (!recipe) return fail(recipe.error());
  RunLog log{std::move(*recipe), {}};
  std::error_code error;
  if (!fs::exists(records, error)) return log;
  const Result<std::string> lines = readBytes(records);
  if (!lines) return fail(lines.error());
  std::istringstream stream(*lines);
  for (std::string line; std::getline(stream, line);) {
    Json record = parseLongJson(line);
    const bool ofEpoch = record.is_object() && record.value("epoch", Json(0)).is_number();
    if (ofEpoch) log.epochs.push_back(std::move(record));
  }
  return log;
}

std::vector<Plot> curvesOf(const RunLog& log) {
  if (log.epochs.size() < 2) return {};
  std::vector<Plot> plots = {
      {"Loss",
       "epoch",
       "loss",
       {lineOf(log, "training", "/trainLoss"), lineOf(log, "validation", "/validation/loss")},
       true},
      {"Scores, validation",
       "epoch",
       "score",
       {lineOf(log, "mIoU", "/validation/mIoU"), lineOf(log, "mDice", "/validation/mDice"),
        lineOf(log, "pixel accuracy", "/validation/pixelAccuracy")},
       false},
      classCurves(log),
      {"Learning rate", "epoch", "learning rate", {lineOf(log, "learning rate", "/lr")}, true}};
  std::erase_if(plots, [](const Plot& plot) {
    for (const PlotLine& line : plot.lines) {
      if (!line.x.empty()) return false;
    }
    return true;
  });
  return plots;
}

}  // namespace limbus
