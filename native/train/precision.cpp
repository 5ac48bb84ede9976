#include "native/train/precision.h"

#include "native/train/torch_compat.h"

namespace limbus {

const std::vector<EnumName<Precision>>& precisions() {
  static const std::vector<EnumName<Precision>> kNames = {{Precision::float32, "float32"},
                                                          {Precision::tf32, "tf32"},
                                                          {Precision::bfloat16, "bfloat16"},
                                                          {Precision::float16, "float16"}};
  return kNames;
}

void allowPrecision(Precision precision) { compat::allowTf32(precision != Precision::float32); }

}  // namespace limbus
