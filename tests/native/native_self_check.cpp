// References of ours against LibTorch, and what happens where LibTorch is wrong.
#include <torch/torch.h>

#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <fstream>
#include <set>

#include "native/system/files.h"
#include "native/train/executor/op_references.h"
#include "native/train/executor/self_check.h"
#include "native/train/executor/without_libraries.h"
#include "native_catch.h"
#include "op_graphs.h"
#include "scratch_folder.h"
#include "shared/graph/op.h"
#include "shared/nets/nets.h"

using Catch::Matchers::ContainsSubstring;
using namespace limbus;

namespace {

Graph twoConvs() {
  Builder b("two", 2);
  ValueId x =
      b.conv(b.input(), "wide",
             {.out = 4, .kernel = {3, 1}, .padding = {2, 0}, .dilation = {2, 1}, .groups = 2});
  x = b.prelu(b.batchNorm(x, "norm"), "act");
  return b.finish(b.conv(x, "classifier", {.out = 3}));
}

bool oneDnn() { return at::globalContext().userEnabledMkldnn(); }

using Spoil = torch::Tensor (*)(const torch::Tensor& out);

torch::Tensor byALittle(const torch::Tensor& out) { return out * 1.001; }

torch::Tensor oneNan(const torch::Tensor& out) {
  torch::Tensor spot = torch::zeros_like(out);
  spot.view({-1})[out.numel() - 1] = NAN;
  return out + spot;
}

torch::Tensor gradientAlone(const torch::Tensor& out) {
  return out * 1.001 - (out * 0.001).detach();
}

// Convolutions with a planted error: dilated ones with oneDNN, or all.
template <Spoil spoil, bool all>
BoundOp bindSpoiled(const NodeView& view, const std::vector<torch::Tensor>& parameters) {
  const bool dilated = view.extent("dilation").h > 1;
  return [dilated, right = opExecution(Op::conv)->bind(view, parameters)](
             const std::vector<torch::Tensor>& inputs, bool training) {
    const torch::Tensor out = right(inputs, training).values[0];
    return all || (dilated && oneDnn()) ? spoil(out) : out;
  };
}

using Where = bool (*)(const torch::Tensor& image, const torch::Tensor& out);

bool isWide(const torch::Tensor& image, const torch::Tensor&) { return image.size(3) > 57; }

bool isChannelsLast(const torch::Tensor& image, const torch::Tensor&) {
  return !image.is_contiguous();
}

bool isIn16Bits(const torch::Tensor&, const torch::Tensor& out) {
  return out.scalar_type() == torch::kBFloat16;
}

// Convolutions with a planted error, with oneDNN and in some cases.
template <Where where>
BoundOp bindSpoiledWhere(const NodeView& view, const std::vector<torch::Tensor>& parameters) {
  return [right = opExecution(Op::conv)->bind(view, parameters)](
             const std::vector<torch::Tensor>& inputs, bool training) {
    const torch::Tensor out = right(inputs, training).values[0];
    return oneDnn() && where(inputs[0], out) ? out * 1.5 : out;
  };
}

template <Where where>
const OpExecution* plantedWhere(Op op) {
  static const OpExecution kConv{Op::conv, bindSpoiledWhere<where>};
  return op == Op::conv ? &kConv : opExecution(op);
}

template <Spoil spoil, bool all = false>
const OpExecution* planted(Op op) {
  static const OpExecution kConv{Op::conv, bindSpoiled<spoil, all>};
  return op == Op::conv ? &kConv : opExecution(op);
}

}  // namespace

TEST_CASE("self-check: every op has exactly one reference") {
  std::set<Op> ops;
  for (const OpReference& row : opReferences()) CHECK(ops.insert(row.op).second);
  for (const OpRow& row : opTable()) {
    INFO(row.name);
    CHECK(ops.count(row.op) == 1);
  }
}

TEST_CASE("self-check: LibTorch and the references agree on every op, forward and backward") {
  for (const OpGraph& sample : opGraphs()) {
    INFO(sample.name);
    const Result<SelfCheck> check = selfCheck(sample.graph, sample.input, {});
    if (!check) FAIL(check.error().message);
    CHECK(check->checked > 0);
    CHECK(check->line == "");
    CHECK(check->wrong == std::vector<bool>(sample.graph.nodes.size(), false));
  }
}

