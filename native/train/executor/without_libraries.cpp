#include "native/train/executor/without_libraries.h"

#include "native/train/torch_compat.h"

namespace limbus {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Runs the operation with a graph of its own, and goes back through that graph with the libraries
// off.
struct Apart : torch::autograd::Function<Apart> {
  static variable_list forward(AutogradContext* context, const BoundOp& run, bool training,
                               at::TensorList inputs, at::TensorList parameters) {
    const compat::WithoutLibraries guard;
    const torch::AutoGradMode withGraph(true);
    variable_list own, sources;
    for (const torch::Tensor& input : inputs) {
      own.push_back(input.detach().requires_grad_(input.requires_grad()));
      sources.push_back(own.back());
    }
    sources.insert(sources.end(), parameters.begin(), parameters.end());
    variable_list outputs = run(own, training).values;
    context->saved_data["outputs"] = outputs;
    context->saved_data["sources"] = sources;
    for (torch::Tensor& output : outputs) output = output.detach();
    return outputs;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const compat::WithoutLibraries guard;
    const variable_list sources = context->saved_data["sources"].toTensorVector();
    variable_list learned;
    for (const torch::Tensor& source : sources) {
      if (source.requires_grad()) learned.push_back(source);
    }
    const variable_list outputs = context->saved_data["outputs"].toTensorVector();
    variable_list differentiable, given;  // indices are not
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (!outputs[i].requires_grad()) continue;
      differentiable.push_back(outputs[i]);
      given.push_back(gradients[i]);
    }
    constexpr bool secondOrder = false, someUnread = true;  // such as what only gives a size
    const variable_list found =
        torch::autograd::grad(differentiable, learned, given, {}, secondOrder, someUnread);
    variable_list all(2);  // none for `run` and `training`
    for (std::size_t i = 0, next = 0; i < sources.size(); ++i) {
      all.push_back(sources[i].requires_grad() ? found[next++] : torch::Tensor());
    }
    return all;
  }
};

}  // namespace

BoundOp withoutLibraries(BoundOp run, std::vector<torch::Tensor> parameters) {
  return [run = std::move(run), parameters = std::move(parameters)](
             const std::vector<torch::Tensor>& inputs, bool training) {
    if (at::GradMode::is_enabled()) {
      return OpResults(
          Apart::apply(run, training, at::TensorList(inputs), at::TensorList(parameters)));
    }
    const compat::WithoutLibraries guard;
    return run(inputs, training);
  };
}

}  // namespace limbus
