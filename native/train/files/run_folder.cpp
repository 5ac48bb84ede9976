#include "native/train/files/run_folder.h"

#include <algorithm>
#include <sstream>

#include "native/report/runs.h"
#include "native/system/files.h"
#include "native/system/folder.h"
#include "native/system/json_files.h"
#include "native/train/files/model_file.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDataPlace = "data.json";

Result<RunFolder> locked(const fs::path& folder) {
  Result<FolderLock> lock = FolderLock::take(folder);
  if (!lock) return fail(lock.error());
  removeLeftovers(folder);
  return RunFolder{folder, std::make_shared<const FolderLock>(std::move(*lock))};
}

// What watchers write, and the run's own.
bool isLog(const fs::path& file) {
  const std::string name = file.filename().string();
  return name == "train.log" || name == "log.jsonl" || name == "log.tsv" ||
         (name.rfind("events.out.tfevents.", 0) == 0 && file.extension() == ".limbus");
}

bool isCheckpoint(const fs::path& file) {
  const std::string name = file.stem().string();
  return isCheckpointName(file) &&
         (name == "best" || name == "last" || name.rfind("epoch-", 0) == 0);
}

}  // namespace

fs::path RunFolder::ofEpoch(int epoch) const {
  return folder / ("epoch-" + std::to_string(epoch) + ".safetensors");
}

fs::path RunFolder::found(const std::string& which) const {
  for (const char* extension : {".safetensors", ".limbus"}) {
    const fs::path file = folder / (which + extension);
    if (fs::exists(file)) return file;
  }
  return {};
}

bool isBegun(const fs::path& folder) {
  const RunFolder run{folder};
  const bool recipe = fs::exists(folder / "config.json") || fs::exists(folder / "recipe.json");
  return recipe && run.found("last").empty() && run.found("best").empty();
}

Result<RunFolder> createRun(const fs::path& folder, bool force) {
  if (!RunFolder{folder}.found("last").empty() && !force) {
    return fail(ErrorCode::badArgument,
                folder.string() +
                    ": exists already; go on with --resume, choose another RUN or add --force");
  }
  if (const Result<void> made = makeFolder(folder); !made) return fail(made.error());
  Result<RunFolder> run = locked(folder);
  if (!run) return run;
  if (const Result<void> free = checkOutput(folder, force || isBegun(folder)); !free) {
    return fail(free.error());
  }
  for (const fs::directory_entry& old : entriesOf(folder)) {
    std::error_code ignored;
    const bool isLast = isCheckpoint(old.path()) && old.path().stem() == "last";
    if (isLog(old.path()) || isLast) fs::remove(old.path(), ignored);
  }
  return run;
}

Result<void> writeRecipe(const RunFolder& run, const Recipe& recipe) {
  if (const auto done = writeBytes(run.folder / "recipe.json", recipe.source); !done) return done;
  return writeBytes(run.folder / "config.json", completeJson(recipe));
}

fs::path DataPlace::found() const {
  std::error_code error;
  for (const fs::path& place : {absolute, given}) {
    if (fs::is_directory(place, error)) return place;
  }
  return {};
}

Result<void> writeDataPlace(const RunFolder& run, DataPlace place) {
  const fs::path file = run.folder / kDataPlace;
  std::error_code error;
  if (place.given.empty()) {
    fs::remove(file, error);
    return {};
  }
  place.absolute = fs::absolute(place.given, error).lexically_normal();
  if (!place.absolute.has_filename()) place.absolute = place.absolute.parent_path();  // "eyes/"
  Json json = {{"data", place.given.string()},
               {"absolute", place.absolute.string()},
               {"training", place.training},
               {"validation", place.validation}};
  if (!place.files.sizes.empty()) {
    json["files"] = {{"sizes", place.files.sizes}, {"newest", place.files.newestUs}};
  }
  if (!place.held.empty()) {
    json["trained"] = place.trained;
    json["held"] = place.held;
  }
  return writeBytes(file, dumpJson(json) + "\n");
}

Result<std::optional<DataPlace>> readDataPlace(const fs::path& run) {
  const fs::path file = run / kDataPlace;
  std::error_code error;
  if (!fs::exists(file, error)) return std::nullopt;
  const Result<Json> json = readLongJson(file);
  if (!json) return fail(json.error());
  std::string given, absolute;
  DataPlace place;
  JsonReader reader(*json, file.string());
  reader.required("data").required("absolute").read("data", given).read("absolute", absolute);
  reader.read("training", place.training).read("validation", place.validation);
  reader.read("trained", place.trained).read("held", place.held);
  JsonReader files = reader.object("files");
  files.read("sizes", place.files.sizes).read("newest", place.files.newestUs, 0, kMaxJsonInteger);
  files.finish();
  if (auto wrong = reader.finish()) return fail(*wrong);
  place.given = given;
  place.absolute = absolute;
  return place;
}

Result<void> checkSameImages(const fs::path& run, const DataPlace& now) {
  const Result<std::optional<DataPlace>> before = readDataPlace(run);
  if (!before) return fail(before.error());
  if (!*before || (*before)->training.empty()) return {};
  for (const auto& [part, images] : {std::pair("training", &DataPlace::training),
                                     std::pair("validation", &DataPlace::validation)}) {
    if ((**before).*images == now.*images) continue;
    return fail(ErrorCode::badArgument,
                run.string() + " was trained on other data: its " + part + " images were " +
                    (**before).*images + ", these are " + now.*images +
                    "; go on with the same, or begin a new RUN (--init takes its weights)");
  }
  return {};
}

Result<RunFolder> openRun(const fs::path& folder) {
  if (!RunFolder{folder}.found("last").empty()) return locked(folder);
  return fail(
      ErrorCode::notFound,
      folder.string() + ": no last.safetensors to resume from; --force begins the run anew");
}

void dropCheckpoints(const RunFolder& run, const std::vector<fs::path>& but) {
  for (const fs::directory_entry& entry : entriesOf(run.folder)) {
    const fs::path& file = entry.path();
    std::error_code ignored;
    if (!isCheckpoint(file) || std::find(but.begin(), but.end(), file) != but.end()) continue;
    fs::remove(file, ignored);
  }
}

std::string firstDifference(const std::string& recipeJson, const std::string& otherJson) {
  Json a = parseLongJson(recipeJson);
  Json b = parseLongJson(otherJson);
  for (Json* json : {&a, &b}) {
    if (!json->is_object()) return "the recipe";
    for (const char* free : {"workers", "cacheImages", "regions", "pseudoLabels"})
      json->erase(free);
  }
  const std::vector<RecipeDifference> differences = differencesOf({a, b});
  return differences.empty() ? "" : differences.front().key;
}

Result<void> appendRecord(const RunFolder& run, const Json& record) {
  return appendBytes(run.records(), dumpJson(record) + "\n");
}

Result<void> trimRecords(const RunFolder& run, int epoch) {
  if (!fs::exists(run.records())) return {};
  const Result<std::string> text = readBytes(run.records());
  if (!text) return fail(text.error());
  std::istringstream lines(*text);
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    const Json record = parseLongJson(line);
    const Json of = record.is_object() ? record.value("epoch", Json(0)) : Json();
    if (of.is_number() && of <= epoch) kept += line + "\n";
  }
  return writeBytes(run.records(), kept);
}

}  // namespace limbus
