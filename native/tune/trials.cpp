#include "native/tune/trials.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "native/system/files.h"

namespace limbus {
namespace {

// Empty: the line is not one of a journal's.
std::optional<TrialResult> resultOf(const std::string& line) {
  const Json json = parseLongJson(line);
  if (!json.is_object() || !json.contains("trial") || !json.contains("set")) return std::nullopt;
  try {
    TrialResult result{.trial = {.name = json.at("trial"),
                                 .rung = json.at("rung"),
                                 .set = json.at("set").get<std::vector<std::string>>()}};
    if (json.contains("error")) {
      result.error = json.at("error");
      result.stopped = json.value("stopped", false);
      return result;
    }
    result.best = json.at("best").get<double>();
    result.bestEpoch = json.at("bestEpoch");
    result.epochs = json.at("epochs");
    result.seconds = json.at("seconds");
    return result;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace

Json TrialResult::toJson() const {
  Json json = {{"trial", trial.name}, {"rung", trial.rung}, {"set", trial.set}};
  if (!best) {
    json["error"] = error;
    if (stopped) json["stopped"] = true;
    return json;
  }
  json["epochs"] = epochs;
  json["best"] = *best;
  json["bestEpoch"] = bestEpoch;
  json["seconds"] = seconds;
  return json;
}

Result<TrialJournal> TrialJournal::open(const std::filesystem::path& file) {
  TrialJournal journal;
  journal.file_ = file;
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return journal;
  const Result<std::string> text = readBytes(file);
  if (!text) return fail(text.error());
  std::istringstream lines(*text);
  std::string kept;
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    std::optional<TrialResult> result = resultOf(line);
    if (!result && lines.eof()) break;  // cut off while it was written
    if (!result) {
      return fail(ErrorCode::badData, file.string() + ": line " + std::to_string(number) +
                                          " is no trial; start in another folder");
    }
    if (result->stopped) {
      journal.stopped_.insert(result->trial.name);
      continue;
    }
    kept += line + "\n";
    journal.results_.push_back(std::move(*result));
  }
  if (kept != *text) {
    if (auto written = writeBytes(file, kept); !written) return fail(written.error());
  }
  return journal;
}

const TrialResult* TrialJournal::find(const std::string& name) const {
  const auto found = std::find_if(results_.begin(), results_.end(),
                                  [&](const TrialResult& one) { return one.trial.name == name; });
  return found == results_.end() ? nullptr : &*found;
}

bool TrialJournal::wasStopped(const std::string& name) const { return stopped_.count(name) > 0; }

Result<void> TrialJournal::add(const TrialResult& result) {
  if (const auto done = appendBytes(file_, dumpJson(result.toJson()) + "\n"); !done) return done;
  results_.push_back(result);
  return {};
}

void sortByBest(std::vector<TrialResult>& results, bool higherIsBetter) {
  std::stable_sort(results.begin(), results.end(), [&](const TrialResult& a, const TrialResult& b) {
    if (!a.best || !b.best) return a.best.has_value() && !b.best;
    return higherIsBetter ? *a.best > *b.best : *a.best < *b.best;
  });
}

}  // namespace limbus
