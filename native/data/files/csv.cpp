#include "native/data/files/csv.h"

#include <algorithm>

#include "native/system/files.h"

namespace limbus {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Of the three the most frequent outside quotes in the first line.
char separatorOf(std::string_view text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  char best = ',';
  std::ptrdiff_t most = 0;
  for (const char candidate : {',', ';', '\t'}) {
    bool quoted = false;
    std::ptrdiff_t count = 0;
    for (const char c : line) {
      if (c == '"') quoted = !quoted;
      if (c == candidate && !quoted) ++count;
    }
    if (count > most) {
      most = count;
      best = candidate;
    }
  }
  return best;
}

}  // namespace

Result<std::string> readText(const std::filesystem::path& file) {
  return readBytes(file).map([](std::string text) {
    if (text.rfind(kByteOrderMark, 0) == 0) text.erase(0, kByteOrderMark.size());
    return text;
  });
}

Result<std::vector<CsvRow>> parseCsv(std::string_view text) {
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    text.remove_prefix(kByteOrderMark.size());
  }
  const char separator = separatorOf(text);
  std::vector<CsvRow> rows;
  CsvRow row{1, {""}};
  bool quoted = false;
  int line = 1;
  const auto endRow = [&] {
    if (row.fields.size() > 1 || !row.fields[0].empty()) rows.push_back(row);
    row = {line, {""}};
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') ++line;
    if (quoted) {
      if (c != '"') {
        row.fields.back() += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        row.fields.back() += text[++i];
      } else {
        quoted = false;
      }
    } else if (c == '"' && row.fields.back().empty()) {
      quoted = true;
    } else if (c == separator) {
      row.fields.emplace_back();
    } else if (c == '\n') {
      endRow();
    } else if (c != '\r') {
      row.fields.back() += c;
    }
  }
  if (quoted) {
    return fail(ErrorCode::badData,
                "line " + std::to_string(row.line) + ": a quote is opened and never closed");
  }
  endRow();
  return rows;
}

std::string csvField(const std::string& text) {
  if (text.find_first_of(",;\t\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

}  // namespace limbus
