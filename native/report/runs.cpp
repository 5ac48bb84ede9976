#include "native/report/runs.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <map>
#include <set>

#include "native/system/files.h"
#include "native/system/folder.h"
#include "native/system/folder_lock.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

constexpr int kDeepest = 4;                       // folders below the root
constexpr auto kAlive = std::chrono::minutes(2);  // a run logs at least every half minute

std::string text(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

double number(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number() ? found->get<double>() : 0;
}

// What stands under `key` as a name: "ce", or {"name": "ce", ...}.
std::string named(const Json& recipe, const char* key, const char* inner) {
  const auto found = recipe.find(key);
  if (found == recipe.end()) return "";
  return found->is_object() ? text(*found, inner) : text(recipe, key);
}

std::optional<fs::file_time_type> lastWritten(const fs::path& folder) {
  std::optional<fs::file_time_type> last;
  for (const char* name : {"config.json", "log.jsonl", "train.log"}) {
    std::error_code error;
    const fs::file_time_type time = fs::last_write_time(folder / name, error);
    if (!error && (!last || time > *last)) last = time;
  }
  return last;
}

// What is left to go by where the file system knows no locks.
bool isFresh(const std::optional<fs::file_time_type>& written) {
  return written && fs::file_time_type::clock::now() - *written < kAlive;
}

std::string localTime(fs::file_time_type time) {
  const auto system = std::chrono::file_clock::to_sys(time);
  const std::time_t seconds = std::chrono::system_clock::to_time_t(
      std::chrono::time_point_cast<std::chrono::system_clock::duration>(system));
  std::tm parts{};
  localtime_r(&seconds, &parts);
  char shown[32];
  std::strftime(shown, sizeof shown, "%Y-%m-%d %H:%M", &parts);
  return shown;
}

// What train.log ends with.
std::string lastLine(const fs::path& folder) {
  std::string log = readBytes(folder / "train.log").value_or("");
  if (!log.empty() && log.back() == '\n') log.pop_back();
  return log.substr(log.rfind('\n') + 1);  // npos + 1 is 0
}

struct Flat {
  std::vector<std::pair<std::string, Json>> values;
  std::map<std::string, std::vector<std::string>> orders;  // of the names in a list, by its place
};

// Elements of a list that are objects with different names go by these.
bool haveNames(const Json& list) {
  std::set<std::string> names;
  return std::all_of(list.begin(), list.end(), [&](const Json& element) {
    const std::string name = element.is_object() ? text(element, "name") : "";
    return !name.empty() && names.insert(name).second;
  });
}

void flatten(const Json& json, const std::string& place, Flat& flat) {
  const std::string before = place.empty() ? "" : place + ".";
  if (json.is_object() && !json.empty()) {
    for (const auto& item : json.items()) flatten(item.value(), before + item.key(), flat);
    return;
  }
  const bool objects = json.is_array() && std::any_of(json.begin(), json.end(),
                                                      [](const Json& e) { return e.is_object(); });
  if (!objects) {
    flat.values.emplace_back(place, json);
    return;
  }
  const bool names = haveNames(json);
  for (std::size_t i = 0; i < json.size(); ++i) {
    const std::string key = names ? text(json[i], "name") : std::to_string(i);
    if (names) flat.orders[place].push_back(key);
    flatten(json[i], before + key, flat);
  }
}

// Those of `names` that the other list has as well.
std::vector<std::string> shared(std::vector<std::string> names,
                                const std::vector<std::string>& other) {
  const auto isOwn = [&](const std::string& name) {
    return std::find(other.begin(), other.end(), name) == other.end();
  };
  names.erase(std::remove_if(names.begin(), names.end(), isOwn), names.end());
  return names;
}

// Lists whose elements go by names and stand in another order than in the first recipe.
std::vector<RecipeDifference> otherOrders(const std::vector<Flat>& recipes) {
  std::vector<RecipeDifference> differences;
  for (const auto& [place, names] : recipes.front().orders) {
    RecipeDifference one{place, {}};
    bool differ = false;
    for (const Flat& flat : recipes) {
      const auto found = flat.orders.find(place);
      one.values.push_back(found == flat.orders.end() ? Json() : Json(found->second));
      if (found == flat.orders.end()) continue;
      differ = differ || shared(names, found->second) != shared(found->second, names);
    }
    if (differ) differences.push_back(std::move(one));
  }
  return differences;
}

void collectRuns(const fs::path& folder, int deeper, std::vector<fs::path>& found) {
  if (isRun(folder)) {
    found.push_back(folder);
    return;
  }
  if (deeper == 0) return;
  for (const fs::directory_entry& entry : entriesOf(folder)) {
    std::error_code ignored;
    if (entry.path().filename().string()[0] != '.' && entry.is_directory(ignored)) {
      collectRuns(entry.path(), deeper - 1, found);
    }
  }
}

}  // namespace

