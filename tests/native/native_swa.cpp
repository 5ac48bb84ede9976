// Stochastic weight averaging, by hand and in a run.
#include <torch/torch.h>

#include <algorithm>

#include "native/train/files/checkpoint.h"
#include "native/train/files/run_folder.h"
#include "native/train/swa.h"
#include "scratch_folder.h"
#include "shared/graph/builder.h"
#include "small_nets.h"
#include "small_runs.h"

using namespace limbus;

namespace {

// The same batches in every epoch.
class Given : public BatchSource {
 public:
  explicit Given(std::vector<torch::Tensor> images) : images_(std::move(images)) {}
  void start(std::uint32_t, std::int64_t firstBatch) override {
    next_ = static_cast<std::size_t>(firstBatch);
  }
  Result<std::optional<DeviceBatch>> next() override {
    if (next_ == images_.size()) return std::nullopt;
    return DeviceBatch{.images = images_[next_++], .target = {}};
  }
  std::int64_t batchesPerEpoch() const override {
    return static_cast<std::int64_t>(images_.size());
  }

 private:
  std::vector<torch::Tensor> images_;
  std::size_t next_ = 0;
};

torch::Tensor tensorOf(const Executor& net, const std::string& name) {
  const std::vector<Parameter>& parameters = net.graph().parameters;
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const Parameter& one) { return one.name == name; });
  REQUIRE(found != parameters.end());
  return net.tensors()[static_cast<std::size_t>(found - parameters.begin())];
}

}  // namespace

TEST_CASE("swa: epochs that count") {
  const Swa half{.from = 0.5};
  CHECK(half.taken(1, 4) == 0);
  CHECK(half.taken(2, 4) == 0);
  CHECK(half.taken(3, 4) == 1);
  CHECK(half.taken(4, 4) == 2);
  const Swa second{.from = 0, .every = 2};
  CHECK(second.taken(1, 5) == 1);
  CHECK(second.taken(2, 5) == 1);
  CHECK(second.taken(5, 5) == 3);
  CHECK(Swa{.from = 1}.taken(3, 3) == 1);  // the last one always
}

TEST_CASE("swa: norms that are frozen keep the statistics that training had") {
  const ScratchFolder scratch;
  for (const char* still : {"freezeNorms=true", "freezeEncoder=9"}) {
    const std::filesystem::path run = scratch / still;
    trained(requestFor(run, {R"(swa={"from": 0})", still}));
    const SavedRun saved = readSavedRun(run / "last.safetensors").value();
    int kept = 0, measured = 0;
    for (const auto& [name, tensor] : saved.weights) {
      if (name.find("running_") == std::string::npos) continue;
      const bool same = tensor.values == saved.training.at(name).values;
      (same ? kept : measured) += 1;
    }
    INFO(still);
    CHECK(kept > 0);
    CHECK((measured > 0) == (std::string(still) == "freezeEncoder=9"));
  }
}

TEST_CASE("swa: the plain mean, its batch norms measured under its own weights") {
  torch::manual_seed(5);
  Given source({torch::randn({2, 1, 8, 8}), torch::randn({2, 1, 8, 8}) * 2 + 1});
  Learner learner;
  learner.net = std::make_shared<Executor>(samples::normed(), 1);
  learner.average = std::make_shared<Executor>(samples::normed(), 1);
  learner.swa = Swa{.from = 0};
  learner.totalSteps = 4;  // of one step per epoch
  CHECK(&learner.evaluated() == learner.net.get());
  torch::Tensor sum = torch::zeros({4, 1, 3, 3});
  for (std::uint32_t epoch = 0; epoch < 3; ++epoch) {
    const torch::NoGradGuard noGradients;
    tensorOf(*learner.net, "stem.weight").normal_();
    sum += tensorOf(*learner.net, "stem.weight");
    REQUIRE(takeIntoMean(learner, source, epoch));
  }
  CHECK(&learner.evaluated() == learner.average.get());
  const Executor& mean = *learner.average;
  CHECK(torch::allclose(tensorOf(mean, "stem.weight"), sum / 3, 1e-5, 1e-6));

  torch::Tensor expectedMean = torch::zeros({4}), expectedVariance = torch::zeros({4});
  source.start(0, 0);
  for (int i = 0; i < 2; ++i) {
    const torch::Tensor values =
        torch::conv2d(source.next().value()->images, sum / 3, {}, 1, 1).transpose(0, 1).flatten(1);
    expectedMean += values.mean(1) / 2;
    expectedVariance += values.var(1, /*unbiased=*/true) / 2;
  }
  CHECK(torch::allclose(tensorOf(mean, "norm.running_mean"), expectedMean, 1e-4, 1e-5));
  CHECK(torch::allclose(tensorOf(mean, "norm.running_var"), expectedVariance, 1e-4, 1e-5));

  CHECK(MeanBefore::of(learner, 2).tensors.empty());  // it is in there
  const MeanBefore before = MeanBefore::of(learner, 3);
  REQUIRE(takeIntoMean(learner, source, 3));
  CHECK(!torch::allclose(tensorOf(mean, "stem.weight"), sum / 3, 1e-5, 1e-6));
  before.restore(learner);
  CHECK(torch::allclose(tensorOf(mean, "stem.weight"), sum / 3, 1e-5, 1e-6));
  CHECK(learner.averaged == 3);
}

TEST_CASE("swa: a run keeps the mean of its last epochs, and trains as without it") {
  ScratchFolder scratch;
  TrainRequest plain = requestFor(scratch / "plain", {"epochs=3"});
  plain.save.everyEpochs = 1;
  trained(plain);
  trained(requestFor(scratch / "mean", {"epochs=3", "swa.from=0.4"}));
  const auto weightsOf = [&](const char* run, const char* file) {
    return readSavedRun(scratch / run / file).value();
  };
  const Weights second = weightsOf("plain", "epoch-2.safetensors").weights;
  const Weights third = weightsOf("plain", "epoch-3.safetensors").weights;
  const SavedRun mean = weightsOf("mean", "last.safetensors");
  for (const auto& [name, tensor] : mean.weights) {
    INFO(name);
    CHECK(mean.training.at(name).values == third.at(name).values);
    if (name.find(".running_") != std::string::npos) continue;
    for (std::size_t i = 0; i < tensor.values.size(); ++i) {
      const float expected = (second.at(name).values[i] + third.at(name).values[i]) / 2;
      REQUIRE(std::abs(tensor.values[i] - expected) < 1e-6F);
    }
  }
}
