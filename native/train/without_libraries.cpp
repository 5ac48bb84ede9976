#include "native/train/without_libraries.h"

#include "native/train/torch_compat.h"

namespace limbus {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Runs the operation with a graph of its own, and goes back through that graph with the libraries
// off.
struct Apart : torch::autograd::Function<Apart> {
  static torch::Tensor forward(AutogradContext* context, const RunOp& run, at::TensorList inputs,
                               at::TensorList parameters) {
    const compat::WithoutLibraries guard;
    const torch::AutoGradMode withGraph(true);
    variable_list own, sources;
    for (const torch::Tensor& input : inputs) {
      own.push_back(input.detach().requires_grad_(input.requires_grad()));
      sources.push_back(own.back());
    }
    sources.insert(sources.end(), parameters.begin(), parameters.end());
    const torch::Tensor output = run(own);
    context->saved_data["output"] = output;
    context->saved_data["sources"] = sources;
    return output.detach();
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const compat::WithoutLibraries guard;
    const variable_list sources = context->saved_data["sources"].toTensorVector();
    variable_list learned;
    for (const torch::Tensor& source : sources) {
      if (source.requires_grad()) learned.push_back(source);
    }
    const variable_list found =
        torch::autograd::grad({context->saved_data["output"].toTensor()}, learned, gradients);
    variable_list all(1);  // none for `run`
    for (std::size_t i = 0, next = 0; i < sources.size(); ++i) {
      all.push_back(sources[i].requires_grad() ? found[next++] : torch::Tensor());
    }
    return all;
  }
};

}  // namespace

torch::Tensor runWithoutLibraries(const RunOp& run, const std::vector<torch::Tensor>& inputs,
                                  const std::vector<torch::Tensor>& parameters) {
  if (at::GradMode::is_enabled()) {
    return Apart::apply(run, at::TensorList(inputs), at::TensorList(parameters));
  }
  const compat::WithoutLibraries guard;
  return run(inputs);
}

}  // namespace limbus
