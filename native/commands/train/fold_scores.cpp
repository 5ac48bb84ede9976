#include "native/commands/train/fold_scores.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "native/commands/parts/score_json.h"
#include "native/report/text_table.h"
#include "native/system/files.h"
#include "native/system/json_files.h"

namespace limbus {
namespace {

bool goesByImage(const std::string& convention) {
  const ConventionRow* row = findRow(conventions(), convention);
  return row != nullptr && row->byImage;
}

Result<Scores> scoresOf(const FoldScore& fold, const std::string& convention) {
  if (goesByImage(convention)) return score(convention, fold.byImage);
  return score(convention, {fold.confusion});
}

// All parts as one.
FoldScore pooled(const FoldScores& scores) {
  FoldScore all{.confusion = ConfusionMatrix(static_cast<int>(scores.classes.size()))};
  for (const FoldScore& fold : scores.done) {
    all.images += fold.images;
    all.confusion.add(fold.confusion);
    all.byImage.insert(all.byImage.end(), fold.byImage.begin(), fold.byImage.end());
  }
  return all;
}

Json countsOf(const ConfusionMatrix& matrix) {
  Json rows = Json::array();
  for (int truth = 0; truth < matrix.classes(); ++truth) {
    Json row = Json::array();
    for (int predicted = 0; predicted < matrix.classes(); ++predicted) {
      row.push_back(matrix.at(truth, predicted));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

// Of each image the cells that are not 0.
Json countsOf(const std::vector<ConfusionMatrix>& images) {
  Json list = Json::array();
  for (const ConfusionMatrix& image : images) {
    Json cells = Json::array();
    for (int truth = 0; truth < image.classes(); ++truth) {
      for (int predicted = 0; predicted < image.classes(); ++predicted) {
        const std::int64_t pixels = image.at(truth, predicted);
        if (pixels > 0) cells.insert(cells.end(), {truth, predicted, pixels});
      }
    }
    list.push_back(std::move(cells));
  }
  return list;
}

Json jsonOf(const FoldScore& all, const Scores& scores, const std::vector<std::string>& names) {
  Json classes = Json::array();
  for (std::size_t i = 0; i < names.size(); ++i) {
    classes.push_back(scoresJson(names[i], scores.classes[i]));
  }
  return {{"images", all.images},
          {"mIoU", scores.mIoU},
          {"mDice", scores.mDice},
          {"pixelAccuracy", scores.pixelAccuracy},
          {"classAccuracy", scores.classAccuracy},
          {"classes", std::move(classes)}};
}

bool isCount(const Json& value) {
  return value.is_number_unsigned() && value.get<double>() <= kMaxJsonInteger;
}

void readCounts(JsonReader& reader, ConfusionMatrix& matrix) {
  const Json* rows = reader.value("confusion");
  const auto classes = static_cast<std::size_t>(matrix.classes());
  const auto isRow = [&](const Json& row) {
    return row.is_array() && row.size() == classes && std::all_of(row.begin(), row.end(), isCount);
  };
  if (rows == nullptr || !rows->is_array() || rows->size() != classes ||
      !std::all_of(rows->begin(), rows->end(), isRow)) {
    reader.refuse("confusion", "expected " + std::to_string(classes) + " rows of as many counts");
    return;
  }
  for (int truth = 0; truth < matrix.classes(); ++truth) {
    for (int predicted = 0; predicted < matrix.classes(); ++predicted) {
      matrix.count(truth, predicted, (*rows)[truth][predicted].get<std::int64_t>());
    }
  }
}

void readCounts(JsonReader& reader, int classes, std::vector<ConfusionMatrix>& images) {
  const Json* list = reader.value("byImage");
  const auto isImage = [&](const Json& cells) {
    bool fits = cells.is_array() && cells.size() % 3 == 0 &&
                std::all_of(cells.begin(), cells.end(), isCount);
    for (std::size_t i = 0; fits && i < cells.size(); i += 3) {
      fits = cells[i].get<std::int64_t>() < classes && cells[i + 1].get<std::int64_t>() < classes;
    }
    return fits;
  };
  if (list == nullptr || !list->is_array() || !std::all_of(list->begin(), list->end(), isImage)) {
    reader.refuse("byImage",
                  "expected for each image a list of truth, prediction, pixels and so on");
    return;
  }
  for (const Json& cells : *list) {
    ConfusionMatrix& matrix = images.emplace_back(classes);
    for (std::size_t i = 0; i < cells.size(); i += 3) {
      matrix.count(cells[i].get<int>(), cells[i + 1].get<int>(), cells[i + 2].get<std::int64_t>());
    }
  }
}

FoldScore readFold(JsonReader& reader, const FoldScores& expected) {
  FoldScore fold{.confusion = ConfusionMatrix(static_cast<int>(expected.classes.size()))};
  std::vector<std::string> names;
  for (int i = 0; i < expected.folds; ++i) names.push_back(foldName(i));
  for (const char* key : {"run", "images", "epochs", "bestEpoch", "best"}) reader.required(key);
  if (const auto number = reader.readName("run", names)) fold.fold = static_cast<int>(*number);
  reader.read("images", fold.images, 1, 1 << 30)
      .read("epochs", fold.epochs, 1, 1 << 30)
      .read("bestEpoch", fold.bestEpoch, 1, 1 << 30)
      .read("best", fold.best, -1e300, 1e300);
  readCounts(reader, fold.confusion);
  if (goesByImage(expected.convention)) {
    readCounts(reader, fold.confusion.classes(), fold.byImage);
  }
  reader.finish();
  return fold;
}

TextRow rowOf(const std::string& name, const std::string& images, const std::string& best,
              const std::string& epoch, const Scores& scores) {
  return {name,
          images,
          best,
          epoch,
          shownNumber(scores.mIoU),
          shownNumber(scores.mDice),
          shownNumber(scores.pixelAccuracy)};
}

}  // namespace

void FoldScore::count(const ConfusionMatrix& image, const std::string& convention) {
  confusion.add(image);
  if (goesByImage(convention)) byImage.push_back(image);
}

const FoldScore* FoldScores::find(int fold) const {
  const auto found = std::find_if(done.begin(), done.end(),
                                  [&](const FoldScore& one) { return one.fold == fold; });
  return found == done.end() ? nullptr : &*found;
}

Result<Json> FoldScores::json() const {
  Json runs = Json::array();
  for (const FoldScore& fold : done) {
    runs.push_back({{"run", foldName(fold.fold)},
                    {"images", fold.images},
                    {"epochs", fold.epochs},
                    {"bestEpoch", fold.bestEpoch},
                    {"best", fold.best},
                    {"confusion", countsOf(fold.confusion)}});
    if (goesByImage(convention)) runs.back()["byImage"] = countsOf(fold.byImage);
  }
  Json json = {{"folds", folds},
               {"metric", metric},
               {"convention", convention},
               {"classes", classes},
               {"runs", std::move(runs)}};
  if (predictions) json["predictions"] = true;
  if (!complete()) return json;
  const FoldScore all = pooled(*this);
  const Result<Scores> scores = scoresOf(all, convention);
  if (!scores) return fail(scores.error());
  json["pooled"] = jsonOf(all, *scores, classes);
  return json;
}

std::string foldName(int fold) { return "fold" + std::to_string(fold); }

Result<void> writeFoldScores(const std::filesystem::path& file, const FoldScores& scores) {
  const Result<Json> json = scores.json();
  if (!json) return fail(json.error());
  return writeBytes(file, dumpJson(*json) + "\n");
}

Result<FoldScores> readFoldScores(const std::filesystem::path& file, const FoldScores& expected) {
  // Counts of many classes are more than readJson() takes.
  const Result<Json> json = readLongJson(file);
  if (!json) return fail(json.error());
  FoldScores scores;
  JsonReader reader(*json, file.string());
  for (const char* key : {"folds", "metric", "classes", "runs"}) reader.required(key);
  reader.read("folds", scores.folds, 2, 1000)
      .read("metric", scores.metric)
      .read("convention", scores.convention)
      .read("classes", scores.classes)
      .read("predictions", scores.predictions);
  reader.value("pooled");  // comes from the counts
  if (!reader.failed() && scores.folds != expected.folds) {
    return fail(ErrorCode::badArgument, file.string() + " is of " + std::to_string(scores.folds) +
                                            " parts, not of " + std::to_string(expected.folds) +
                                            "; pass as many, or choose another --out");
  }
  if (!reader.failed() && (scores.classes != expected.classes || scores.metric != expected.metric ||
                           scores.convention != expected.convention)) {
    return fail(ErrorCode::badArgument,
                file.string() + " is of a recipe with another '" +
                    (scores.metric != expected.metric           ? "bestMetric"
                     : scores.convention != expected.convention ? "convention"
                                                                : "classes") +
                    "'; pass the same recipe and --set, or choose another --out");
  }
  if (!reader.failed() && expected.predictions && !scores.predictions) {
    return fail(ErrorCode::badArgument,
                file.string() +
                    " was begun without --keep-predictions; leave it out, or choose "
                    "another --out");
  }
  for (JsonReader& one : reader.objects("runs", 1000)) {
    FoldScore fold = readFold(one, expected);
    if (scores.find(fold.fold) != nullptr) one.refuse("run", "this part is there twice");
    scores.done.push_back(std::move(fold));
  }
  if (auto error = reader.finish()) return fail(*error);
  return scores;
}

Result<std::string> foldTables(const FoldScores& scores) {
  std::vector<TextRow> rows;
  for (const FoldScore& fold : scores.done) {
    const Result<Scores> own = scoresOf(fold, scores.convention);
    if (!own) return fail(own.error());
    rows.push_back(rowOf(foldName(fold.fold), std::to_string(fold.images), shownNumber(fold.best),
                         std::to_string(fold.bestEpoch), *own));
  }
  const FoldScore all = pooled(scores);
  const Result<Scores> together = scoresOf(all, scores.convention);
  if (!together) return fail(together.error());
  rows.push_back(rowOf("pooled", std::to_string(all.images), "-", "-", *together));
  std::vector<TextRow> classes;
  for (std::size_t i = 0; i < scores.classes.size(); ++i) {
    const ClassScores& one = together->classes[i];
    TextRow row = {scores.classes[i]};
    for (const std::optional<double>& value : {one.iou, one.dice, one.precision, one.recall}) {
      row.push_back(shownNumber(value.value_or(NAN)));
    }
    classes.push_back(std::move(row));
  }
  return "each image by the model that did not see it:\n" +
         textTable(
             {"run", "images", "best " + scores.metric, "epoch", "mIoU", "mDice", "pixel accuracy"},
             rows) +
         "\n" + textTable({"class", "IoU", "Dice", "precision", "recall"}, classes);
}

}  // namespace limbus
