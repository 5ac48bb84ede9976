#include "native/commands/inspect/print.h"

#include <algorithm>
#include <cstdio>

#include "native/system/text.h"

namespace limbus {
namespace {

// "12345   4.2 %", or nothing where there is none.
std::string countAndShare(std::int64_t count, std::int64_t all) {
  if (count == 0 || all == 0) return std::string(24, ' ');
  const double share = 100 * static_cast<double>(count) / static_cast<double>(all);
  return format("%16lld %5.1f %%", static_cast<long long>(count), share);
}

// Of a small network millionths of a G are no figure.
std::string multiplyAddsText(std::int64_t count) {
  const auto value = static_cast<double>(count);
  if (value >= 1e9) return format("%.3f G", value / 1e9);
  if (value >= 1e6) return format("%.3f M", value / 1e6);
  return std::to_string(count);
}

double inMegabytes(std::int64_t bytes) { return static_cast<double>(bytes) / 1e6; }

}  // namespace

Result<LayerReport> layerReport(const Graph& graph, const Dims& input, int batch) {
  LayerReport report{.input = input, .summary = {}, .batch = batch, .memory = {}};
  Result<GraphSummary> summary = summarise(graph, input);
  if (!summary) return fail(summary.error());
  report.summary = std::move(*summary);
  Dims images = input;
  images[0] = batch;
  Result<ActivationMemory> memory = activationMemory(graph, images);
  if (!memory) return fail(memory.error());
  report.memory = std::move(*memory);
  return report;
}

std::string shapeText(const Dims& dims) {
  std::string text;
  for (std::size_t i = 1; i < dims.size(); ++i) {
    text += (i == 1 ? "" : "x") + std::to_string(dims[i]);
  }
  return text;
}

std::string layerTable(const GraphSummary& summary) {
  std::size_t names = 5, ops = 2;
  for (const LayerSummary& layer : summary.layers) {
    names = std::max(names, layer.name.size());
    ops = std::max(ops, layer.op.size());
  }
  std::string text =
      padded("layer", names + 2) + padded("op", ops + 1) +
      format("%15s %16s %7s %16s %7s\n", "output", "parameters", "share", "multiply-adds", "share");
  for (const LayerSummary& layer : summary.layers) {
    std::string line = padded(layer.name, names + 2) + padded(layer.op, ops + 1) +
                       format("%15s ", shapeText(layer.output).c_str()) +
                       countAndShare(layer.parameters, summary.parameters) + " ";
    // Shares are of what prediction costs, which training's own layers are no part of.
    line += layer.auxiliary
                ? format("%16lld  (training only)", static_cast<long long>(layer.multiplyAdds))
                : countAndShare(layer.multiplyAdds, summary.multiplyAdds);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string layerTotals(const LayerReport& report) {
  const std::string at = report.memory.peakNode.empty() ? "" : ", at " + report.memory.peakNode;
  return "multiply-adds " + multiplyAddsText(report.summary.multiplyAdds) + " for an input of [" +
         shapeText(report.input) + "]\n" +
         format("activations of a batch of %d: at most %.1f MB at once in prediction", report.batch,
                inMegabytes(report.memory.peakBytes)) +
         at +
         format("; %.1f MB in all, about what training keeps\n",
                inMegabytes(report.memory.sumBytes));
}

}  // namespace limbus
