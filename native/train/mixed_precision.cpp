#include "native/train/mixed_precision.h"

#include "native/train/torch_compat.h"

namespace limbus {

MixedPrecision::MixedPrecision(Precision precision, torch::DeviceType device)
    : mixed_(precision == Precision::bfloat16 || precision == Precision::float16), device_(device) {
  if (!mixed_) return;
  compat::startAutocast(device_,
                        precision == Precision::bfloat16 ? torch::kBFloat16 : torch::kFloat16);
}

MixedPrecision::~MixedPrecision() {
  if (mixed_) compat::endAutocast(device_);
}

}  // namespace limbus
