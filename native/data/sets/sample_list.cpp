#include "native/data/sets/sample_list.h"

#include <algorithm>
#include <optional>
#include <set>

#include "native/data/files/csv.h"
#include "native/data/sets/folder_pairs.h"
#include "native/system/files.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

std::optional<fs::path> existing(const std::string& text, const fs::path& beside,
                                 const fs::path& root) {
  std::error_code error;
  for (const fs::path& folder : {beside, root}) {
    if (fs::is_regular_file(folder / text, error)) return folder / text;
  }
  return std::nullopt;
}

}  // namespace

std::string splitNamed(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  for (const auto& [split, names] :
       {std::pair("train", std::set<std::string>{"train", "training"}),
        std::pair("validation", std::set<std::string>{"validation", "val", "valid", "dev"}),
        std::pair("test", std::set<std::string>{"test", "testing"})}) {
    if (names.count(text) != 0) return split;
  }
  return "";
}

Result<SampleList> readSampleList(const fs::path& file, const fs::path& root,
                                  const std::string& split) {
  const Result<std::string> bytes = readBytes(file);
  if (!bytes) return fail(bytes.error());
  Result<std::vector<CsvRow>> rows = parseCsv(*bytes);
  if (!rows) return fail(rows.error().code, file.string() + ": " + rows.error().message);
  if (rows->empty()) return fail(ErrorCode::badData, file.string() + ": the list is empty");
  std::vector<std::string> columns = {"image", "mask"};
  const std::vector<std::string>& first = rows->front().fields;
  if (std::find(first.begin(), first.end(), "image") != first.end()) {
    columns = first;
    rows->erase(rows->begin());
  }
  SampleList list;
  list.divided = std::find(columns.begin(), columns.end(), "split") != columns.end();
  list.hasMasks = std::find(columns.begin(), columns.end(), "mask") != columns.end();
  Offenders missing("{file|files} that " + file.string() + " names {is|are} not there");
  std::set<std::string> images, ids;
  for (const CsvRow& row : *rows) {
    const std::string place = file.string() + ": line " + std::to_string(row.line) + ": ";
    if (row.fields.size() > columns.size()) {
      return fail(ErrorCode::badData, place + std::to_string(row.fields.size()) + " fields, " +
                                          std::to_string(columns.size()) + " were expected");
    }
    PairFiles pair;
    std::string image;
    bool taken = true;
    for (std::size_t i = 0; i < row.fields.size(); ++i) {
      const std::string& value = row.fields[i];
      if (columns[i] == "image" || (columns[i] == "mask" && !value.empty())) {
        const std::optional<fs::path> found = existing(value, file.parent_path(), root);
        if (!found) missing.add("line " + std::to_string(row.line) + " " + value);
        (columns[i] == "image" ? pair.image : pair.mask) = found.value_or(value);
        if (columns[i] != "image") continue;
        image = value;
        pair.id = fs::path(value).replace_extension().generic_string();
      } else if (columns[i] == "split") {
        const std::string named = splitNamed(value);
        if (named.empty()) {
          return fail(ErrorCode::badData, std::string(place).append("split '").append(value).append(
                                              "', expected train, validation or test"));
        }
        taken = named == split;
      } else if (columns[i] == "group") {
        pair.group = value;
      } else if (columns[i] != "mask") {
        pair.attributes[columns[i]] = value;
      }
    }
    if (!images.insert(image).second) {
      return fail(ErrorCode::badData, place + pair.image.string() + " is named twice");
    }
    pair.id = ownName(ids, {pair.id, image});
    if (taken) list.pairs.push_back(std::move(pair));
  }
  if (missing.any()) return fail(missing.error());
  return list;
}

}  // namespace limbus
