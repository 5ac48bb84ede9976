#include <torch/torch.h>

#include <algorithm>
#include <map>
#include <set>

#include "native/train/executor/executor.h"
#include "native/train/executor/executor_ops.h"
#include "native_catch.h"
#include "op_graphs.h"
#include "shared/nets/nets.h"
#include "shared/ops/shapes.h"
#include "small_nets.h"

using namespace limbus;

namespace {

torch::Tensor inputOf(const Dims& shape) {
  const Tensor values = testInput(shape);
  return torch::tensor(values.values).view(torch::IntArrayRef(shape));
}

Dims shapeOf(const torch::Tensor& tensor) { return tensor.sizes().vec(); }

Graph tinyNet(bool auxiliary) {
  Builder b("tiny", 2);
  ValueId x = b.conv(b.input(), "stem", {.out = 4, .kernel = 3, .padding = 1, .bias = true});
  x = b.prelu(b.batchNorm(x, "norm"), "act");
  if (auxiliary) b.auxiliary("side", b.conv(x, "side", {.out = 3}));
  x = b.dropout(x, "drop", {.p = 0.5});
  return b.finish(b.conv(x, "classifier", {.out = 3}));
}

}  // namespace

TEST_CASE("executor: every op has exactly one row") {
  std::set<Op> ops;
  for (const OpExecution& row : opExecutions()) CHECK(ops.insert(row.op).second);
  for (const OpRow& row : opTable()) {
    INFO(row.name);
    CHECK(ops.count(row.op) == 1);
  }
  CHECK(ops.size() == opTable().size());
}

TEST_CASE("executor: every op runs, and its shape is the inferred one") {
  std::set<Op> seen;
  for (const OpGraph& sample : opGraphs()) {
    INFO(sample.name);
    seen.insert(sample.op);
    const Result<std::vector<Dims>> shapes = inferShapes(sample.graph, sample.input);
    REQUIRE(shapes);
    auto net = std::make_shared<Executor>(sample.graph, 1);
    REQUIRE(net->load(samples::sampleWeights(sample.graph)));
    for (const bool training : {false, true}) {
      net->train(training);
      const std::vector<torch::Tensor> outputs = net->forward(inputOf(sample.input));
      REQUIRE(outputs.size() == 1);
      CHECK(shapeOf(outputs[0]) == sample.output);
      CHECK(shapeOf(outputs[0]) == (*shapes)[sample.graph.outputs[0].value]);
      CHECK(torch::isfinite(outputs[0]).all().item<bool>());
    }
  }
  CHECK(seen.size() == opTable().size());
}

TEST_CASE("executor: gradients reach every learned parameter of every net") {
  for (const NetRow& row : nets()) {
    INFO(row.name);
    const Result<Graph> graph =
        buildNet(row.name, {.inputChannels = 1, .classes = 3}, samples::narrowest(row));
    REQUIRE(graph);
    // Four cells at the coarsest scale of a deep one: a bias in front of a norm shows at borders.
    const std::int64_t side = row.sizeMultiple > 32 ? 4 * row.sizeMultiple : 64;
    std::set<std::string> unreached;
    for (const Parameter& parameter : graph->parameters) {
      if (parameter.learned) unreached.insert(parameter.name);
    }
    // From several starts: a single unit in front of a ReLU may be dead from the first.
    for (std::uint64_t seed = 1; seed <= 4 && !unreached.empty(); ++seed) {
      Executor net(*graph, seed);
      net.train();
      torch::Tensor loss = torch::zeros({});
      for (const torch::Tensor& out : net.forward(inputOf({2, graph->inputChannels, side, side}))) {
        CHECK(shapeOf(out) == Dims{2, 3, side, side});
        loss = loss + out.square().mean();
      }
      loss.backward();
      for (const auto& parameter : net.named_parameters()) {
        const torch::Tensor gradient = parameter.value().grad();
        if (!gradient.defined() || gradient.abs().sum().item<float>() == 0) continue;
        std::string name = parameter.key();
        std::replace(name.begin(), name.end(), '/', '.');
        unreached.erase(name);
      }
    }
    CHECK(unreached == std::set<std::string>{});
  }
}

TEST_CASE("executor: parameters start from the seed alone") {
  const Graph graph = tinyNet(false);
  const Weights a = Executor(graph, 5).weights(), again = Executor(graph, 5).weights(),
                other = Executor(graph, 6).weights();
  for (const Parameter& parameter : graph.parameters) {
    INFO(parameter.name);
    CHECK(a.at(parameter.name).values == again.at(parameter.name).values);
    CHECK(a.at(parameter.name).shape == parameter.shape);
  }
  CHECK(a.at("stem.weight").values != other.at("stem.weight").values);
  const float bound = 1.0F / std::sqrt(2.0F * 9.0F);  // fan-in 2 * 3 * 3
  float largest = 0;
  for (float value : a.at("stem.weight").values) largest = std::max(largest, std::abs(value));
  CHECK(largest <= bound);
  CHECK(largest > 0.8F * bound);
  CHECK(a.at("act.weight").values == std::vector<float>(4, 0.25F));
  CHECK(a.at("norm.running_var").values == std::vector<float>(4, 1.0F));
}

