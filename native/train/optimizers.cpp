#include "native/train/optimizers.h"

#include <algorithm>
#include <cmath>

namespace limbus {
namespace {

constexpr const char* kSlow = "slow";

struct AdamOptions {
  double weightDecay = 0;
  double beta1 = 0.95;
  double beta2 = 0.999;
  double eps = 1e-8;

  void describe(OptionVisitor& v) {
    v.number("weightDecay", weightDecay, {0, 1}, "added to the gradient, times the weight");
    describeMoments(v);
  }
  void describeMoments(OptionVisitor& v) {
    v.number("beta1", beta1, {0, 0.9999},
             "decay of the mean gradient, where the schedule drives none");
    v.number("beta2", beta2, {0, 0.999999}, "decay of the mean squared gradient");
    v.number("eps", eps, {0, 1}, "added to the root of the squares");
  }
};

double beta1Of(const Rates& rates, const AdamOptions& options) {
  return rates.beta1.value_or(options.beta1);
}

void moments(const Update& update, const Tensors& gradients, double beta2) {
  const Tensors& m = update.slots.at("m");
  const Tensors& v = update.slots.at("v");
  scaleBy(m, update.factors.at("beta1"));
  addTo(m, gradients, update.factors.at("newShare"));
  torch::_foreach_mul_(v, beta2);
  torch::_foreach_addcmul_(v, gradients, gradients, 1 - beta2);
}

// Kingma and Ba, "Adam", 2015. eps is added to the bias-corrected root, as PyTorch does; OpenEDS
// 2019's second place added it before the correction, which at 1e-8 changes nothing one could
// measure.
FactorValues adamFactors(const Rates& rates, std::int64_t step, const AdamOptions& options) {
  const double beta1 = beta1Of(rates, options), taken = static_cast<double>(step);
  return {{"beta1", beta1},
          {"newShare", 1 - beta1},
          {"rootCorrection", std::sqrt(1 - std::pow(options.beta2, taken))},
          {"rate", -rates.lr / (1 - std::pow(beta1, taken))}};
}

void adamStep(const Update& update, const Tensors& gradients, const AdamOptions& options) {
  moments(update, gradients, options.beta2);
  Tensors root = torch::_foreach_sqrt(update.slots.at("v"));
  divideBy(root, update.factors.at("rootCorrection"));
  torch::_foreach_add_(root, options.eps);
  addQuotientsTo(update.parameters, update.slots.at("m"), root, update.factors.at("rate"));
}

struct AdamwOptions : AdamOptions {
  AdamwOptions() { weightDecay = 1e-4; }

  void describe(OptionVisitor& v) {
    v.number("weightDecay", weightDecay, {0, 1}, "share of a weight lost per step and unit of lr");
    describeMoments(v);
  }
};

FactorValues adamwFactors(const Rates& rates, std::int64_t step, const AdamwOptions& options) {
  FactorValues factors = adamFactors(rates, step, options);
  factors["kept"] = 1 - rates.lr * options.weightDecay;
  return factors;
}

// Loshchilov and Hutter, "Decoupled weight decay regularization", 2019.
void adamw(const Update& update, const AdamwOptions& options) {
  if (update.decays) scaleBy(update.parameters, update.factors.at("kept"));
  adamStep(update, update.gradients, options);
}

Tensors withDecay(const Update& update, double weightDecay) {
  if (weightDecay == 0 || !update.decays) return update.gradients;
  return torch::_foreach_add(update.gradients, update.parameters, weightDecay);
}

void adam(const Update& update, const AdamOptions& options) {
  adamStep(update, withDecay(update, options.weightDecay), options);
}

// Liu et al., "On the variance of the adaptive learning rate", 2020: Adam whose adaptive rate is
// rectified, and left out in the first steps, where its variance has no bound.
FactorValues radamFactors(const Rates& rates, std::int64_t step, const AdamOptions& options) {
  const double beta1 = beta1Of(rates, options), taken = static_cast<double>(step);
  const double left1 = 1 - std::pow(beta1, taken), left2 = 1 - std::pow(options.beta2, taken);
  const double longest = 2 / (1 - options.beta2) - 1;
  const double length = longest - 2 * taken * (1 - left2) / left2;
  FactorValues factors = {{"beta1", beta1}, {"newShare", 1 - beta1}};
  if (length <= 5) {
    factors["unadapted"] = -rates.lr / left1;
    return factors;
  }
  const double rectified =
      std::sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length));
  factors["rectified"] = -rates.lr * rectified * std::sqrt(left2) / left1;
  return factors;
}