// Two values of a channel leave a gradient of rounding alone, which is no measure of a library.
TEST_CASE("self-check: batch norms of single pixels are right, whatever their channels") {
  for (const std::int64_t channels : {1, 8, 32, 48, 64, 100}) {
    INFO(channels);
    Builder b("pooled", channels);
    const Graph graph = b.finish(b.batchNorm(b.globalAvgPool(b.input(), "pool"), "norm"));
    const Result<SelfCheck> check = selfCheck(graph, {2, channels, 8, 8}, {});
    if (!check) FAIL(check.error().message);
    CHECK(check->line == "");
  }
}

TEST_CASE("self-check: a planted error is found, told and avoided") {
  const Graph graph = twoConvs();
  const auto [name, execution] = GENERATE(table<const char*, const OpExecution* (*)(Op)>(
      {{"a thousandth", planted<byALittle>},
       {"one cell that is no number", planted<oneNan>},
       {"the gradient alone", planted<gradientAlone>}}));
  INFO(name);
  const Result<SelfCheck> check = selfCheck(graph, {1, 2, 20, 30}, {.execution = execution});
  if (!check) FAIL(check.error().message);
  CHECK(check->wrong == std::vector<bool>{true, false, false, false});
  CHECK(check->line == std::string("self-check: LibTorch ") + TORCH_VERSION +
                           " on cpu computes conv 'wide' wrongly with oneDNN; without it for this "
                           "one");
}

TEST_CASE("self-check: LibTorch and the references agree in other layouts and in 16 bits, too") {
  for (const OpGraph& sample : opGraphs()) {
    INFO(sample.name);
    const Result<SelfCheck> check =
        selfCheck(sample.graph, sample.input, {.precision = Precision::bfloat16});
    if (!check) FAIL(check.error().message);
    CHECK(check->line == "");
    // With oneDNN or without it: some of its kernels are wrong here (docs/support.md).
    const Result<SelfCheck> both = selfCheck(
        sample.graph, sample.input, {.precision = Precision::bfloat16, .channelsLast = true});
    if (!both) FAIL(both.error().message);
  }
}

TEST_CASE("self-check: an error that only one layout, precision or a wide image has is found") {
  Builder b("strided", 2);
  const ValueId x =
      b.conv(b.input(), "spread", {.out = 4, .stride = 2, .padding = 8, .dilation = 8});
  const Graph graph = b.finish(b.conv(x, "classifier", {.out = 3, .kernel = 1}));
  const auto wrongOf = [&](const OpExecution* (*execution)(Op), SelfCheckOptions options) {
    options.execution = execution;
    const Result<SelfCheck> check = selfCheck(graph, {1, 2, 100, 120}, options);
    if (!check) FAIL(check.error().message);
    return check->wrong;
  };
  const std::vector<bool> none = {false, false}, first = {true, false}, both = {true, true};
  CHECK(wrongOf(opExecution, {}) == none);
  CHECK(wrongOf(plantedWhere<isWide>, {}) == first);
  CHECK(wrongOf(plantedWhere<isChannelsLast>, {}) == none);
  CHECK(wrongOf(plantedWhere<isChannelsLast>, {.channelsLast = true}) == both);
  CHECK(wrongOf(plantedWhere<isIn16Bits>, {}) == none);
  CHECK(wrongOf(plantedWhere<isIn16Bits>, {.precision = Precision::bfloat16}) == both);
}

TEST_CASE("self-check: what is wrong every way is an error that names the way out") {
  const Result<SelfCheck> check =
      selfCheck(twoConvs(), {1, 2, 20, 30}, {.execution = planted<byALittle, true>});
  REQUIRE(!check);
  CHECK(check.error().message ==
        std::string("conv 'wide': LibTorch ") + TORCH_VERSION +
            " on cpu is off by 0.001 of its largest value, also without oneDNN; use another "
            "LibTorch, or go on with --no-self-check");
}

TEST_CASE("self-check: findings are remembered, and a damaged memory is no obstacle") {
  const ScratchFolder folder;
  const Graph graph = twoConvs();
  const auto run = [&](const OpExecution* (*execution)(Op)) {
    const Result<SelfCheck> check =
        selfCheck(graph, {1, 2, 20, 30},
                  {.memory = folder / "cache" / "memory.json", .execution = execution});
    if (!check) FAIL(check.error().message);
    return *check;
  };
  const SelfCheck first = run(planted<byALittle>);
  CHECK(first.checked == 5);  // the batch norm in both modes
  CHECK(first.wrong[0]);
  const SelfCheck second = run(opExecution);  // right by now, but it is not asked again
  CHECK(second.checked == 0);
  CHECK(second.wrong == first.wrong);
  CHECK(second.line == first.line);
  for (const char* damage : {"", "{", "[]", R"({"version": 1, "engines": [1]})", "{\"version\": 9}",
                             R"({"version": 1, "engines": {"x": 3}})"}) {
    INFO(damage);
    std::ofstream(folder / "cache" / "memory.json") << damage;
    const SelfCheck again = run(opExecution);
    CHECK(again.checked == 5);
    CHECK(!again.wrong[0]);
  }
}

