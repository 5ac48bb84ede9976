#include "native/report/counts.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "native/report/html.h"
#include "native/report/svg_text.h"

namespace limbus {
namespace {

constexpr double kCountsWidth = kSquareLeft + kSquareSide + 16,
                 kCountsHeight = kSquareTop + kSquareSide + 44;
constexpr double kNear = 0.1;
constexpr int kBandPoints = 48;

// Counts on both axes as log(1 + n): one more of few is seen, and 0 has its place.
class Scale {
 public:
  explicit Scale(std::int64_t most)
      : most_(std::log1p(static_cast<double>(std::max<std::int64_t>(most, 1)))) {}

  double x(double count) const { return kSquareLeft + kSquareSide * std::log1p(count) / most_; }
  double y(double count) const {
    return kSquareTop + kSquareSide * (1 - std::log1p(count) / most_);
  }
  // 0, and 1, 2 or 5 times a power of ten.
  std::vector<std::int64_t> ticks() const {
    std::vector<std::int64_t> values = {0};
    for (std::int64_t power = 1; x(static_cast<double>(power)) <= kSquareLeft + kSquareSide;
         power *= 10) {
      for (const std::int64_t factor : {1, 2, 5}) {
        if (x(static_cast<double>(factor * power)) <= kSquareLeft + kSquareSide + 0.5) {
          values.push_back(factor * power);
        }
      }
    }
    return values;
  }

