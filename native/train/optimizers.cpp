#include "native/train/optimizers.h"

#include <cmath>

namespace limbus {
namespace {

// Kingma and Ba, "Adam", 2015. eps is added to the bias-corrected root, as PyTorch does; OpenEDS
// 2019's second place added it before the correction, which at 1e-8 changes nothing one could
// measure.
void adamStep(const Tensors& parameters, const Tensors& gradients, OptimizerState& state,
              const Rates& rates, const OptionValues& options) {
  const double beta1 = rates.beta1.value_or(options.at("beta1"));
  const double beta2 = options.at("beta2");
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
  torch::_foreach_add_(root, options.at("eps"));
  torch::_foreach_addcdiv_(parameters, m, root, -rates.lr / correction1);
}

// Loshchilov and Hutter, "Decoupled weight decay regularization", 2019.
void adamw(const Tensors& parameters, const Tensors& gradients, OptimizerState& state,
           const Rates& rates, const OptionValues& options) {
  torch::_foreach_mul_(parameters, 1 - rates.lr * options.at("weightDecay"));
  adamStep(parameters, gradients, state, rates, options);
}

Tensors withDecay(const Tensors& parameters, const Tensors& gradients, double weightDecay) {
  if (weightDecay == 0) return gradients;
  return torch::_foreach_add(gradients, parameters, weightDecay);
}

void adam(const Tensors& parameters, const Tensors& gradients, OptimizerState& state,
          const Rates& rates, const OptionValues& options) {
  adamStep(parameters, withDecay(parameters, gradients, options.at("weightDecay")), state, rates,
           options);
}

// velocity = momentum * velocity + gradient, PyTorch's form (no dampening).
void sgd(const Tensors& parameters, const Tensors& gradients, OptimizerState& state,
         const Rates& rates, const OptionValues& options) {
  const double momentum = rates.beta1.value_or(options.at("momentum"));
  const Tensors slope = withDecay(parameters, gradients, options.at("weightDecay"));
  const Tensors& velocity = state.slots.at("velocity");
  torch::_foreach_mul_(velocity, momentum);
  torch::_foreach_add_(velocity, slope, 1.0);
  if (options.at("nesterov") != 0) {
    torch::_foreach_add_(parameters, slope, -rates.lr);
    torch::_foreach_add_(parameters, velocity, -rates.lr * momentum);
  } else {
    torch::_foreach_add_(parameters, velocity, -rates.lr);
  }
}

}  // namespace

const std::vector<OptimizerRow>& optimizers() {
  static const OptionRow kBeta1{"beta1", 0.95, 0.0, 0.9999,
                                "decay of the mean gradient, where the schedule drives none"};
  static const OptionRow kBeta2{"beta2", 0.999, 0.0, 0.999999,
                                "decay of the mean squared gradient"};
  static const OptionRow kEps{"eps", 1e-8, 0.0, 1.0, "added to the root of the squares"};
  static const OptionRow kMomentum{"momentum", 0.9, 0.0, 0.9999, "where the schedule drives none"};
  static const OptionRow kNesterov{"nesterov", 0.0, 0.0, 1.0, "1: look ahead by one velocity"};
  static const std::vector<OptimizerRow> kRows = {
      {"adamw",
       "Adam with decoupled weight decay",
       {{"weightDecay", 1e-4, 0.0, 1.0, "share of a weight lost per step and unit of lr"},
        kBeta1,
        kBeta2,
        kEps},
       {"m", "v"},
       adamw},
      {"adam",
       "Adam; weight decay is added to the gradient",
       {{"weightDecay", 0.0, 0.0, 1.0, "added to the gradient"}, kBeta1, kBeta2, kEps},
       {"m", "v"},
       adam},
      {"sgd",
       "gradient descent with momentum",
       {{"weightDecay", 0.0, 0.0, 1.0, "added to the gradient"}, kMomentum, kNesterov},
       {"velocity"},
       sgd},
  };
  return kRows;
}

Optimizer::Optimizer(const OptimizerRow& row, OptionValues complete, Tensors parameters)
    : row_(&row), options_(std::move(complete)), parameters_(std::move(parameters)) {
  for (const char* slot : row.slots) {
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
  row_->update(parameters_, gradients, state_, rates, options_);
  ++state_.step;
}

Result<std::unique_ptr<Optimizer>> makeOptimizer(const NamedOptions& named, Tensors parameters) {
  const OptimizerRow* row = findRow(optimizers(), named.name);
  if (row == nullptr) {
    return fail(ErrorCode::badArgument,
                unknownName("optimizer", named.name, namesOf(optimizers())));
  }
  Result<OptionValues> options =
      completeOptions("optimizer " + named.name, row->options, named.options);
  if (!options) return fail(options.error());
  return std::make_unique<Optimizer>(*row, std::move(*options), std::move(parameters));
}

}  // namespace limbus
