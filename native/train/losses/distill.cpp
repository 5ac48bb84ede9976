// What a trained network says, instead of labels or beside them.
#include <stdexcept>

#include "native/train/losses/pixels.h"

namespace limbus {
namespace {

struct DistillOptions {
  double temperature = 1;
  bool everywhere = false;

  void describe(OptionVisitor& v) {
    v.number("temperature", temperature, {0.01, 1000},
             "both networks' logits are divided by it; a higher one shows more of the classes that "
             "the teacher thinks less likely");
    v.flag("everywhere", everywhere,
           "learns from the teacher where there is no label too, padding included");
  }
};

// T^2 times the cross-entropy of softmax(z / T) against the teacher's softmax(v / T), mean over the
// pixels (Hinton, Vinyals and Dean, "Distilling the knowledge in a neural network", 2015): the
// factor keeps the gradients' size whatever T is. It ends at the teacher's entropy, not at 0.
torch::Tensor distill(const LossInput& input, const DistillOptions& options) {
  if (!input.teacher.defined()) throw std::invalid_argument("distill lacks a teacher's answer");
  const double temperature = options.temperature;
  const torch::Tensor& logits = input.logits();
  const torch::Tensor taught =
      torch::softmax(input.teacher.to(logits.scalar_type()) / temperature, 1);
  const torch::Tensor perPixel =
      -(taught * torch::log_softmax(logits / temperature, 1)).sum(1) * (temperature * temperature);
  if (options.everywhere) return perPixel.mean();
  return validMean(perPixel.masked_fill(~validPixels(input.target), 0), input.target);
}

}  // namespace

LossRow distillRow() {
  LossRow row{"distill",
              "cross-entropy against what the recipe's teacher says (knowledge distillation)",
              DistillOptions{}, typed<distill>};
  row.needsTeacher = true;
  return row;
}

}  // namespace limbus