void radam(const Update& update, const AdamOptions& options) {
  moments(update, withDecay(update, options.weightDecay), options.beta2);
  const Tensors& m = update.slots.at("m");
  if (update.factors.contains("unadapted")) {
    addTo(update.parameters, m, update.factors.at("unadapted"));
    return;
  }
  Tensors root = torch::_foreach_sqrt(update.slots.at("v"));
  torch::_foreach_add_(root, options.eps);
  addQuotientsTo(update.parameters, m, root, update.factors.at("rectified"));
}

struct RmspropOptions {
  double weightDecay = 0;
  double alpha = 0.99;
  double momentum = 0;
  double eps = 1e-8;

  void describe(OptionVisitor& v) {
    v.number("weightDecay", weightDecay, {0, 1}, "added to the gradient, times the weight");
    v.number("alpha", alpha, {0, 0.999999}, "decay of the mean squared gradient");
    v.number("momentum", momentum, {0, 0.9999}, "where the schedule drives none");
    v.number("eps", eps, {0, 1}, "added to the root of the squares");
  }
};

FactorValues rmspropFactors(const Rates& rates, std::int64_t, const RmspropOptions& options) {
  return {{"momentum", rates.beta1.value_or(options.momentum)}, {"rate", -rates.lr}};
}

// Tieleman and Hinton, lecture 6e, 2012, in PyTorch's form.
void rmsprop(const Update& update, const RmspropOptions& options) {
  const Tensors slope = withDecay(update, options.weightDecay);
  const Tensors& square = update.slots.at("v");
  torch::_foreach_mul_(square, options.alpha);
  torch::_foreach_addcmul_(square, slope, slope, 1 - options.alpha);
  Tensors root = torch::_foreach_sqrt(square);
  torch::_foreach_add_(root, options.eps);
  const Tensors& velocity = update.slots.at("velocity");
  scaleBy(velocity, update.factors.at("momentum"));
  torch::_foreach_addcdiv_(velocity, slope, root, 1.0);
  addTo(update.parameters, velocity, update.factors.at("rate"));
}

struct SgdOptions {
  double weightDecay = 0;
  double momentum = 0.9;
  bool nesterov = false;

  void describe(OptionVisitor& v) {
    v.number("weightDecay", weightDecay, {0, 1}, "added to the gradient, times the weight");
    v.number("momentum", momentum, {0, 0.9999}, "where the schedule drives none");
    v.flag("nesterov", nesterov, "look ahead by one velocity");
  }
};

FactorValues sgdFactors(const Rates& rates, std::int64_t, const SgdOptions& options) {
  const double momentum = rates.beta1.value_or(options.momentum);
  return {{"momentum", momentum}, {"rate", -rates.lr}, {"ahead", -rates.lr * momentum}};
}

// velocity = momentum * velocity + gradient, PyTorch's form (no dampening).
void sgd(const Update& update, const SgdOptions& options) {
  const Tensors slope = withDecay(update, options.weightDecay);
  const Tensors& velocity = update.slots.at("velocity");
  scaleBy(velocity, update.factors.at("momentum"));
  torch::_foreach_add_(velocity, slope, 1.0);
  if (options.nesterov) {
    addTo(update.parameters, slope, update.factors.at("rate"));
    addTo(update.parameters, velocity, update.factors.at("ahead"));
  } else {
    addTo(update.parameters, velocity, update.factors.at("rate"));
  }
}

