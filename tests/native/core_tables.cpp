// Rows and tables: whatever is written as a row is in its table.
#include <algorithm>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include "result_text.h"

using namespace limbus;
namespace fs = std::filesystem;

namespace {

std::string textOf(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

// "dabnetRow" for `NetRow dabnetRow() {`, "resnetRows" for `std::vector<EncoderRow> resnetRows()
// {`: what the .cpp files of a folder define that gives rows of this type.
std::vector<std::string> rowFunctions(const fs::path& folder, const std::string& type) {
  const std::regex definition("\\n(" + type + "|std::vector<" + type + R"(>) (\w+)\(\) \{)");
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".cpp") continue;
    const std::string text = textOf(entry.path());
    for (std::sregex_iterator it(text.begin(), text.end(), definition), end; it != end; ++it) {
      names.push_back((*it)[2]);
    }
  }
  return names;
}

}  // namespace

TEST_CASE("no row is left out of its table", "[tables]") {
  struct Table {
    const char* type;
    const char* rows;   // folder
    const char* table;  // file
    std::size_t least;  // rows that are there, so that the pattern is known to find some
  };
  const Table tables[] = {
      {"NetRow", "shared/nets", "shared/nets/nets.cpp", 4},
      {"EncoderRow", "shared/nets/encoders", "shared/nets/encoders.cpp", 4},
      {"OpRow", "shared/ops", "shared/ops/ops.cpp", 5},
      {"EyePreset", "shared/eyes/presets", "shared/eyes/presets.cpp", 5},
      {"DatasetRow", "native/data/sets", "native/data/datasets.cpp", 5},
      {"AugmentationRow", "native/data/augment", "native/data/augment/augment.cpp", 4},
      {"LossRow", "native/train/losses", "native/train/losses.cpp", 4},
      {"WatcherRow", "native/train/watchers", "native/train/watch.cpp", 3},
      {"ModeRow", "native/infer/modes", "native/infer/modes.cpp", 3},
      {"SubmissionRow", "native/infer/submissions", "native/infer/submission.cpp", 4},
  };
  const fs::path source = LIMBUS_SOURCE;
  std::map<std::string, std::string> all;  // types; of two of one name a linker takes either
  for (const Table& table : tables) {
    const std::string text = textOf(source / table.table);
    const std::vector<std::string> names = rowFunctions(source / table.rows, table.type);
    INFO(table.type << " in " << table.table);
    CHECK(names.size() >= table.least);
    for (const std::string& name : names) {
      INFO(name);
      CHECK(all.emplace(name, table.type).first->second == table.type);
      // Elsewhere than where it is declared.
      CHECK(std::regex_search(text, std::regex("\\b" + name + "\\b(?!\\(\\);)")));
    }
  }
}

TEST_CASE("a failed Result prints its error", "[tables]") {
  const Result<int> failed = fail(ErrorCode::badData, "expected bytes, got none");
  CHECK(Catch::Detail::stringify(failed) == "error: expected bytes, got none");
  CHECK(Catch::Detail::stringify(Result<int>(3)) == "a value");
  const Result<void> nothing = fail(ErrorCode::io, "disk full");
  CHECK(Catch::Detail::stringify(nothing) == "error: disk full");
}