const char* nameOf(RunState state) {
  static constexpr std::array kNames = {"finished", "running", "failed", "unreadable", "stopped"};
  return kNames.at(static_cast<std::size_t>(state));
}

Result<RunSummary> summariseRun(const fs::path& folder) {
  const Result<RunLog> log = readRunLog(folder);
  if (!log) return fail(log.error());
  RunSummary run{.folder = folder,
                 .recipe = text(log->recipe, "name"),
                 .net = named(log->recipe, "net", "name"),
                 .data = named(log->recipe, "data", "dataset"),
                 .wantedEpochs = static_cast<int>(number(log->recipe, "epochs")),
                 .metric = text(log->recipe, "bestMetric")};
  for (const Json& record : log->epochs) {
    run.seconds += number(record, "trainSeconds") + number(record, "validationSeconds");
  }
  if (!log->epochs.empty()) {
    const Json& last = log->epochs.back();
    run.epochs = static_cast<int>(number(last, "epoch"));
    run.bestEpoch = static_cast<int>(number(last, "bestEpoch"));
    if (run.bestEpoch > 0) run.best = number(last, "best");
  }
  const std::optional<fs::file_time_type> written = lastWritten(folder);
  if (written) run.when = localTime(*written);
  constexpr std::string_view kEarly = "stopped early: ", kFailed = "failed: ";
  const std::string last = lastLine(folder);
  const bool failed = last.rfind(kFailed, 0) == 0;
  if (run.epochs >= run.wantedEpochs || last.rfind(kEarly, 0) == 0) {
    run.state = RunState::finished;
  } else if (FolderLock::held(folder).value_or(!failed && isFresh(written))) {
    run.state = RunState::running;
  } else if (failed) {
    run.state = RunState::failed;
    run.why = last.substr(kFailed.size());
  }
  return run;
}

Result<std::vector<RunSummary>> findRuns(const fs::path& root) {
  std::error_code error;
  if (!fs::is_directory(root, error)) {
    return fail(ErrorCode::notFound, root.string() + ": no such folder");
  }
  std::vector<fs::path> folders;
  collectRuns(root, kDeepest, folders);
  std::vector<RunSummary> runs;
  for (const fs::path& folder : folders) {
    Result<RunSummary> run = summariseRun(folder);
    if (!run) {
      run = RunSummary{.folder = folder, .state = RunState::unreadable, .why = run.error().message};
      const std::optional<fs::file_time_type> written = lastWritten(folder);
      if (written) run->when = localTime(*written);
    }
    runs.push_back(std::move(*run));
  }
  std::sort(runs.begin(), runs.end(), [](const RunSummary& a, const RunSummary& b) {
    return std::pair(a.when, a.folder) < std::pair(b.when, b.folder);
  });
  return runs;
}

std::vector<RecipeDifference> differencesOf(const std::vector<Json>& recipes) {
  std::vector<std::string> keys;
  std::set<std::string> known = {"name", "description", "licence", "trainingData"};
  std::vector<Flat> flats;
  std::vector<std::map<std::string, Json>> values;
  for (const Json& recipe : recipes) {
    Flat& flat = flats.emplace_back();
    flatten(recipe, "", flat);
    for (const auto& [key, value] : flat.values) {
      if (known.insert(key).second) keys.push_back(key);
    }
    values.emplace_back(flat.values.begin(), flat.values.end());
  }
  std::vector<RecipeDifference> differences;
  for (const std::string& key : keys) {
    RecipeDifference one{key, {}};
    for (const auto& flat : values) {
      const auto found = flat.find(key);
      one.values.push_back(found == flat.end() ? Json() : found->second);
    }
    const bool same = std::all_of(one.values.begin(), one.values.end(),
                                  [&](const Json& value) { return value == one.values.front(); });
    if (!same) differences.push_back(std::move(one));
  }
  std::vector<RecipeDifference> orders = otherOrders(flats);
  std::move(orders.begin(), orders.end(), std::back_inserter(differences));
  return differences;
}

}  // namespace limbus