TEST_CASE("executor: weights that interpolate, and that neighbours share") {
  Builder b("starts", 2);
  ValueId x =
      b.deconv(b.input(), "up",
               {.out = 2, .kernel = 4, .stride = 2, .init = Init::bilinear, .frozen = true});
  x = b.conv(x, "wide", {.out = 8, .init = Init::icnr, .initValue = 4});
  Executor net(b.finish(x), 1);
  CHECK(net.learned().size() == 1);
  CHECK(countParameters(net.graph()) == 16);
  const std::vector<float> up = net.weights().at("up.weight").values;  // [2,2,4,4]
  const float tent[] = {0.25F, 0.75F, 0.75F, 0.25F};
  for (int i = 0; i < 16; ++i) {
    const float expected = tent[i / 4] * tent[i % 4];
    CHECK(up[i] == expected);           // from channel 0 to channel 0
    CHECK(up[16 + i] == 0);             // to channel 1
    CHECK(up[3 * 16 + i] == expected);  // from channel 1 to channel 1
  }
  const std::vector<float> wide = net.weights().at("wide.weight").values;  // [8,2]
  for (int o = 0; o < 8; ++o) {
    for (int i = 0; i < 2; ++i) CHECK(wide[o * 2 + i] == wide[o / 4 * 8 + i]);
  }
  CHECK(wide[0] != wide[8]);
}

TEST_CASE("executor: weights come back as they were loaded") {
  const Graph graph = tinyNet(false);
  Executor net(graph, 1);
  const Weights weights = samples::sampleWeights(graph);
  REQUIRE(net.load(weights));
  const Weights back = net.weights();
  REQUIRE(back.size() == weights.size());
  for (const auto& [name, tensor] : weights) CHECK(back.at(name).values == tensor.values);
}

TEST_CASE("executor: weights that do not fit are named") {
  const Graph graph = tinyNet(false);
  Executor net(graph, 1);
  Weights weights = samples::sampleWeights(graph);
  weights.erase("stem.bias");
  weights["stranger"] = {{1}, {1.0F}};
  weights["act.weight"] = {{2}, {1.0F, 1.0F}};
  const Result<void> loaded = net.load(weights);
  REQUIRE(!loaded);
  CHECK(loaded.error().message ==
        "weights do not fit net 'tiny'; missing: stem.bias; unexpected: stranger; of another "
        "shape: act.weight is [4] here and [2] there");
  const LoadReport report = net.loadMatching(weights);
  CHECK(report.loaded == static_cast<int>(graph.parameters.size()) - 2);
  CHECK(net.weights().at("stem.weight").values == weights.at("stem.weight").values);
}

TEST_CASE("executor: auxiliary outputs, dropout and batch statistics belong to training") {
  Executor net(tinyNet(true), 1);
  const torch::Tensor image = inputOf({2, 2, 8, 8});
  net.eval();
  const auto first = net.forward(image), second = net.forward(image);
  CHECK(first.size() == 1);
  CHECK(torch::equal(first[0], second[0]));
  const std::vector<float> before = net.weights().at("norm.running_mean").values;

  net.train();
  const auto trained = net.forward(image), again = net.forward(image);
  CHECK(trained.size() == 2);
  CHECK(!torch::equal(trained[0], again[0]));  // dropout drew anew
  CHECK(torch::equal(trained[1], again[1]));
  CHECK(net.weights().at("norm.running_mean").values != before);
}

TEST_CASE("executor: a norm and a PReLU with one slope for all channels train in one") {
  Builder b("one slope", 3);
  Executor net(b.finish(b.prelu(b.batchNorm(b.input(), "norm"), "act", {.perChannel = false})), 1);
  net.train();
  const torch::Tensor image = inputOf({2, 3, 5, 7}), weight = inputOf({2, 3, 5, 7}) + 0.5;
  const torch::Tensor out = net.forward(image)[0];
  CHECK(out.grad_fn()->name().find("Norm") != std::string::npos);  // no PReLU's behind it
  const std::vector<torch::Tensor> learned = net.learned();
  REQUIRE(learned.size() == 3);
  REQUIRE(learned[2].numel() == 1);
  const torch::Tensor expected = torch::prelu(
      torch::batch_norm(image, learned[0], learned[1], {}, {}, true, 0.1, 1e-5, false), learned[2]);
  CHECK(torch::allclose(out, expected, 1e-5, 1e-6));
  const auto own = torch::autograd::grad({(out * weight).sum()}, learned),
             theirs = torch::autograd::grad({(expected * weight).sum()}, learned);
  for (std::size_t i = 0; i < own.size(); ++i) {
    CHECK(torch::allclose(own[i], theirs[i], 1e-4, 1e-5));
  }
}

