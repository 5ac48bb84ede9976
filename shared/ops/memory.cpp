#include "shared/ops/memory.h"

#include <algorithm>
#include <vector>

#include "shared/ops/ops.h"
#include "shared/ops/shapes.h"

namespace limbus {
namespace {

std::vector<std::int64_t> bytesOf(const Graph& graph, const std::vector<Dims>& shapes) {
  std::vector<std::int64_t> bytes(shapes.size(), 0);
  bytes[0] = 4 * elementCount(shapes[0]);
  for (const Node& node : graph.nodes) {
    const OpRow& row = opRow(node.op);
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      const bool indices = i > 0 && row.moreOutputs[i - 1].kind == ValueKind::indices;
      const auto value = static_cast<std::size_t>(node.outputs[i]);
      bytes[value] = (indices ? 8 : 4) * elementCount(shapes[value]);
    }
  }
  return bytes;
}

// What a node gives back unchanged in prediction, as a dropout does, is no value of its own.
bool passesOn(const Node& node) { return opRow(node.op).onnxType == nullptr; }

}  // namespace

Result<ActivationMemory> activationMemory(const Graph& graph, const Dims& input) {
  const Result<std::vector<Dims>> shapes = inferShapes(graph, input);
  if (!shapes) return fail(shapes.error());
  const std::vector<std::int64_t> bytes = bytesOf(graph, *shapes);
  const std::vector<bool> needed = neededNodes(graph, false);
  ActivationMemory memory;
  for (const std::int64_t size : bytes) memory.sumBytes += size;

  std::vector<std::size_t> standsFor(bytes.size());  // whose memory a value is
  for (std::size_t i = 0; i < bytes.size(); ++i) standsFor[i] = i;
  std::vector<std::size_t> lastRead(bytes.size(), 0);  // by the nodes' places, the first is 1
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (!needed[i]) continue;
    for (const ValueId read : node.inputs) {
      lastRead[standsFor[static_cast<std::size_t>(read)]] = i + 1;
    }
    for (const ValueId output : node.outputs) {
      const auto value = static_cast<std::size_t>(output);
      if (passesOn(node)) standsFor[value] = standsFor[static_cast<std::size_t>(node.inputs[0])];
      lastRead[standsFor[value]] = i + 1;
    }
  }
  lastRead[standsFor[static_cast<std::size_t>(graph.outputs[0].value)]] = graph.nodes.size() + 1;

  std::int64_t now = bytes[0];
  memory.peakBytes = now;
  std::vector<std::size_t> standing{0};
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (!needed[i]) continue;
    for (const ValueId output : node.outputs) {
      const auto value = static_cast<std::size_t>(output);
      if (passesOn(node)) continue;
      now += bytes[value];
      standing.push_back(value);
    }
    if (now > memory.peakBytes) {
      memory.peakBytes = now;
      memory.peakNode = node.name;
    }
    std::erase_if(standing, [&](std::size_t value) {
      const bool done = lastRead[value] <= i + 1;
      if (done) now -= bytes[value];
      return done;
    });
  }
  return memory;
}

}  // namespace limbus
