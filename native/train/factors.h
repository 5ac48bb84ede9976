// Updates of all tensors of a list by numbers that change from step to step.
#pragma once

#include <torch/torch.h>

#include <variant>
#include <vector>

namespace limbus {

using Tensors = std::vector<torch::Tensor>;

// The number, or a tensor of one value that holds it. A recorded update (recorded_step.h) repeats
// the numbers that it was recorded with, and reads its tensors anew.
using Factor = std::variant<double, torch::Tensor>;

void scaleBy(const Tensors& tensors, const Factor& factor);                      // t *= f
void divideBy(const Tensors& tensors, const Factor& factor);                     // t /= f
void addTo(const Tensors& tensors, const Tensors& terms, const Factor& factor);  // t += f * term
// t += f * above / below
void addQuotientsTo(const Tensors& tensors, const Tensors& above, const Tensors& below,
                    const Factor& factor);

}  // namespace limbus
