#include "native/train/factors.h"

#include "native/train/torch_compat.h"

namespace limbus {

void scaleBy(const Tensors& tensors, const Factor& factor) {
  if (const auto* number = std::get_if<double>(&factor)) {
    torch::_foreach_mul_(tensors, *number);
  } else {
    compat::scaleBy(tensors, std::get<torch::Tensor>(factor));
  }
}

void divideBy(const Tensors& tensors, const Factor& factor) {
  if (const auto* number = std::get_if<double>(&factor)) {
    torch::_foreach_div_(tensors, *number);
  } else {
    compat::scaleBy(tensors, std::get<torch::Tensor>(factor).reciprocal());
  }
}

void addTo(const Tensors& tensors, const Tensors& terms, const Factor& factor) {
  if (const auto* number = std::get_if<double>(&factor)) {
    torch::_foreach_add_(tensors, terms, *number);
  } else {
    torch::_foreach_add_(tensors, compat::scaled(terms, std::get<torch::Tensor>(factor)), 1.0);
  }
}

void addQuotientsTo(const Tensors& tensors, const Tensors& above, const Tensors& below,
                    const Factor& factor) {
  if (const auto* number = std::get_if<double>(&factor)) {
    torch::_foreach_addcdiv_(tensors, above, below, *number);
  } else {
    addTo(tensors, torch::_foreach_div(above, below), factor);
  }
}

}  // namespace limbus