 private:
  double most_;
};

std::string point(double x, double y) { return decimals(x, 1) + " " + decimals(y, 1); }

// Where the count is within 10 % of the true one.
std::string band(const Scale& scale, std::int64_t most) {
  const auto countAt = [&](int i) {
    return std::expm1(std::log1p(static_cast<double>(most)) * static_cast<double>(i) / kBandPoints);
  };
  std::string path;
  for (int i = 0; i <= kBandPoints; ++i) {
    const double above = std::min(countAt(i) * (1 + kNear), static_cast<double>(most));
    path += (i == 0 ? "M" : "L") + point(scale.x(countAt(i)), scale.y(above));
  }
  for (int i = kBandPoints; i >= 0; --i) {
    path += "L" + point(scale.x(countAt(i)), scale.y(countAt(i) * (1 - kNear)));
  }
  return "<path class=\"near\" d=\"" + path + "Z\"/>";
}

std::string scatter(const ClassCounts& one, const std::vector<std::string>& ids) {
  std::int64_t most = 1;
  for (const PartCount& image : one.images) most = std::max({most, image.truth, image.found});
  const Scale scale(most);
  std::string svg = "<svg class=\"chart\" viewBox=\"0 0 " + decimals(kCountsWidth, 0) + " " +
                    decimals(kCountsHeight, 0) + "\" role=\"img\" aria-label=\"" +
                    escaped(one.name) + ": parts found over true parts, a dot for each image\">";
  double last = -INFINITY;
  for (const std::int64_t tick : scale.ticks()) {
    const double at = scale.x(static_cast<double>(tick));
    if (at - last < 18) continue;  // legible apart
    last = at;
    const double y = scale.y(static_cast<double>(tick));
    svg += "<path class=\"grid\" d=\"M" + point(kSquareLeft, y) + "h" + decimals(kSquareSide, 0) +
           "\"/>" + svgLabel(kSquareLeft - 6, y + 4, "end", thousands(tick)) +
           svgLabel(at, kSquareTop + kSquareSide + 16, "middle", thousands(tick));
  }
  svg += band(scale, most) + "<path class=\"ideal\" d=\"M" + point(scale.x(0), scale.y(0)) + "L" +
         point(scale.x(static_cast<double>(most)), scale.y(static_cast<double>(most))) + "\"/>";
  for (std::size_t i = 0; i < one.images.size(); ++i) {
    const PartCount& image = one.images[i];
    svg += "<circle class=\"" + std::string(image.isNear() ? "bar" : "gap") + "\" cx=\"" +
           decimals(scale.x(static_cast<double>(image.truth)), 1) + "\" cy=\"" +
           decimals(scale.y(static_cast<double>(image.found)), 1) + "\" r=\"4\"><title>" +
           escaped(ids.at(i)) + ": found " + thousands(image.found) + " of " +
           thousands(image.truth) + "</title></circle>";
  }
  const std::string middle = decimals(kSquareTop + kSquareSide / 2, 1);
  return svg +
         svgLabel(kSquareLeft + kSquareSide / 2, kSquareTop + kSquareSide + 36, "middle",
                  "true parts") +
         "<text x=\"14\" y=\"" + middle + "\" text-anchor=\"middle\" transform=\"rotate(-90 14 " +
         middle + ")\">found</text></svg>";
}

// "+3.20"
std::string signedPercent(const std::optional<double>& share) {
  return (share && *share > 0 ? "+" : "") + percent(share);
}

std::string table(const std::vector<ClassCounts>& classes) {
  std::string head = headCell("class", false);
  for (const char* name : {"true parts", "found", "images within 10 %", "% of the images",
                           "median error, %", "mean |error|, %"}) {
    head += headCell(name);
  }
  std::string rows;
  for (const ClassCounts& one : classes) {
    const CountSummary all = summaryOf(one.images);
    const auto images = static_cast<std::int64_t>(one.images.size());
    const std::optional<double> share =
        images == 0 ? std::nullopt
                    : std::optional(static_cast<double>(all.near) / static_cast<double>(images));
    rows +=
        element("tr", "",
                "<th scope=\"row\">" + escaped(one.name) + "</th>" +
                    numberCell(thousands(all.truth)) + numberCell(thousands(all.found)) +
                    numberCell(thousands(all.near) + " of " + thousands(images)) +
                    numberCell(percent(share)) + numberCell(signedPercent(all.medianErrorShare)) +
                    numberCell(percent(all.meanAbsoluteErrorShare)));
  }
  return element(
      "div", "scroll",
      element("table", "",
              element("thead", "", element("tr", "", head)) + element("tbody", "", rows)));
}

}  // namespace

bool PartCount::isNear() const { return 10 * std::abs(found - truth) <= truth; }

CountSummary summaryOf(const std::vector<PartCount>& images) {
  CountSummary all;
  std::vector<double> errors;
  double distance = 0;
  for (const PartCount& image : images) {
    all.truth += image.truth;
    all.found += image.found;
    all.near += image.isNear();
    if (image.truth == 0) continue;
    errors.push_back(static_cast<double>(image.found) / static_cast<double>(image.truth) - 1);
    distance += std::abs(errors.back());
  }
  if (errors.empty()) return all;
  std::sort(errors.begin(), errors.end());
  all.medianErrorShare = (errors[errors.size() / 2] + errors[(errors.size() - 1) / 2]) / 2;
  all.meanAbsoluteErrorShare = distance / static_cast<double>(errors.size());
  return all;
}

std::string countsPart(const std::vector<ClassCounts>& classes,
                       const std::vector<std::string>& ids) {
  std::vector<std::pair<std::int64_t, const ClassCounts*>> shown;
  for (const ClassCounts& one : classes) {
    const CountSummary all = summaryOf(one.images);
    if (all.truth + all.found > 0) shown.emplace_back(all.truth + all.found, &one);
  }
  std::stable_sort(shown.begin(), shown.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  shown.resize(std::min(shown.size(), kMostScatters));
  std::string charts;
  for (const auto& [parts, one] : shown) {
    charts += element("div", "figure", element("h3", "", escaped(one->name)) + scatter(*one, ids));
  }
  return element("p", "note",
                 "Parts of each class in the prediction, as the model's regions say, beside the "
                 "connected parts of the true mask. An error is found / true - 1, over the images "
                 "that have parts.") +
         table(classes) +
         (shown.empty() ? ""
                        : element("p", "note below",
                                  "A dot for each image: blue within 10 % of the true count (the "
                                  "band), orange beyond.") +
                              element("div", "beside", charts));
}

}  // namespace limbus