void copyInto(const Tensors& to, const Tensors& from) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i].copy_(from[i]);
}

Tensors chosenFrom(const Tensors& all, const std::vector<std::size_t>& members) {
  Tensors some;
  for (std::size_t member : members) some.push_back(all[member]);
  return some;
}

// Have both the same factors, whatever their values?
bool alike(const GroupFactors& ones, const GroupFactors& others) {
  const auto sameNames = [](const auto& one, const auto& other) {
    return one.first == other.first;
  };
  return std::equal(ones.begin(), ones.end(), others.begin(), others.end(),
                    [&](const auto& one, const auto& other) {
                      return one.has_value() == other.has_value() &&
                             (!one || std::equal(one->begin(), one->end(), other->begin(),
                                                 other->end(), sameNames));
                    });
}

}  // namespace

const std::vector<OptimizerRow>& optimizers() {
  static const std::vector<OptimizerRow> kRows = {
      {"adamw",
       "Adam with decoupled weight decay",
       AdamwOptions{},
       {"m", "v"},
       typed<adamwFactors>,
       typed<adamw>},
      {"adam",
       "Adam; weight decay is added to the gradient",
       AdamOptions{},
       {"m", "v"},
       typed<adamFactors>,
       typed<adam>},
      {"radam",
       "Adam with a rectified adaptive rate; weight decay is added to the gradient",
       AdamOptions{},
       {"m", "v"},
       typed<radamFactors>,
       typed<radam>},
      {"rmsprop",
       "gradient over the root of its running mean square",
       RmspropOptions{},
       {"v", "velocity"},
       typed<rmspropFactors>,
       typed<rmsprop>},
      {"sgd",
       "gradient descent with momentum",
       SgdOptions{},
       {"velocity"},
       typed<sgdFactors>,
       typed<sgd>},
  };
  return kRows;
}

Optimizer::Optimizer(Chosen<OptimizerRow> choice, Tensors parameters,
                     std::vector<ParameterGroup> groups, std::optional<Lookahead> lookahead)
    : choice_(std::move(choice)),
      parameters_(std::move(parameters)),
      groups_(std::move(groups)),
      lookahead_(lookahead) {
  state_.skipped.resize(groups_.size());
  for (const char* slot : choice_.row->slots) {
    for (const torch::Tensor& parameter : parameters_) {
      state_.slots[slot].push_back(torch::zeros_like(parameter.detach()));
    }
  }
  if (!lookahead_) return;
  for (const torch::Tensor& parameter : parameters_) {
    state_.slots[kSlow].push_back(torch::zeros_like(parameter.detach()));
  }
}

void Optimizer::zeroGradients() {
  for (torch::Tensor& parameter : parameters_) parameter.mutable_grad() = torch::Tensor();
}

Tensors Optimizer::gradients() {
  Tensors gradients;
  for (torch::Tensor& parameter : parameters_) {
    if (!parameter.grad().defined()) parameter.mutable_grad() = torch::zeros_like(parameter);
    gradients.push_back(parameter.grad());
  }
  return gradients;
}

void Optimizer::setGradients(const Tensors& gradients) {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    parameters_[i].mutable_grad() = gradients[i];
  }
}

void LossScale::after(bool sound) {
  soundSteps = sound ? soundSteps + 1 : 0;
  if (!sound) {
    factor = std::max(1.0, factor / 2);
  } else if (soundSteps == kGrowAfter) {
    factor *= 2;
    soundSteps = 0;
  }
}

void Optimizer::step(const Rates& rates) {
  begin(rates);
  update();
  end();
}

