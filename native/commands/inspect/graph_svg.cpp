#include "native/commands/inspect/graph_svg.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "native/commands/inspect/print.h"
#include "native/report/svg_text.h"
#include "native/system/text.h"
#include "shared/graph/op.h"
#include "shared/ops/ops.h"
#include "shared/ops/shapes.h"
#include "shared/ops/summary.h"

namespace limbus {
namespace {

// Pixels.
constexpr int kBoxWidth = 270, kBoxHeight = 38, kRow = 54, kIndent = 46, kMargin = 24, kLane = 9,
              kTop = 64;
constexpr std::size_t kNameLength = 40;

enum class BoxColour { conv, pool, join, size, other, input };
constexpr const char* kColourNames[] = {"conv", "pool", "join", "size", "other", "input"};

BoxColour colourOf(Op op) {
  switch (op) {
    case Op::conv:
    case Op::deconv:
      return BoxColour::conv;
    case Op::maxPool:
    case Op::maxUnpool:
    case Op::avgPool:
    case Op::globalAvgPool:
    case Op::adaptiveAvgPool:
      return BoxColour::pool;
    case Op::concat:
    case Op::add:
    case Op::mul:
      return BoxColour::join;
    case Op::resize:
    case Op::crop:
    case Op::pad:
    case Op::slice:
    case Op::pixelShuffle:
      return BoxColour::size;
    default:
      return BoxColour::other;
  }
}

// A few operations behind each other.
struct Box {
  std::string name, text;
  BoxColour colour = BoxColour::input;
  Dims output;
  std::int64_t parameters = 0, multiplyAdds = 0;
  bool auxiliary = false;
  std::vector<std::size_t> reads = {};  // earlier boxes
  int indent = 0;
};

std::string withWindow(const NodeView& view) {
  std::string text = opName(view.node.op);
  if (!view.node.attributes.count("kernel")) return text;
  const auto both = [](Extent extent) {
    return extent.h == extent.w ? std::to_string(extent.h)
                                : std::to_string(extent.h) + "x" + std::to_string(extent.w);
  };
  const Extent kernel = view.extent("kernel"), stride = view.extent("stride");
  text += " " + std::to_string(kernel.h) + "x" + std::to_string(kernel.w);
  if (!(stride == Extent(1))) text += " /" + both(stride);
  if (!view.node.attributes.count("groups")) return text;
  const Extent dilation = view.extent("dilation");
  if (!(dilation == Extent(1))) text += " dilated " + both(dilation);
  const std::int64_t groups = view.integer("groups");
  if (groups > 1) text += " in " + std::to_string(groups);
  return text;
}

class Picture {
 public:
  Picture(const Graph& graph, const Dims& input, const GraphSummary& summary)
      : graph_(graph), input_(input), summary_(summary) {}

  std::string draw();

 private:
  void makeBoxes();
  bool joins(const Node& node) const;
  void layLanes();
  int left(const Box& box) const { return kMargin + kIndent * box.indent; }
  static int top(std::size_t place) { return kTop + kRow * static_cast<int>(place); }
  std::string boxText(std::size_t place) const;
  std::string lineText(std::size_t from, std::size_t to) const;

