#include "native/train/run_folder.h"

#include <fstream>
#include <set>
#include <sstream>

#include "native/system/files.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

// The path of the first key whose value differs, depth first.
std::string differenceOf(const Json& a, const Json& b, const std::string& place) {
  if (a == b) return "";
  if (!a.is_object() || !b.is_object()) return place;
  std::set<std::string> keys;
  for (const auto& item : a.items()) keys.insert(item.key());
  for (const auto& item : b.items()) keys.insert(item.key());
  for (const std::string& key : keys) {
    const std::string inner = place.empty() ? key : place + "." + key;
    if (!a.contains(key) || !b.contains(key)) return inner;
    const std::string found = differenceOf(a.at(key), b.at(key), inner);
    if (!found.empty()) return found;
  }
  return "";
}

}  // namespace

fs::path RunFolder::found(const std::string& which) const {
  for (const char* extension : {".safetensors", ".limbus"}) {
    const fs::path file = folder / (which + extension);
    if (fs::exists(file)) return file;
  }
  return {};
}

Result<RunFolder> createRun(const fs::path& folder, const Recipe& recipe, bool force) {
  const RunFolder run{folder};
  if (!run.found("last").empty() && !force) {
    return fail(ErrorCode::badArgument,
                folder.string() +
                    ": exists already; go on with --resume, choose another RUN or add --force");
  }
  // Without a checkpoint a RUN holds nothing yet: interrupted in its first epoch.
  const bool begun = fs::exists(folder / "config.json") && run.found("best").empty();
  if (const Result<void> free = checkOutput(folder, force || begun); !free) {
    return fail(free.error());
  }
  if (const Result<void> made = makeFolder(folder); !made) return fail(made.error());
  // Older checkpoints stay until the first epoch replaces them.
  for (const fs::path& old : {run.log(), run.records()}) {
    std::error_code ignored;
    fs::remove(old, ignored);
  }
  if (const auto done = writeBytes(folder / "recipe.json", recipe.source); !done) {
    return fail(done.error());
  }
  if (const auto done = writeBytes(folder / "config.json", completeJson(recipe)); !done) {
    return fail(done.error());
  }
  return run;
}

Result<RunFolder> openRun(const fs::path& folder) {
  const RunFolder run{folder};
  if (!run.found("last").empty()) return run;
  return fail(ErrorCode::notFound,
              folder.string() +
                  ": no last.safetensors to resume from; a run can be resumed once "
                  "its first epoch is done");
}

std::string firstDifference(const std::string& recipeJson, const std::string& otherJson) {
  Json a = Json::parse(recipeJson, nullptr, false);
  Json b = Json::parse(otherJson, nullptr, false);
  for (Json* json : {&a, &b}) {
    if (!json->is_object()) return "the recipe";
    for (const char* free :
         {"name", "description", "licence", "trainingData", "workers", "regions"}) {
      json->erase(free);
    }
  }
  return differenceOf(a, b, "");
}

Result<void> appendRecord(const RunFolder& run, const Json& record) {
  std::ofstream out(run.records(), std::ios::app);
  out << dumpJson(record) << '\n';
  out.flush();
  if (out) return {};
  return fail(ErrorCode::io, run.records().string() + ": could not be written (disk full?)");
}

Result<void> trimRecords(const RunFolder& run, int epoch) {
  if (!fs::exists(run.records())) return {};
  const Result<std::string> text = readBytes(run.records());
  if (!text) return fail(text.error());
  std::istringstream lines(*text);
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    const Json record = Json::parse(line, nullptr, false);
    if (record.is_object() && record.value("epoch", 0) <= epoch) kept += line + "\n";
  }
  return writeBytes(run.records(), kept);
}

}  // namespace limbus
