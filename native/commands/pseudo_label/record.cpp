#include "native/commands/pseudo_label/record.h"

#include <algorithm>

#include "native/report/runs.h"
#include "native/report/text_table.h"
#include "native/system/files.h"
#include "native/system/json_files.h"

namespace limbus {
namespace {

double shareOf(double part, double whole) { return whole > 0 ? part / whole : 0; }

PseudoRound readRound(JsonReader& reader, const std::string& file) {
  PseudoRound round;
  for (const char* key : {"round", "epochs", "bestEpoch", "best"}) reader.required(key);
  reader.read("round", round.round, 0, 1000)
      .read("epochs", round.epochs, 0, 1 << 30)
      .read("bestEpoch", round.bestEpoch, 0, 1 << 30)
      .read("best", round.best, -1e300, 1e300);
  if (const Json* labels = reader.value("labels")) {
    const Result<PseudoLabelCounts> counts = readPseudoLabelCounts(*labels, file + ": labels");
    if (counts) {
      round.labels = *counts;
    } else {
      reader.refuse("labels", counts.error().message);
    }
  }
  reader.finish();
  return round;
}

TextRow rowOf(const PseudoRound& round) {
  TextRow row = {std::to_string(round.round)};
  if (round.labels) {
    const PseudoLabelCounts& labels = *round.labels;
    row.push_back(std::to_string(labels.images));
    row.push_back(std::to_string(labels.kept));
    row.push_back(shownNumber(
        shareOf(static_cast<double>(labels.keptPixels), static_cast<double>(labels.pixels))));
  } else {
    row.insert(row.end(), {"-", "-", "-"});
  }
  row.push_back(round.bestEpoch > 0 ? std::to_string(round.bestEpoch) : "-");
  row.push_back(shownNumber(round.best));
  return row;
}

}  // namespace

const PseudoRound* PseudoLabelRecord::find(int round) const {
  const auto found = std::find_if(rounds.begin(), rounds.end(),
                                  [&](const PseudoRound& one) { return one.round == round; });
  return found == rounds.end() ? nullptr : &*found;
}

Json PseudoLabelRecord::json() const {
  Json done = Json::array();
  for (const PseudoRound& round : rounds) {
    Json one = {{"round", round.round}};
    if (round.labels) one["labels"] = round.labels->json();
    one.update({{"epochs", round.epochs}, {"bestEpoch", round.bestEpoch}, {"best", round.best}});
    done.push_back(std::move(one));
  }
  return {
      {"request", request}, {"metric", metric}, {"classes", classes}, {"rounds", std::move(done)}};
}

std::string PseudoLabelRecord::table() const {
  std::vector<TextRow> rows;
  for (const PseudoRound& round : rounds) rows.push_back(rowOf(round));
  std::string text =
      textTable({"round", "images", "kept", "pixels kept", "best epoch", "best " + metric}, rows);
  if (rounds.empty() || !rounds.back().labels) return text;
  const PseudoLabelCounts& last = *rounds.back().labels;
  std::vector<TextRow> ofClasses;
  for (std::size_t k = 0; k < classes.size(); ++k) {
    ofClasses.push_back(
        {classes[k], shownNumber(last.least[k]),
         shownNumber(shareOf(last.classPixels[k], static_cast<double>(last.pixels))),
         shownNumber(shareOf(last.classKept[k], last.classPixels[k]))});
  }
  return text + "\nthe last round's labels:\n" +
         textTable({"class", "confidence from", "share predicted", "of that kept"}, ofClasses);
}

Result<void> writeRecord(const std::filesystem::path& file, const PseudoLabelRecord& record) {
  return writeBytes(file, dumpJson(record.json()) + "\n");
}

Result<PseudoLabelRecord> readRecord(const std::filesystem::path& file,
                                     const PseudoLabelRecord& expected) {
  const Result<Json> json = readLongJson(file);
  if (!json) return fail(json.error());
  PseudoLabelRecord record;
  JsonReader reader(*json, file.string());
  for (const char* key : {"request", "metric", "classes", "rounds"}) reader.required(key);
  if (const Json* request = reader.value("request")) record.request = *request;
  reader.read("metric", record.metric).read("classes", record.classes);
  for (JsonReader& one : reader.objects("rounds", 1001)) {
    PseudoRound round = readRound(one, file.string());
    const std::size_t classes = record.classes.size();
    if (round.labels &&
        (round.labels->least.size() != classes || round.labels->classPixels.size() != classes ||
         round.labels->classKept.size() != classes)) {
      one.refuse("labels", "expected a number for each class");
    }
    record.rounds.push_back(std::move(round));
  }
  if (auto error = reader.finish()) return fail(*error);
  bool labelled = std::any_of(record.rounds.begin(), record.rounds.end(),
                              [](const PseudoRound& round) { return round.labels; });
  std::error_code error;
  labelled |= std::filesystem::exists(file.parent_path() / "labels1",
                                      error);  // of a round that was stopped
  // The rules may still be found that some image passes.
  if (!labelled && record.request.contains("recipe") && expected.request.contains("recipe")) {
    record.request["recipe"]["pseudoLabels"] =
        expected.request["recipe"].value("pseudoLabels", Json());
  }
  completeRecipe(record.request);
  const std::vector<RecipeDifference> differ = differencesOf({record.request, expected.request});
  if (differ.empty()) return record;
  return fail(ErrorCode::badArgument, file.string() + " is of a training with another '" +
                                          differ.front().key +
                                          "'; pass the same, or choose another --out");
}

}  // namespace limbus
