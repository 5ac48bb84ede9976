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
void adamStep(const Tensors& parameters, const Tensors& gradients, OptimizerState& state,
              const Rates& rates, const AdamOptions& options) {
  const double beta1 = rates.beta1.value_or(options.beta1);
  const double beta2 = options.beta2;
  const Tensors& m = state.slots.at("m");
  const Tensors& v = state.slots.at("v");
  torch::_foreach_mul_(m, beta1);
  torch::_foreach_add_(m, gradients, 1 - beta1);
  torch::_foreach_mul_(v, beta2);
  torch::_foreach_addcmul_(v, gradients, gradients, 1 - beta2);

  const double taken = static_cast<double>(state.step + 1);
  const double correction1 = 1 - std::pow(beta1, taken);
  const double correction2 = 1 - std::pow(beta2, taken);
  Tensors root = torch::_foreach_sqrt(v);
  torch::_foreach_div_(root, std::sqrt(correction2));
  torch::_foreach_add_(root, options.eps);
  torch::_foreach_addcdiv_(parameters, m, root, -rates.lr / correction1);
}

struct AdamwOptions : AdamOptions {
  AdamwOptions() { weightDecay = 1e-4; }

  void describe(OptionVisitor& v) {
    v.number("weightDecay", weightDecay, {0, 1}, "share of a weight lost per step and unit of lr");
    describeMoments(v);
  }
};

// Loshchilov and Hutter, "Decoupled weight decay regularization", 2019.
void adamw(const Tensors& parameters, const Tensors& gradients, OptimizerState& state,
           const Rates& rates, const AdamwOptions& options) {
  torch::_foreach_mul_(parameters, 1 - rates.lr * options.weightDecay);
  adamStep(parameters, gradients, state, rates, options);
}

Tensors withDecay(const Tensors& parameters, const Tensors& gradients, double weightDecay) {
  if (weightDecay == 0) return gradients;
  return torch::_foreach_add(gradients, parameters, weightDecay);
}

void adam(const Tensors& parameters, const Tensors& gradients, OptimizerState& state,
          const Rates& rates, const AdamOptions& options) {
  adamStep(parameters, withDecay(parameters, gradients, options.weightDecay), state, rates,
           options);
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
void sgd(const Tensors& parameters, const Tensors& gradients, OptimizerState& state,
         const Rates& rates, const SgdOptions& options) {
  const double momentum = rates.beta1.value_or(options.momentum);
  const Tensors slope = withDecay(parameters, gradients, options.weightDecay);
  const Tensors& velocity = state.slots.at("velocity");
  torch::_foreach_mul_(velocity, momentum);
  torch::_foreach_add_(velocity, slope, 1.0);
  if (options.nesterov) {
    torch::_foreach_add_(parameters, slope, -rates.lr);
    torch::_foreach_add_(parameters, velocity, -rates.lr * momentum);
  } else {
    torch::_foreach_add_(parameters, velocity, -rates.lr);
  }
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

Optimizer::Optimizer(Chosen<OptimizerRow> choice, Tensors parameters)
    : choice_(std::move(choice)), parameters_(std::move(parameters)) {
  for (const char* slot : choice_.row->slots) {
    for (const torch::Tensor& parameter : parameters_) {
      state_.slots[slot].push_back(torch::zeros_like(parameter.detach()));
    }
  }
}

void Optimizer::zeroGradients() {
  for (torch::Tensor& parameter : parameters_) parameter.mutable_grad() = torch::Tensor();
}

void Optimizer::step(const Rates& rates) {
  torch::NoGradGuard noGradients;
  Tensors gradients;
  for (const torch::Tensor& parameter : parameters_) {
    gradients.push_back(parameter.grad().defined() ? parameter.grad()
                                                   : torch::zeros_like(parameter));
  }
  choice_.row->update(parameters_, gradients, state_, rates, choice_.options);
  ++state_.step;
}

}  // namespace limbus
