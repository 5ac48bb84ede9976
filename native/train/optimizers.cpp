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

void moments(const Update& update, const Tensors& gradients, double beta1, double beta2) {
  const Tensors& m = update.slots.at("m");
  const Tensors& v = update.slots.at("v");
  torch::_foreach_mul_(m, beta1);
  torch::_foreach_add_(m, gradients, 1 - beta1);
  torch::_foreach_mul_(v, beta2);
  torch::_foreach_addcmul_(v, gradients, gradients, 1 - beta2);
}

// Kingma and Ba, "Adam", 2015. eps is added to the bias-corrected root, as PyTorch does; OpenEDS
// 2019's second place added it before the correction, which at 1e-8 changes nothing one could
// measure.
void adamStep(const Update& update, const Tensors& gradients, const AdamOptions& options) {
  const double beta1 = update.rates.beta1.value_or(options.beta1);
  const double beta2 = options.beta2;
  moments(update, gradients, beta1, beta2);
  const Tensors& m = update.slots.at("m");
  const Tensors& v = update.slots.at("v");

  const double taken = static_cast<double>(update.step + 1);
  const double correction1 = 1 - std::pow(beta1, taken);
  const double correction2 = 1 - std::pow(beta2, taken);
  Tensors root = torch::_foreach_sqrt(v);
  torch::_foreach_div_(root, std::sqrt(correction2));
  torch::_foreach_add_(root, options.eps);
  torch::_foreach_addcdiv_(update.parameters, m, root, -update.rates.lr / correction1);
}

struct AdamwOptions : AdamOptions {
  AdamwOptions() { weightDecay = 1e-4; }

  void describe(OptionVisitor& v) {
    v.number("weightDecay", weightDecay, {0, 1}, "share of a weight lost per step and unit of lr");
    describeMoments(v);
  }
};

// Loshchilov and Hutter, "Decoupled weight decay regularization", 2019.
void adamw(const Update& update, const AdamwOptions& options) {
  if (update.decays) {
    torch::_foreach_mul_(update.parameters, 1 - update.rates.lr * options.weightDecay);
  }
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
void radam(const Update& update, const AdamOptions& options) {
  const double beta1 = update.rates.beta1.value_or(options.beta1);
  const double beta2 = options.beta2;
  moments(update, withDecay(update, options.weightDecay), beta1, beta2);
  const Tensors& m = update.slots.at("m");
  const double taken = static_cast<double>(update.step + 1);
  const double left1 = 1 - std::pow(beta1, taken), left2 = 1 - std::pow(beta2, taken);
  const double longest = 2 / (1 - beta2) - 1;
  const double length = longest - 2 * taken * (1 - left2) / left2;
  if (length <= 5) {
    torch::_foreach_add_(update.parameters, m, -update.rates.lr / left1);
    return;
  }
  const double rectified =
      std::sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length));
  Tensors root = torch::_foreach_sqrt(update.slots.at("v"));
  torch::_foreach_add_(root, options.eps);
  torch::_foreach_addcdiv_(update.parameters, m, root,
                           -update.rates.lr * rectified * std::sqrt(left2) / left1);
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

// Tieleman and Hinton, lecture 6e, 2012, in PyTorch's form.
void rmsprop(const Update& update, const RmspropOptions& options) {
  const Tensors slope = withDecay(update, options.weightDecay);
  const Tensors& square = update.slots.at("v");
  torch::_foreach_mul_(square, options.alpha);
  torch::_foreach_addcmul_(square, slope, slope, 1 - options.alpha);
  Tensors root = torch::_foreach_sqrt(square);
  torch::_foreach_add_(root, options.eps);
  const Tensors& velocity = update.slots.at("velocity");
  torch::_foreach_mul_(velocity, update.rates.beta1.value_or(options.momentum));
  torch::_foreach_addcdiv_(velocity, slope, root, 1.0);
  torch::_foreach_add_(update.parameters, velocity, -update.rates.lr);
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

// velocity = momentum * velocity + gradient, PyTorch's form (no dampening).
void sgd(const Update& update, const SgdOptions& options) {
  const double lr = update.rates.lr;
  const double momentum = update.rates.beta1.value_or(options.momentum);
  const Tensors slope = withDecay(update, options.weightDecay);
  const Tensors& velocity = update.slots.at("velocity");
  torch::_foreach_mul_(velocity, momentum);
  torch::_foreach_add_(velocity, slope, 1.0);
  if (options.nesterov) {
    torch::_foreach_add_(update.parameters, slope, -lr);
    torch::_foreach_add_(update.parameters, velocity, -lr * momentum);
  } else {
    torch::_foreach_add_(update.parameters, velocity, -lr);
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

}  // namespace

const std::vector<OptimizerRow>& optimizers() {
  static const std::vector<OptimizerRow> kRows = {
      {"adamw", "Adam with decoupled weight decay", AdamwOptions{}, {"m", "v"}, typed<adamw>},
      {"adam",
       "Adam; weight decay is added to the gradient",
       AdamOptions{},
       {"m", "v"},
       typed<adam>},
      {"radam",
       "Adam with a rectified adaptive rate; weight decay is added to the gradient",
       AdamOptions{},
       {"m", "v"},
       typed<radam>},
      {"rmsprop",
       "gradient over the root of its running mean square",
       RmspropOptions{},
       {"v", "velocity"},
       typed<rmsprop>},
      {"sgd", "gradient descent with momentum", SgdOptions{}, {"velocity"}, typed<sgd>},
  };
  return kRows;
}

void Lookahead::describe(OptionVisitor& v) {
  v.whole("every", every, {1, 1000000}, {"between two looks", "steps"});
  v.number("share", share, {0, 1}, "of the way that the slow weights go to the fast ones");
}

Optimizer::Optimizer(Chosen<OptimizerRow> choice, Tensors parameters,
                     std::vector<ParameterGroup> groups, std::optional<Lookahead> lookahead)
    : choice_(std::move(choice)),
      parameters_(std::move(parameters)),
      groups_(std::move(groups)),
      lookahead_(lookahead) {
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

void Optimizer::skip() {
  torch::NoGradGuard noGradients;
  if (lookahead_ && state_.step == 0) copyInto(state_.slots.at(kSlow), parameters_);
  ++state_.step;
}

void Optimizer::step(const Rates& rates) {
  torch::NoGradGuard noGradients;
  const Tensors all = gradients();
  if (lookahead_ && state_.step == 0) copyInto(state_.slots.at(kSlow), parameters_);
  for (const ParameterGroup& group : groups_) {
    if (state_.step < group.stillSteps) continue;
    Update update{.parameters = chosenFrom(parameters_, group.members),
                  .gradients = chosenFrom(all, group.members),
                  .step = state_.step - group.stillSteps,
                  .rates = rates,
                  .decays = group.decays};
    update.rates.lr *= group.rate;
    for (const auto& [name, tensors] : state_.slots) {
      update.slots[name] = chosenFrom(tensors, group.members);
    }
    choice_.row->update(update, choice_.options);
  }
  ++state_.step;
  if (!lookahead_ || state_.step % lookahead_->every != 0) return;
  const Tensors& slow = state_.slots.at(kSlow);
  torch::_foreach_mul_(slow, 1 - lookahead_->share);
  torch::_foreach_add_(slow, parameters_, lookahead_->share);
  copyInto(parameters_, slow);
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