void Optimizer::begin(const Rates& rates) {
  torch::NoGradGuard noGradients;
  if (lookahead_ && state_.step == 0) copyInto(state_.slots.at(kSlow), parameters_);
  GroupFactors next;
  std::vector<double> values;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const ParameterGroup& group = groups_[i];
    if (state_.step < group.stillSteps) {
      next.emplace_back();
      continue;
    }
    Rates own = rates;
    own.lr *= group.rate;
    const std::int64_t before = state_.step - group.stillSteps - state_.skipped[i];
    next.emplace_back(choice_.row->factors(own, before + 1, choice_.options));
    for (const auto& [name, value] : *next.back()) values.push_back(value);
  }
  if (!alike(next, begun_)) {
    ++kind_;
    uploaded_ = torch::Tensor();  // of another length
  }
  begun_ = std::move(next);
  if (inTensors_) upload(values);
}

void Optimizer::upload(const std::vector<double>& values) {
  const torch::Tensor& like = parameters_.at(0);
  torch::Tensor numbers = torch::tensor(values, torch::dtype(like.scalar_type()));
  if (like.is_cuda()) numbers = numbers.pin_memory();  // nobody waits for the copy then
  if (!uploaded_.defined())
    uploaded_ = torch::empty_like(numbers, like.options().requires_grad(false));
  uploaded_.copy_(numbers, /*non_blocking=*/true);
}

void Optimizer::update() {
  torch::NoGradGuard noGradients;
  const Tensors all = gradients();
  std::int64_t next = 0;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (!begun_.at(i)) continue;
    Update update{.parameters = chosenFrom(parameters_, groups_[i].members),
                  .gradients = chosenFrom(all, groups_[i].members),
                  .decays = groups_[i].decays};
    for (const auto& [name, value] : *begun_[i]) {
      update.factors[name] = inTensors_ ? Factor(uploaded_[next++]) : Factor(value);
    }
    for (const auto& [name, tensors] : state_.slots) {
      update.slots[name] = chosenFrom(tensors, groups_[i].members);
    }
    choice_.row->update(update, choice_.options);
  }
}

void Optimizer::end() {
  torch::NoGradGuard noGradients;
  ++state_.step;
  if (!lookahead_) return;
  std::int64_t skipped = 0;
  for (const std::int64_t ofGroup : state_.skipped) skipped = std::max(skipped, ofGroup);
  if ((state_.step - skipped) % lookahead_->every != 0) return;
  const Tensors& slow = state_.slots.at(kSlow);
  torch::_foreach_mul_(slow, 1 - lookahead_->share);
  torch::_foreach_add_(slow, parameters_, lookahead_->share);
  copyInto(parameters_, slow);
}

void Optimizer::skip() {
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (state_.step >= groups_[i].stillSteps) ++state_.skipped[i];
  }
  ++state_.step;
}

Weights packSlots(const Optimizer& optimizer, const Graph& graph) {
  Weights packed;
  for (const auto& [slot, tensors] : optimizer.state().slots) {
    std::size_t next = 0;
    for (const Parameter& parameter : graph.parameters) {
      if (!parameter.learned) continue;
      const torch::Tensor copy = tensors[next++].to(torch::kCPU).contiguous();
      const float* values = copy.data_ptr<float>();
      packed[slot + "/" + parameter.name] = {parameter.shape, {values, values + copy.numel()}};
    }
  }
  return packed;
}

Result<void> unpackSlots(const Weights& packed, const Graph& graph, Optimizer& optimizer) {
  for (auto& [slot, tensors] : optimizer.state().slots) {
    std::size_t next = 0;
    for (const Parameter& parameter : graph.parameters) {
      if (!parameter.learned) continue;
      const auto found = packed.find(slot + "/" + parameter.name);
      if (found == packed.end() || found->second.shape != parameter.shape) {
        return fail(ErrorCode::badData,
                    "the checkpoint lacks optimizer state '" + slot + "' of " + parameter.name);
      }
      tensors[next++].copy_(
          torch::tensor(found->second.values).view(torch::IntArrayRef(parameter.shape)));
    }
  }
  return {};
}

}  // namespace limbus
