#include "native/infer/onnx_runtime_text.h"

#include <cctype>
#include <string_view>

#include "shared/onnx/proto.h"

namespace limbus {
namespace {

bool isSpace(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

std::string inOneLine(const std::string& text) {
  std::string line;
  for (const char c : text) {
    if (!isSpace(c)) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (!line.empty() && (line.back() == ' ' || line.back() == '.')) line.pop_back();
  return line;
}

// Behind the bracket that closes the one at `open`; the end where none does.
std::size_t closed(std::string_view text, std::size_t open, char opening, char closing) {
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    depth += (text[i] == opening) - (text[i] == closing);
    if (depth == 0) return i + 1;
  }
  return text.size();
}

// "/a/b.cc:12 T ns::f(int, U&) const [with T = float] "
void eraseSources(std::string& text) {
  for (const char* ending : {".cc:", ".h:"}) {
    for (std::size_t at = 0; (at = text.find(ending, at)) != std::string::npos;) {
      std::size_t from = text.rfind(' ', at);
      from = from == std::string::npos ? 0 : from + 1;
      const std::size_t parameters = text.find('(', at);
      std::size_t to = text.find(' ', at);
      if (parameters != std::string::npos) to = closed(text, parameters, '(', ')');
      if (to == std::string::npos) to = text.size();
      if (text.compare(to, 6, " const") == 0) to += 6;
      if (text.compare(to, 6, " [with") == 0) to = closed(text, to + 1, '[', ']');
      if (to < text.size() && text[to] == ' ') ++to;
      text.erase(from, to - from);
      at = from;
    }
  }
}

// Only what stands behind the last of these words.
void keepBehind(std::string& text, std::string_view words) {
  const std::size_t at = text.rfind(words);
  if (at != std::string::npos && at + words.size() < text.size()) {
    text.erase(0, at + words.size());
  }
}

}  // namespace

std::string plainRuntimeText(const std::string& message) {
  std::string text = inOneLine(message);
  eraseSources(text);
  for (const char* words :
       {"Status Message: ", "was false. ", "Failed to load model with error: ", "Fatal error: "}) {
    keepBehind(text, words);
  }
  constexpr std::size_t kMost = 200;  // of onnxText
  const std::size_t sentence = text.rfind(". ", kMost);
  if (text.size() > kMost && sentence != std::string::npos) text.erase(sentence);
  return onnxText(inOneLine(text));
}

}  // namespace limbus
