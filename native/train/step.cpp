#include "native/train/step.h"

#include <algorithm>
#include <cmath>

#include "native/train/executor/resize.h"
#include "native/train/mixed_precision.h"
#include "native/train/pixel_counts.h"
#include "native/train/ranks/shared_norm.h"

namespace limbus {
namespace {

torch::Tensor atSizeOf(const torch::Tensor& logits, const torch::Tensor& target) {
  if (logits.size(2) == target.size(1) && logits.size(3) == target.size(2)) return logits;
  return resizeBilinear(logits, {target.size(1), target.size(2)}, false);
}

// The statistics of batch norms, which a forward pass moves.
Tensors runningOf(const Executor& net) {
  Tensors running;
  for (std::size_t i = 0; i < net.tensors().size(); ++i) {
    if (!net.graph().parameters[i].learned) running.push_back(net.tensors()[i]);
  }
  return running;
}

Tensors copiesOf(const Tensors& tensors) {
  Tensors copies;
  for (const torch::Tensor& tensor : tensors) copies.push_back(tensor.clone());
  return copies;
}

// Ranks have the same gradients, but losses of their own: they must come to one answer.
bool allFinite(const torch::Tensor& loss, const Tensors& gradients, bool gradientsAlone) {
  torch::Tensor sum = gradientsAlone ? torch::zeros_like(loss) : loss.detach().clone();
  for (const torch::Tensor& gradient : gradients) sum += gradient.sum();
  return std::isfinite(sum.item<float>());
}

// What overflows is the gradients, where the loss is sound. All ranks come here, as they have the
// same gradients.
bool lossIsFinite(const torch::Tensor& loss, const Ranks* ranks) {
  const torch::Tensor sum = loss.detach().clone();
  if (ranks != nullptr) ranks->sum(sum);
  return std::isfinite(sum.item<float>());
}

}  // namespace

LossInput lossInputOf(std::vector<torch::Tensor> outputs, const DeviceBatch& batch) {
  for (torch::Tensor& logits : outputs) logits = atSizeOf(logits, batch.target);
  return {.heads = std::move(outputs),
          .target = batch.target,
          .distances = batch.distances,
          .edges = batch.edges,
          .gaps = batch.gaps};
}

LossInput lossInputOf(Executor::Passed passed, const DeviceBatch& batch, const Loss& loss) {
  LossInput input = lossInputOf(std::move(passed.outputs), batch);
  input.features = std::move(passed.watched);
  if (loss.teacher) {
    Taught taught = loss.teacher->teach(batch.images);
    input.teacher = std::move(taught.logits);
    input.attention = std::move(taught.attention);
  }
  return input;
}

void clipGradients(const Tensors& gradients, double norm) {
  torch::Tensor squares = torch::zeros({}, gradients.at(0).options());
  for (const torch::Tensor& gradient : gradients) squares += gradient.square().sum();
  // A tensor all the way: reading the norm would wait for the device.
  const torch::Tensor scale = (norm / squares.sqrt().clamp_min(1e-12)).clamp_max(1.0);
  for (torch::Tensor gradient : gradients) gradient.mul_(scale);
}

Step::Step(Executor& net, Loss loss, Optimizer& optimizer, StepOptions options)
    : net_(net), loss_(std::move(loss)), optimizer_(optimizer), options_(options) {
  if (options_.precision == Precision::float16) {
    scale_ = torch::ones({}, net_.learned().at(0).options().requires_grad(false));
  }
  if (!options_.record) return;
  recordedStep_.emplace(optimizer_, options_.record);
  recordedPass_.emplace(optimizer_, options_.record);
}

torch::Tensor Step::operator()(const DeviceBatch& batch, const Rates& rates, int epoch) {
  return (*this)(std::vector<DeviceBatch>{batch}, rates, epoch);
}

torch::Tensor Step::operator()(const std::vector<DeviceBatch>& batches, const Rates& rates,
                               int epoch) {
  const SharedNorms sharing(ranks);
  const Tensors statistics = sparing ? copiesOf(runningOf(net_)) : Tensors();
  leftOut_ = false;
  if (ranks == nullptr || batches.size() > 1) {
    shared_.reset();
  } else if (!shared_) {
    shared_ = std::make_unique<SharedGradients>(*ranks, net_.learned());
  }
  const bool whole = updateIsReplayed(batches.size());
  if (whole) optimizer_.keepFactorsInTensors();  // plain steps then give a replay's bits
  optimizer_.begin(rates);
  if (whole) {
    torch::Tensor loss = passAndUpdate(batches[0], epoch);
    optimizer_.end();
    return loss;
  }
  if (scale_.defined()) scale_.fill_(optimizer_.state().lossScale.factor);
  torch::Tensor loss = pass(batches.at(0), epoch);
  Tensors gradients = optimizer_.gradients();
  const torch::NoGradGuard noGradients;
  if (batches.size() > 1) {
    Tensors sums = copiesOf(gradients);
    loss = loss.clone();  // the next pass may write where it lies
    for (std::size_t i = 1; i < batches.size(); ++i) {
      const torch::AutoGradMode withGraph(true);
      loss += pass(batches[i], epoch);
      torch::_foreach_add_(sums, optimizer_.gradients(), 1.0);
    }
    const double share = 1.0 / static_cast<double>(batches.size());
    torch::_foreach_mul_(sums, share);
    loss *= share;
    gradients = std::move(sums);
    optimizer_.setGradients(gradients);
  }
  if (shared_) {
    shared_->finish();
  } else if (ranks != nullptr) {
    ranks->average(gradients);
  }
  if (afterBackward) afterBackward(gradients);
  const bool overflow = scale_.defined() && !unscale(gradients);
  leftOut_ = sparing &&
             !(overflow ? lossIsFinite(loss, ranks) : allFinite(loss, gradients, ranks != nullptr));
  if (leftOut_) {
    const Tensors running = runningOf(net_);
    for (std::size_t i = 0; i < running.size(); ++i) running[i].copy_(statistics[i]);
  }
  if (leftOut_ || overflow) {
    optimizer_.skip();
    return loss;
  }
  update(gradients);
  optimizer_.end();
  return loss;
}

void Step::update(const Tensors& gradients) {
  const torch::NoGradGuard noGradients;
  if (options_.clip > 0) clipGradients(gradients, options_.clip);
  optimizer_.update();
}

// Not where something that no graph holds is to happen between the backward pass and the update.
bool Step::updateIsReplayed(std::size_t batches) const {
  return recordedStep_ && recordedStep_->problem().empty() && batches == 1 && ranks == nullptr &&
         !afterBackward && !scale_.defined() && !sparing;
}

// A ramp's weight is a number in the graph.
std::int64_t Step::rampedAt(int epoch) const {
  if (!loss_.sum.ramps.empty()) return epoch;
  return consistency ? std::min(epoch, consistency->rules.rampUp) : 0;
}

torch::Tensor Step::pass(const DeviceBatch& batch, int epoch) {
  const auto work = [&](const DeviceBatch& one) { return plainPass(one, epoch); };
  if (!recordedPass_) return work(batch);
  return (*recordedPass_)(batch, {net_.planNumber(), rampedAt(epoch)}, work);
}

torch::Tensor Step::passAndUpdate(const DeviceBatch& batch, int epoch) {
  return (*recordedStep_)(batch, {net_.planNumber(), rampedAt(epoch), optimizer_.kind()},
                          [&](const DeviceBatch& one) {
                            torch::Tensor loss = plainPass(one, epoch);
                            update(optimizer_.gradients());
                            return loss;
                          });
}

std::string Step::recordingProblem() const {
  if (recordedPass_ && !recordedPass_->problem().empty()) {
    return "steps are not replayed as CUDA graphs: " + recordedPass_->problem();
  }
  if (recordedStep_ && !recordedStep_->problem().empty()) {
    return "the update of the weights is not replayed as a CUDA graph: " + recordedStep_->problem();
  }
  return "";
}

Executor::Passed Step::passOf(const torch::Tensor& images) {
  const torch::Tensor laidOut =
      options_.channelsLast ? images.contiguous(at::MemoryFormat::ChannelsLast) : images;
  Executor::Passed passed;
  {
    const MixedPrecision mixed(options_.precision, images.device().type());
    passed = net_.pass(laidOut);
  }
  for (auto* tensors : {&passed.outputs, &passed.watched}) {
    for (torch::Tensor& tensor : *tensors) tensor = tensor.to(torch::kFloat32);
  }
  return passed;
}

// Mean over all pixels of the squared distance between both answers' probabilities, where the
// average is sure enough.
torch::Tensor Step::inconsistency(const DeviceBatch& batch) {
  torch::Tensor taught, sure;
  {
    const torch::NoGradGuard noGradients;
    taught = torch::softmax(consistency->average->forward(batch.unlabelledPlain).at(0), 1);
    sure = std::get<0>(taught.max(1)) >= consistency->rules.confidence;  // [M,h,w]
  }
  const torch::Tensor said = torch::softmax(passOf(batch.unlabelled).outputs.at(0), 1);
  return ((said - taught).square().sum(1) * sure).mean();
}

torch::Tensor Step::plainPass(const DeviceBatch& batch, int epoch) {
  LossInput input = lossInputOf(passOf(batch.images), batch, loss_);
  input.step = optimizer_.state().step;
  input.epoch = epoch;
  if (counts.defined()) addPixels(counts, input.heads[0], input.target);
  torch::Tensor loss = loss_(std::move(input));
  if (consistency && batch.unlabelled.defined()) {
    loss = loss + consistency->rules.weightAt(epoch) * inconsistency(batch);
  }
  optimizer_.zeroGradients();
  if (shared_) shared_->begin();
  (scale_.defined() ? loss * scale_ : loss).backward();
  return loss.detach();
}

// False: they are no finite numbers.
bool Step::unscale(const Tensors& gradients) {
  torch::Tensor overflow = torch::zeros_like(scale_);
  torch::_amp_foreach_non_finite_check_and_unscale_(gradients, overflow, 1 / scale_);
  const bool sound = overflow.item<float>() == 0;
  optimizer_.state().lossScale.after(sound);
  return sound;
}

}  // namespace limbus
