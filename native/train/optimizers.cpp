#include "native/train/optimizers.h"

#include <cmath>

namespace limbus {
namespace {

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

// Kingma and Ba, "Adam", 2015. eps is added to the bias-corrected root, as PyTorch does; OpenEDS
// 2019's second place added it before the correction, which at 1e-8 changes nothing one could
// measure.
void adamStep(const Update& update, const Tensors& gradients, const AdamOptions& options) {
  const double beta1 = update.rates.beta1.value_or(options.beta1);
  const double beta2 = options.beta2;
  const Tensors& m = update.slots.at("m");
  const Tensors& v = update.slots.at("v");
  torch::_foreach_mul_(m, beta1);
  torch::_foreach_add_(m, gradients, 1 - beta1);
  torch::_foreach_mul_(v, beta2);
  torch::_foreach_addcmul_(v, gradients, gradients, 1 - beta2);

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
      {"sgd", "gradient descent with momentum", SgdOptions{}, {"velocity"}, typed<sgd>},
  };
  return kRows;
}

std::vector<ParameterGroup> groupsOf(const Tensors& parameters, bool decayAll) {
  ParameterGroup decaying{{}, true}, kept{{}, false};
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    (decayAll || parameters[i].dim() > 1 ? decaying : kept).members.push_back(i);
  }
  std::vector<ParameterGroup> groups;
  for (ParameterGroup* group : {&decaying, &kept}) {
    if (!group->members.empty()) groups.push_back(std::move(*group));
  }
  return groups;
}

Optimizer::Optimizer(Chosen<OptimizerRow> choice, Tensors parameters,
                     std::vector<ParameterGroup> groups)
    : choice_(std::move(choice)), parameters_(std::move(parameters)), groups_(std::move(groups)) {
  for (const char* slot : choice_.row->slots) {
    for (const torch::Tensor& parameter : parameters_) {
      state_.slots[slot].push_back(torch::zeros_like(parameter.detach()));
    }
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

void Optimizer::step(const Rates& rates) {
  torch::NoGradGuard noGradients;
  const Tensors all = gradients();
  for (const ParameterGroup& group : groups_) {
    Update update{.parameters = chosenFrom(parameters_, group.members),
                  .gradients = chosenFrom(all, group.members),
                  .step = state_.step,
                  .rates = rates,
                  .decays = group.decays};
    for (const auto& [name, tensors] : state_.slots) {
      update.slots[name] = chosenFrom(tensors, group.members);
    }
    choice_.row->update(update, choice_.options);
  }
  ++state_.step;
}

}  // namespace limbus