TEST_CASE("self-check: what is remembered of one precision is not taken for another's") {
  const ScratchFolder folder;
  const std::filesystem::path memory = folder / "memory.json";
  const auto checked = [&](Precision precision) {
    const Result<SelfCheck> check =
        selfCheck(twoConvs(), {1, 2, 20, 30}, {.memory = memory, .precision = precision});
    if (!check) FAIL(check.error().message);
    return check->checked;
  };
  CHECK(checked(Precision::float32) == 5);
  CHECK(checked(Precision::tf32) == 0);  // which a CPU has not
  CHECK(checked(Precision::bfloat16) == 5);
  CHECK(checked(Precision::bfloat16) == 0);
  CHECK_THAT(readBytes(memory).value(),
             ContainsSubstring(" in bfloat16") && !ContainsSubstring("16 bits"));
}

TEST_CASE("without libraries: off in both directions and only there") {
  bool forwardOff = false, backwardOff = false;
  const torch::Tensor x = torch::ones({1, 1, 3, 3}).requires_grad_();
  const torch::Tensor factor = torch::full({1}, 3.0F).requires_grad_();
  const auto scale = [&](const std::vector<torch::Tensor>& inputs, bool) {
    forwardOff = !oneDnn();
    torch::Tensor y = inputs[0] * factor;
    if (y.requires_grad()) y.register_hook([&](const torch::Tensor&) { backwardOff = !oneDnn(); });
    return y;
  };
  const BoundOp run = withoutLibraries(scale, {factor});
  const torch::Tensor y = run({x}, true).values[0];
  CHECK(forwardOff);
  CHECK(oneDnn());
  (y * 2).sum().backward();
  CHECK(backwardOff);
  CHECK(oneDnn());
  CHECK(torch::equal(y, 3 * torch::ones({1, 1, 3, 3})));
  CHECK(torch::equal(x.grad(), torch::full({1, 1, 3, 3}, 6.0F)));
  CHECK(factor.grad().item<float>() == 18.0F);
  const torch::NoGradGuard noGradients;
  CHECK(!run({x}, true).values[0].requires_grad());
}

TEST_CASE("without libraries: a node of two outputs") {
  Builder b("unpool", 2);
  const MaxPooled pooled = b.maxPoolIndexed(b.input(), "pool");
  const Graph graph = b.finish(b.maxUnpool(b.sigmoid(pooled.values, "act"), pooled, "back"));
  const auto step = [&](bool avoid) {
    Executor net(graph, 1);
    if (avoid) net.avoidLibraries({true, true, true});
    const Tensor values = testInput({2, 2, 7, 6});
    const torch::Tensor image = torch::tensor(values.values).view({2, 2, 7, 6}).requires_grad_();
    const torch::Tensor out = net.forward(image)[0];
    out.square().sum().backward();
    return std::vector<torch::Tensor>{out.detach(), image.grad()};
  };
  const std::vector<torch::Tensor> with = step(false), without = step(true);
  CHECK(torch::equal(with[0], without[0]));
  CHECK(torch::equal(with[1], without[1]));
  CHECK(with[1].count_nonzero().item<std::int64_t>() == 2 * 2 * 9);
}

TEST_CASE("without libraries: a whole net gives the same outputs and gradients") {
  const Graph graph = *buildNet("dabnet", {}, R"({"width": 4})");
  const auto step = [&](bool avoid) {
    auto net = std::make_shared<Executor>(graph, 3);
    if (avoid) net->avoidLibraries(std::vector<bool>(graph.nodes.size(), true));
    const Tensor values = testInput({2, 1, 32, 24});
    const torch::Tensor image = torch::tensor(values.values).view({2, 1, 32, 24});
    const torch::Tensor out = net->forward(image)[0];
    out.square().mean().backward();
    std::vector<torch::Tensor> found = {out.detach()};
    for (const torch::Tensor& tensor : net->learned()) found.push_back(tensor.grad());
    for (const torch::Tensor& tensor : net->tensors()) found.push_back(tensor.detach());
    return found;
  };
  const std::vector<torch::Tensor> with = step(false), without = step(true);
  REQUIRE(with.size() == without.size());
  for (std::size_t i = 0; i < with.size(); ++i) {
    CHECK(torch::allclose(with[i], without[i], 1e-3, 1e-5));
  }
}
