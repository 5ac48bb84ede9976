#include "shared/options/rows.h"

#include <algorithm>
#include <cstdio>

namespace limbus {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Insertions, deletions, replacements and swaps of neighbours (Damerau 1964, restricted); capital
// letters count as small ones.
std::size_t editDistance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> beforeLast, last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                           lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], beforeLast[j - 2] + 1);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.size()];
}

// The only name that begins with the text, which is no abbreviation if very short.
std::string onlyLonger(const std::string& text, const std::vector<std::string>& names) {
  if (text.size() < 3) return "";
  std::string longer;
  for (const std::string& name : names) {
    if (!name.starts_with(text)) continue;
    if (!longer.empty()) return "";
    longer = name;
  }
  return longer;
}

}  // namespace

std::string joinNames(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string nearestName(const std::string& name, const std::vector<std::string>& known) {
  constexpr std::size_t kLongest = 64;  // longer ones are no slip
  if (name.size() > kLongest) return "";
  std::string nearest;
  std::size_t least = std::max<std::size_t>(1, name.size() / 3) + 1;
  for (const std::string& candidate : known) {
    const std::size_t distance = editDistance(name, candidate);
    if (distance < least && distance < candidate.size()) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest.empty() ? onlyLonger(name, known) : nearest;
}

std::string unknownName(const std::string& kind, const std::string& name,
                        const std::vector<std::string>& known) {
  const std::string nearest = nearestName(name, known);
  return "unknown " + kind + " '" + name +
         "'; known: " + (known.empty() ? "none" : joinNames(known)) +
         (nearest.empty() ? "" : "; did you mean '" + nearest + "'?");
}

std::string showNumber(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

}  // namespace limbus