  const Graph& graph_;
  const Dims& input_;
  const GraphSummary& summary_;
  std::vector<Box> boxes_;
  std::vector<std::size_t> boxOf_;  // by value
  std::vector<int> readers_;        // by value
  std::vector<int> lanes_;          // by box: where the line to far readers runs; -1: has none
  int laneCount_ = 0, widest_ = 0;
};

// Norms, activations and dropouts stand with what they follow, where nothing else reads that.
bool Picture::joins(const Node& node) const {
  const std::size_t before = boxOf_[static_cast<std::size_t>(node.inputs[0])];
  return node.inputs.size() == 1 && colourOf(node.op) == BoxColour::other &&
         before + 1 == boxes_.size() && before > 0 &&
         readers_[static_cast<std::size_t>(node.inputs[0])] == 1;
}

void Picture::makeBoxes() {
  readers_.assign(static_cast<std::size_t>(graph_.valueCount), 0);
  boxOf_.assign(static_cast<std::size_t>(graph_.valueCount), 0);
  for (const Node& node : graph_.nodes) {
    for (const ValueId read : node.inputs) ++readers_[static_cast<std::size_t>(read)];
  }
  for (const Output& output : graph_.outputs) ++readers_[static_cast<std::size_t>(output.value)];
  boxes_.push_back({.name = "image", .text = "input", .output = input_});
  for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
    const Node& node = graph_.nodes[i];
    const LayerSummary& layer = summary_.layers[i];
    if (joins(node)) {
      boxes_.back().text += std::string(", ") + opName(node.op);
    } else {
      Box box{.name = node.name,
              .text = withWindow({graph_, node}),
              .colour = colourOf(node.op),
              .output = layer.output};
      for (const ValueId read : node.inputs) {
        const std::size_t from = boxOf_[static_cast<std::size_t>(read)];
        const bool known = std::find(box.reads.begin(), box.reads.end(), from) != box.reads.end();
        if (!known) box.reads.push_back(from);
      }
      boxes_.push_back(std::move(box));
    }
    Box& box = boxes_.back();
    box.output = layer.output;
    box.parameters += layer.parameters;
    box.multiplyAdds += layer.multiplyAdds;
    box.auxiliary = layer.auxiliary;
    for (const ValueId output : node.outputs) {
      boxOf_[static_cast<std::size_t>(output)] = boxes_.size() - 1;
    }
  }
  for (Box& box : boxes_) {
    const double coarser = static_cast<double>(input_[2]) / static_cast<double>(box.output[2]);
    box.indent = std::clamp(static_cast<int>(std::lround(std::log2(coarser))), 0, 7);
    widest_ = std::max(widest_, left(box) + kBoxWidth);
  }
}

// A box that is read further down has a line there, in the first lane that is free for so long.
void Picture::layLanes() {
  lanes_.assign(boxes_.size(), -1);
  std::vector<std::size_t> lastReader(boxes_.size(), 0), freeFrom;
  for (std::size_t i = 0; i < boxes_.size(); ++i) {
    for (const std::size_t from : boxes_[i].reads) lastReader[from] = i;
  }
  for (std::size_t i = 0; i < boxes_.size(); ++i) {
    if (lastReader[i] <= i + 1) continue;
    std::size_t lane = 0;
    while (lane < freeFrom.size() && freeFrom[lane] > i) ++lane;
    if (lane == freeFrom.size()) freeFrom.push_back(0);
    freeFrom[lane] = lastReader[i] + 1;
    lanes_[i] = static_cast<int>(lane);
  }
  laneCount_ = static_cast<int>(freeFrom.size());
}

// The end of a long name says more than its beginning.
std::string shortened(const std::string& name, std::size_t length) {
  return name.size() <= length ? name : "..." + name.substr(name.size() - length + 3);
}

std::string Picture::boxText(std::size_t place) const {
  const Box& box = boxes_[place];
  const int x = left(box), y = top(place);
  const std::string shape = shapeText(box.output);
  // A character of the second line is about 6 px wide.
  const std::size_t room = static_cast<std::size_t>(kBoxWidth - 24) / 6 - shape.size();
  const double share =
      summary_.multiplyAdds == 0 || box.auxiliary
          ? 0
          : static_cast<double>(box.multiplyAdds) / static_cast<double>(summary_.multiplyAdds);
  std::string title = box.name + "\n" + box.text + "\n" + shape;
  if (box.parameters > 0) title += "\n" + std::to_string(box.parameters) + " parameters";
  if (box.multiplyAdds > 0) {
    title +=
        format("\n%.3f GMAC, %.1f %%", static_cast<double>(box.multiplyAdds) / 1e9, 100 * share);
  }
  if (box.auxiliary) title += "\nin training only";
  std::string text =
      format(R"(<g class="%s%s"><title>)", kColourNames[static_cast<int>(box.colour)],
             box.auxiliary ? " aux" : "") +
      escaped(title) + "</title>";
  text += format(R"(<rect class="box" x="%d" y="%d" width="%d" height="%d" rx="6"/>)", x, y,
                 kBoxWidth, kBoxHeight);
  const int bar = static_cast<int>(std::lround(share * (kBoxWidth - 12)));
  if (bar > 0) {
    text += format(R"(<rect class="bar" x="%d" y="%d" width="%d" height="3"/>)", x + 6,
                   y + kBoxHeight - 4, bar);
  }
  text += format(R"(<text class="name" x="%d" y="%d">)", x + 10, y + 15) +
          escaped(shortened(box.name, kNameLength)) + "</text>";
  text += format(R"(<text x="%d" y="%d">)", x + 10, y + 29) +
          escaped(box.text.size() <= room ? box.text : box.text.substr(0, room - 3) + "...") +
          "</text>";
  text += format(R"(<text class="shape" x="%d" y="%d">)", x + kBoxWidth - 10, y + 29) + shape +
          "</text></g>\n";
  return text;
}

std::string Picture::lineText(std::size_t from, std::size_t to) const {
  const Box &a = boxes_[from], &b = boxes_[to];
  const char* style = b.auxiliary ? "line aux" : "line";
  if (to == from + 1) {
    const int x1 = left(a) + kBoxWidth / 2, x2 = left(b) + kBoxWidth / 2;
    const int y1 = top(from) + kBoxHeight, y2 = top(to) - 3, middle = (y1 + y2) / 2;
    return format(R"(<path class="%s" d="M%d %dC%d %d %d %d %d %d"/>)", style, x1, y1, x1, middle,
                  x2, middle, x2, y2) +
           "\n";
  }
  const int lane = widest_ + 14 + kLane * lanes_[from], y1 = top(from) + kBoxHeight - 10,
            y2 = top(to) + 10, x1 = left(a) + kBoxWidth, x2 = left(b) + kBoxWidth + 3;
  return format(R"(<path class="%s far" d="M%d %dH%dQ%d %d %d %dV%dQ%d %d %d %dH%d"/>)", style, x1,
                y1, lane - 6, lane, y1, lane, y1 + 6, y2 - 6, lane, y2, lane - 6, y2, x2) +
         "\n";
}

constexpr const char* kStyle = R"(<style>
svg{--paper:#fff;--ink:#1c2026;--soft:#5b6470;--line:#8a94a3;--far:#4a78c2;--bar:#1c2026;
--conv:#d7e6fb;--pool:#fbe3cf;--join:#dcefd8;--size:#eadcf5;--other:#eceff3;--input:#f7efc4}
@media(prefers-color-scheme:dark){svg{--paper:#14171c;--ink:#eceff4;--soft:#a8b1bf;--line:#78828f;
--far:#7fa8ea;--bar:#eceff4;--conv:#1f3a5f;--pool:#5a3a1c;--join:#274b24;--size:#45305a;
--other:#2d333c;--input:#534a17}}
.paper{fill:var(--paper)}text{font:11px system-ui,sans-serif;fill:var(--soft)}
.name{font-weight:600;fill:var(--ink)}.shape{text-anchor:end}.title{font-size:15px}
.box{stroke:var(--line)}.bar{fill:var(--bar);opacity:.55}
.conv .box{fill:var(--conv)}.pool .box{fill:var(--pool)}.join .box{fill:var(--join)}
.size .box{fill:var(--size)}.other .box{fill:var(--other)}.input .box{fill:var(--input)}
.line{fill:none;stroke:var(--line);stroke-width:1.4;marker-end:url(#tip)}.far{stroke:var(--far)}
.aux{stroke-dasharray:4 3}#tip path{fill:var(--soft)}
</style>
<defs><marker id="tip" viewBox="0 0 6 6" refX="5" refY="3" markerWidth="6" markerHeight="6"
orient="auto"><path d="M0 0L6 3L0 6z"/></marker></defs>
)";

std::string Picture::draw() {
  makeBoxes();
  layLanes();
  const int width = widest_ + 14 + kLane * laneCount_ + kMargin;
  const int height = top(boxes_.size()) + kMargin - (kRow - kBoxHeight);
  std::string text = format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d">)",
      width, height, width, height);
  text += "\n<title>" + escaped(graph_.name) + "</title>\n" + kStyle;
  text += R"(<rect class="paper" width="100%" height="100%"/>)";
  text += format(R"(<text class="name title" x="%d" y="28">)", kMargin) + escaped(graph_.name) +
          "</text>\n";
  text += format("<text x=\"%d\" y=\"46\">%lld parameters, %.3f GMAC for %s</text>\n", kMargin,
                 static_cast<long long>(summary_.parameters),
                 static_cast<double>(summary_.multiplyAdds) / 1e9, shapeText(input_).c_str());
  for (std::size_t i = 0; i < boxes_.size(); ++i) {
    for (const std::size_t from : boxes_[i].reads) text += lineText(from, i);
  }
  for (std::size_t i = 0; i < boxes_.size(); ++i) text += boxText(i);
  return text + "</svg>\n";
}

}  // namespace

Result<std::string> graphSvg(const Graph& graph, const Dims& input) {
  const Result<GraphSummary> summary = summarise(graph, input);
  if (!summary) return fail(summary.error());
  return Picture(graph, input, *summary).draw();
}

}  // namespace limbus
