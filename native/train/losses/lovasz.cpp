// Berman et al., "The Lovasz-softmax loss", 2018: the Lovasz extension of the Jaccard loss, class
// by class, over the pixels' errors in descending order.
#include "native/train/losses/pixels.h"

namespace limbus {
namespace {

struct LovaszOptions {
  bool perImage = false;
  bool present = true;

  void describe(OptionVisitor& v) {
    v.flag("perImage", perImage, "image by image, and the mean over them; or over the batch");
    v.flag("present", present, "classes that the truth does not have are left out");
  }
};

// What each pixel adds to the Jaccard loss when those before it are wrong already. truth [G,P], in
// the order of the errors. One of the class takes 1 from the intersection, any other adds 1 to the
// union: 1 / U and I / (U (U - 1)), as the difference of two losses would be lost in the rounding
// of a batch of millions of pixels.
torch::Tensor increments(const torch::Tensor& truth, torch::ScalarType type) {
  const torch::Tensor positive = truth.to(torch::kInt64);
  const torch::Tensor total = positive.sum(1, /*keepdim=*/true);
  const torch::Tensor left = (total - positive.cumsum(1)).to(type);
  const torch::Tensor united = total + (1 - positive).cumsum(1);
  // Of a class that is nowhere the first pixel is all of the union.
  const torch::Tensor whole = (positive > 0).logical_or(united == 1);
  const torch::Tensor share = left / (united - 1).clamp_min(1).to(type);
  return share.masked_fill(whole, 1) / united.to(type);
}

// [N,K,H,W] -> one row per class, or per image and class.
torch::Tensor inRows(const torch::Tensor& values, bool perImage) {
  if (perImage) return values.reshape({values.size(0) * values.size(1), -1});
  return values.transpose(0, 1).reshape({values.size(1), -1});
}

// Void pixels have the error 0, which stands behind all that counts and adds nothing.
torch::Tensor lovasz(const torch::Tensor& errors, const torch::Tensor& truth,
                     const LovaszOptions& options) {
  const torch::Tensor rows = inRows(errors, options.perImage);
  const torch::Tensor wanted = inRows(truth, options.perImage);
  const auto [sorted, order] = rows.sort(1, /*descending=*/true);
  const torch::Tensor steps = increments(wanted.gather(1, order), rows.scalar_type()).detach();
  const torch::Tensor values = (torch::relu(sorted) * steps).sum(1);  // [G]
  if (!options.present) return values.mean();
  const torch::Tensor counts = (wanted.sum(1) > 0).to(values.dtype());
  if (!options.perImage) return (values * counts).sum() / counts.sum().clamp_min(1);
  const std::int64_t images = errors.size(0);
  const torch::Tensor byImage =
      (values * counts).view({images, -1}).sum(1) / counts.view({images, -1}).sum(1).clamp_min(1);
  return byImage.mean();
}

torch::Tensor lovaszSoftmax(const LossInput& input, const LovaszOptions& options) {
  const torch::Tensor p = probabilities(input, Activation::softmax);
  const torch::Tensor t = oneHot(input.target, p);
  return lovasz((t - p).abs(), t, options);
}

// Each class against the others, on its logit: 1 - logit where it is, 1 + logit where it is not.
torch::Tensor lovaszHinge(const LossInput& input, const LovaszOptions& options) {
  const torch::Tensor& logits = input.logits();
  const torch::Tensor t = oneHot(input.target, logits);
  const torch::Tensor valid = validPixels(input.target).unsqueeze(1);
  return lovasz((1 - logits * (2 * t - 1)) * valid, t, options);
}

}  // namespace

LossRow lovaszSoftmaxRow() {
  return {"lovasz-softmax", "Lovasz extension of the Jaccard loss, on probabilities",
          LovaszOptions{}, typed<lovaszSoftmax>};
}

LossRow lovaszHingeRow() {
  return {"lovasz-hinge", "the same on the hinge of every class's logit against the others",
          LovaszOptions{}, typed<lovaszHinge>};
}

}  // namespace limbus
