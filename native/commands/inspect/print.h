// What `limbus inspect` says of a network's layers.
#pragma once

#include <string>

#include "shared/ops/memory.h"
#include "shared/ops/summary.h"

namespace limbus {

struct LayerReport {
  Dims input;  // [1,C,H,W] that layers and multiply-adds are for
  GraphSummary summary;
  int batch = 1;  // images that the memory is for
  ActivationMemory memory;
};

Result<LayerReport> layerReport(const Graph& graph, const Dims& input, int batch);

// "16x320x200" of [N,16,320,200].
std::string shapeText(const Dims& dims);

// A line for each layer: output, parameters and multiply-adds with their shares of the whole.
std::string layerTable(const GraphSummary& summary);

// Sums, and the memory of the activations.
std::string layerTotals(const LayerReport& report);

}  // namespace limbus