TEST_CASE("executor: unpooling puts back where the maxima stood, gradients too") {
  Builder b("unpool", 2);
  const MaxPooled pooled = b.maxPoolIndexed(b.input(), "pool");
  const ValueId doubled = b.add(pooled.values, pooled.values, "doubled");
  Executor net(b.finish(b.maxUnpool(doubled, pooled, "back")), 1);
  const Dims shape{2, 2, 5, 7};  // the last row and column are pooled by no window
  torch::Tensor image = inputOf(shape).requires_grad_(true);
  torch::Tensor maxima = torch::zeros(shape);  // 1 where the largest of its window stands
  for (int plane = 0; plane < 4; ++plane) {
    for (int window = 0; window < 6; ++window) {
      const int n = plane / 2, c = plane % 2, y = window / 3 * 2, x = window % 3 * 2;
      int best = 0;
      const auto at = [&](int k) { return image[n][c][y + k / 2][x + k % 2].item<float>(); };
      for (int k = 1; k < 4; ++k) best = at(k) > at(best) ? k : best;
      maxima[n][c][y + best / 2][x + best % 2] = 1;
    }
  }
  const torch::Tensor out = net.forward(image)[0];
  CHECK(torch::equal(out, 2 * image * maxima));
  const torch::Tensor weight = inputOf(shape) + 3;
  (out * weight).sum().backward();
  CHECK(torch::equal(image.grad(), 2 * weight * maxima));
}

TEST_CASE("executor: of values for one pixel the last is put back, and it alone takes a gradient") {
  Builder b("overlapping", 1);
  const MaxPooled pooled =
      b.maxPoolIndexed(b.input(), "pool", {.kernel = 3, .stride = 2, .padding = 1});
  const ValueId means = b.avgPool(b.input(), "means", {.kernel = 3, .stride = 2, .padding = 1});
  Executor net(b.finish(b.maxUnpool(means, pooled, "unpool")), 1);
  const torch::Tensor image = inputOf({2, 1, 9, 12}).requires_grad_();
  const torch::Tensor output = net.forward(image)[0];
  const torch::Tensor weights = inputOf({2, 1, 9, 12}) + 0.5;
  output.backward(weights);

  const torch::Tensor other = image.detach().clone().requires_grad_();
  const torch::Tensor values = torch::avg_pool2d(other, {3, 3}, {2, 2}, {1, 1});
  const torch::Tensor places =
      std::get<1>(torch::max_pool2d_with_indices(other, {3, 3}, {2, 2}, {1, 1}));
  torch::Tensor expected = torch::zeros({2, 108}), share = torch::zeros({2, values[0].numel()});
  int replaced = 0;
  for (std::int64_t n = 0; n < 2; ++n) {
    std::map<std::int64_t, std::int64_t> last;
    for (std::int64_t i = 0; i < share.size(1); ++i) {
      replaced +=
          last.insert_or_assign(places[n].flatten()[i].item<std::int64_t>(), i).second ? 0 : 1;
    }
    for (const auto& [place, i] : last) {
      expected[n][place] = values[n].flatten()[i].detach();
      share[n][i] = weights[n].flatten()[place];
    }
  }
  CHECK(replaced > 0);
  CHECK(torch::equal(output.detach().flatten(1), expected));
  values.backward(share.view_as(values));
  CHECK(torch::allclose(image.grad(), other.grad(), 1e-5, 1e-6));
}

TEST_CASE("executor: what it computes is what PyTorch's modules compute") {
  Executor net(tinyNet(false), 1);
  const Weights weights = samples::sampleWeights(net.graph());
  REQUIRE(net.load(weights));
  net.eval();
  const torch::Tensor image = inputOf({1, 2, 6, 5});
  const auto tensor = [&](const char* name) {
    const Tensor& t = weights.at(name);
    return torch::tensor(t.values).view(torch::IntArrayRef(t.shape));
  };
  const auto column = [&](const char* name) { return tensor(name).view({1, -1, 1, 1}); };
  // Convolution as a sum over shifted images; normalisation and slope by their formulas.
  const torch::Tensor padded = torch::constant_pad_nd(image, {1, 1, 1, 1}, 0);
  torch::Tensor x = column("stem.bias").expand({1, 4, 6, 5}).clone();
  for (int dy = 0; dy < 3; ++dy) {
    for (int dx = 0; dx < 3; ++dx) {
      const torch::Tensor shifted = padded.narrow(2, dy, 6).narrow(3, dx, 5);
      const torch::Tensor tap = tensor("stem.weight").select(3, dx).select(2, dy);  // [4,2]
      x += torch::einsum("oi,nihw->nohw", {tap, shifted});
    }
  }
  x = (x - column("norm.running_mean")) / (column("norm.running_var") + 1e-5).sqrt() *
          column("norm.weight") +
      column("norm.bias");
  x = torch::where(x > 0, x, x * column("act.weight"));
  x = torch::einsum("oi,nihw->nohw", {tensor("classifier.weight").view({3, 4}), x});
  CHECK((net.forward(image)[0] - x).abs().max().item<float>() < 1e-5F);
}
