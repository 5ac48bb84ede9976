// Activation memory against sums by hand.
#include "result_text.h"
#include "shared/graph/builder.h"
#include "shared/nets/nets.h"
#include "shared/ops/memory.h"

using namespace limbus;

TEST_CASE("values stand from the node that computes them to the last that reads them", "[memory]") {
  Builder b("line", 1);
  const ValueId a = b.conv(b.input(), "a", {.out = 4});             // 4 planes
  const ValueId c = b.dropout(b.conv(a, "c", {.out = 8}), "drop");  // 8
  const ValueId d = b.conv(c, "d", {.out = 2});                     // 2
  const ValueId e = b.concat({a, d}, "e");                          // 6
  b.auxiliary("side", b.conv(c, "side", {.out = 16}));              // 16, in training only
  const Graph graph = b.finish(b.conv(e, "f", {.out = 3}));         // 3
  const std::int64_t plane = 4 * 5 * 6;
  const ActivationMemory memory = activationMemory(graph, {1, 1, 5, 6}).value();
  CHECK(memory.peakBytes == (4 + 8 + 2) * plane);  // a is still to be joined; the dropout passes on
  CHECK(memory.peakNode == "d");
  CHECK(memory.sumBytes == (1 + 4 + 8 + 8 + 2 + 6 + 16 + 3) * plane);
  CHECK(activationMemory(graph, {7, 1, 5, 6}).value().peakBytes == 7 * memory.peakBytes);
}

TEST_CASE("indices take eight bytes, and what is unpooled needs its source", "[memory]") {
  Builder b("pools", 2);
  const MaxPooled pooled = b.maxPoolIndexed(b.input(), "pool");
  const ValueId x = b.conv(pooled.values, "mid", {.out = 2});
  const Graph graph = b.finish(b.maxUnpool(x, pooled, "back"));
  const std::int64_t image = 2 * 4 * 8 * 8, small = image / 4;
  const ActivationMemory memory = activationMemory(graph, {1, 2, 8, 8}).value();
  CHECK(memory.peakBytes == image + 2 * small + small + image);  // input, indices, mid, back
  CHECK(memory.peakNode == "back");
}

TEST_CASE("every net's memory is at least its input and output, and grows with the batch",
          "[memory]") {
  for (const NetRow& row : nets()) {
    INFO(row.name);
    const Graph graph = buildNet(row.name, {}).value();
    const int side = 4 * row.sizeMultiple;
    const auto at = [&](int batch) {
      return activationMemory(graph, {batch, graph.inputChannels, side, side}).value();
    };
    const std::int64_t pixels = std::int64_t{4} * side * side;
    CHECK(at(1).peakBytes >= pixels * 4);
    CHECK(at(1).peakBytes < at(1).sumBytes);
    CHECK(at(3).peakBytes == 3 * at(1).peakBytes);
  }
}
