// What a CUDA graph does, on a CPU: every operation that LibTorch runs is noted with its arguments
// and can be run again, numbers as they were, tensors where they lie: what a graph would miss of
// them (a number that changes, a tensor that moved) is missed here too. What recording itself
// writes over is put back, as nothing runs while a graph is recorded. Not for networks with batch
// norms, of which LibTorch does not say that they write, nor for operations of this program's own.
#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/library.h>
#include <torch/torch.h>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "native/train/executor/cuda_graph.h"

namespace limbus::samples {

class ReplayedOnCpu : public CudaGraph {
 public:
  static std::unique_ptr<CudaGraph> record(const std::function<void()>& work) {
    auto graph = std::make_unique<ReplayedOnCpu>();
    hearAll();
    const c10::impl::IncludeDispatchKeyGuard heard(kKey);
    recording() = graph.get();
    try {
      work();
    } catch (...) {
      graph->end();
      throw;
    }
    graph->end();
    return graph;
  }

  void replay() override {
    const at::AutoDispatchBelowADInplaceOrView noGradients;
    for (const Call& call : calls_) {
      torch::jit::Stack stack = call.inputs;
      call.op.callBoxed(&stack);
      for (std::size_t i = 0; i < stack.size(); ++i) copyInto(call.outputs[i], stack[i]);
    }
  }

 private:
  // Below autograd, above the CPU's kernels; LibTorch itself has none for it.
  static constexpr c10::DispatchKey kKey = c10::DispatchKey::CustomRNGKeyId;

  // note() for every operation under that key, also for those of one kernel for all devices, which
  // would go before a fallback.
  static void hearAll() {
    static const std::vector<torch::Library> kHeard = [] {
      std::vector<torch::Library> libraries;
      const auto kernel = [] { return torch::CppFunction::makeFromBoxedFunction<&note>(); };
      libraries.emplace_back(torch::Library::IMPL, "_", kKey, __FILE__, __LINE__);
      libraries.back().fallback(kernel());
      libraries.emplace_back(torch::Library::IMPL, "aten", kKey, __FILE__, __LINE__);
      for (const c10::OperatorName& name : c10::Dispatcher::singleton().getAllOpNames()) {
        const auto op = c10::Dispatcher::singleton().findOp(name);
        using Key = c10::DispatchKey;
        if (name.name.starts_with("aten::") && op->hasSchema() &&
            (op->hasKernelForDispatchKey(Key::CompositeExplicitAutograd) ||
             op->hasKernelForDispatchKey(Key::CompositeExplicitAutogradNonFunctional))) {
          libraries.back().impl(toString(name).c_str(), kernel());
        }
      }
      return libraries;
    }();
  }

  static void note(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
    const c10::impl::ExcludeDispatchKeyGuard unheard(kKey);
    ReplayedOnCpu* graph = recording();
    if (graph == nullptr) return op.callBoxed(stack);
    TORCH_CHECK(!waits(op.schema().name()), "a graph cannot wait for ", op.schema().name());
    const auto last = [&](std::size_t count) {
      return asTheyAre({stack->end() - static_cast<std::ptrdiff_t>(count), stack->end()});
    };
    Call call{op, last(op.schema().arguments().size()), {}};
    for (std::size_t i = 0; i < call.inputs.size(); ++i) {
      const auto* alias = op.schema().arguments()[i].alias_info();
      if (alias != nullptr && alias->isWrite()) graph->keep(call.inputs[i]);
    }
    op.callBoxed(stack);
    call.outputs = last(op.schema().returns().size());
    graph->calls_.push_back(std::move(call));
  }

  // For what the device computed: a value, or how many there are.
  static bool waits(const std::string& name) {
    static const std::set<std::string> kWaiting = {"aten::_local_scalar_dense", "aten::nonzero",
                                                   "aten::masked_select", "aten::bincount"};
    return kWaiting.contains(name);
  }

  // In their own memory, whatever shape they are given later.
  static torch::jit::Stack asTheyAre(torch::jit::Stack values) {
    const auto view = [](const torch::Tensor& one) { return one.defined() ? one.detach() : one; };
    for (c10::IValue& value : values) {
      if (value.isTensor()) {
        value = view(value.toTensor());
      } else if (value.isTensorList()) {
        c10::List<torch::Tensor> views;
        for (const torch::Tensor& one : value.toTensorVector()) views.push_back(view(one));
        value = views;
      }
    }
    return values;
  }

  struct Call {
    c10::OperatorHandle op;
    torch::jit::Stack inputs, outputs;
  };

  // The recording that is being made; backward passes of the CPU run on the thread that asks.
  static ReplayedOnCpu*& recording() {
    static ReplayedOnCpu* current = nullptr;
    return current;
  }

  void keep(const c10::IValue& written) {
    if (written.isTensor()) {
      before_.emplace_back(written.toTensor(), written.toTensor().clone());
    } else if (written.isTensorList()) {
      for (const torch::Tensor& one : written.toTensorVector()) keep(one);
    }
  }

  void end() {
    recording() = nullptr;
    const torch::NoGradGuard noGradients;
    for (auto write = before_.rbegin(); write != before_.rend(); ++write) {
      write->first.copy_(write->second);
    }
    before_.clear();
  }

  // Only what an operation made itself: a result in place, or a view, is there already.
  static void copyInto(const torch::Tensor& to, const torch::Tensor& from) {
    if (!to.defined() || to.is_alias_of(from)) return;
    TORCH_CHECK(to.sizes() == from.sizes());
    to.copy_(from);
  }

  static void copyInto(const c10::IValue& to, const c10::IValue& from) {
    if (to.isTensor()) {
      copyInto(to.toTensor(), from.toTensor());
    } else if (to.isTensorList()) {
      const std::vector<torch::Tensor> targets = to.toTensorVector();
      for (std::size_t i = 0; i < targets.size(); ++i) {
        copyInto(targets[i], from.toTensorVector()[i]);
      }
    }
  }

  std::vector<Call> calls_;
  std::vector<std::pair<torch::Tensor, torch::Tensor>> before_;  // what is written to, as it was
};

}  // namespace limbus::samples
