// Our losses against those of other libraries, values and gradients.
//
// tests/peers/make_losses.py asked the others and kept the answers in tests/cases/peer_losses.json;
// logits and labels come from a formula on both sides.
#include <torch/torch.h>

#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <set>

#include "core_cases.h"
#include "formula.h"
#include "native/train/losses.h"
#include "native_catch.h"
#include "shared/options/json.h"

using namespace limbus;
using Catch::Matchers::WithinAbs;

namespace {

torch::Tensor logitsOf(const Json& row) {
  torch::Tensor logits = torch::empty({row.at("images").get<int>(), row.at("classes").get<int>(),
                                       row.at("height").get<int>(), row.at("width").get<int>()},
                                      torch::kFloat64);
  const std::uint64_t hash = formula::hashOf("logits");
  double* values = logits.data_ptr<double>();
  for (std::int64_t i = 0; i < logits.numel(); ++i) {
    values[i] = 6 * formula::uniform(hash, static_cast<std::uint64_t>(i)) - 3;
  }
  return logits.requires_grad_(true);
}

torch::Tensor targetOf(const Json& row) {
  torch::Tensor target = torch::empty(
      {row.at("images").get<int>(), row.at("height").get<int>(), row.at("width").get<int>()},
      torch::kInt64);
  std::int64_t* labels = target.data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < target.numel(); ++i) {
    labels[i] =
        formula::label("labels", static_cast<std::uint64_t>(i), row.at("labels"), row.at("void"));
  }
  return target;
}

}  // namespace

TEST_CASE("peer losses: values and gradients are those of other libraries") {
  const Json rows = cases::read("peer_losses.json").at("rows");
  std::set<std::string> compared;
  for (const Json& row : rows) {
    INFO(row.at("peer").get<std::string>()
         << " and ours, " << row.at("loss").dump() << ", void " << row.at("void"));
    Loss loss;
    REQUIRE(readOptions(row.at("loss"), "loss", loss.sum));
    compared.insert(row.at("loss").at("name").get<std::string>());
    const torch::Tensor logits = logitsOf(row);
    const torch::Tensor value = loss({.heads = {logits}, .target = targetOf(row)});
    const double tolerance = row.value("tolerance", 1e-10);
    CHECK_THAT(value.item<double>(), WithinAbs(row.at("value").get<double>(), tolerance));
    value.backward();
    const torch::Tensor gradient = logits.grad().flatten().contiguous();
    const std::vector<double> theirs = row.at("gradients");
    const std::int64_t step = row.at("step");
    REQUIRE(static_cast<std::int64_t>(theirs.size()) == (gradient.numel() + step - 1) / step);
    for (std::size_t i = 0; i < theirs.size(); ++i) {
      const double ours = gradient.data_ptr<double>()[static_cast<std::int64_t>(i) * step];
      CHECK_THAT(ours, WithinAbs(theirs[i], tolerance));
    }
  }
  // What no library has: tests/peers/README.md.
  for (const char* alone : {"ce-balanced", "boundary-ce", "separation-ce", "focal-legacy",
                            "surface", "distill", "attention"}) {
    CHECK(compared.insert(alone).second);
  }
  CHECK(compared.size() == losses().size());
}
