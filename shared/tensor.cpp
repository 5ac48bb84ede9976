#include "shared/tensor.h"

namespace limbus {

std::string describe(const Dims& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ",";
    text += std::to_string(shape[i]);
  }
  return text + "]";
}

Result<std::int64_t> checkedProduct(const std::vector<std::int64_t>& factors) {
  constexpr std::int64_t kLimit = std::int64_t{1} << 53;
  std::int64_t product = 1;
  for (std::int64_t factor : factors) {
    if (factor < 0 || __builtin_mul_overflow(product, factor, &product) || product > kLimit) {
      return fail(ErrorCode::badArgument, "sizes " + describe(factors) + " are too large to count");
    }
  }
  return product;
}

}  // namespace limbus
