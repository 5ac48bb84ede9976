#include "native/report/html.h"

#include <cstdio>

#include "native/report/svg_text.h"

namespace limbus {

std::string decimals(double value, int places) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", places, value + 0.0);
  return text;
}

std::string percent(const std::optional<double>& share) {
  return share ? decimals(100 * *share, 2) : "–";
}

std::string thousands(std::int64_t value) {
  std::string text = std::to_string(value);
  for (std::size_t at = text.size(); at > 3;) {
    at -= 3;
    if (text[at - 1] != '-') text.insert(at, "\u202f");
  }
  return text;
}

std::string element(const std::string& tag, const std::string& kind, const std::string& content) {
  const std::string attribute = kind.empty() ? "" : " class=\"" + kind + "\"";
  return "<" + tag + attribute + ">" + content + "</" + tag + ">";
}

std::string numberCell(const std::string& content) { return element("td", "n", content); }

std::string headCell(const std::string& text, bool number) {
  return "<th scope=\"col\"" + std::string(number ? " class=\"n\"" : "") + ">" + escaped(text) +
         "</th>";
}

std::string svgLabel(double x, double y, const char* anchor, const std::string& text) {
  return "<text x=\"" + decimals(x, 1) + "\" y=\"" + decimals(y, 1) + "\" text-anchor=\"" + anchor +
         "\">" + text + "</text>";
}

std::string section(const std::string& id, const std::string& title, const std::string& content) {
  return "<section id=\"" + id + "\"><h2>" + escaped(title) + "</h2>" + content + "</section>\n";
}

}  // namespace limbus
