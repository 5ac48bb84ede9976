#include "native/weights/stored_tensor.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

namespace limbus {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are read as they lie in files");

constexpr std::int64_t kMostElements = std::int64_t{1} << 40;

template <class T>
T read(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

// IEEE 754 binary16.
float halfToFloat(std::uint16_t half) {
  const int exponent = half >> 10 & 31, fraction = half & 1023;
  const float sign = (half & 0x8000) != 0 ? -1.0F : 1.0F;
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(fraction), -24);
  if (exponent < 31) return sign * std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
  return fraction == 0 ? sign * std::numeric_limits<float>::infinity()
                       : std::numeric_limits<float>::quiet_NaN();
}

// The upper half of a float.
float bfloatToFloat(std::uint16_t upper) {
  const std::uint32_t bits = std::uint32_t{upper} << 16;
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

float number(Element element, const char* bytes) {
  switch (element) {
    case Element::float64:
      return static_cast<float>(read<double>(bytes));
    case Element::float32:
      return read<float>(bytes);
    case Element::float16:
      return halfToFloat(read<std::uint16_t>(bytes));
    case Element::bfloat16:
      return bfloatToFloat(read<std::uint16_t>(bytes));
    case Element::int64:
      return static_cast<float>(read<std::int64_t>(bytes));
    case Element::int32:
      return static_cast<float>(read<std::int32_t>(bytes));
    case Element::int16:
      return static_cast<float>(read<std::int16_t>(bytes));
    case Element::int8:
      return static_cast<float>(read<std::int8_t>(bytes));
    case Element::uint8:
    case Element::boolean:
      return static_cast<float>(read<std::uint8_t>(bytes));
  }
  return 0;
}

// The places that strides reach, checked without overflow: the last one lies below `available`.
bool liesWithin(const StoredTensor& stored, std::int64_t available) {
  if (stored.offset < 0 || stored.offset >= available) return false;
  std::int64_t last = stored.offset;
  for (std::size_t i = 0; i < stored.shape.size(); ++i) {
    const std::int64_t steps = stored.shape[i] - 1, stride = stored.strides[i];
    if (stride < 0) return false;
    if (steps > 0 && stride > (available - 1 - last) / steps) return false;
    last += steps * stride;
  }
  return true;
}

}  // namespace

std::size_t sizeBytes(Element element) {
  switch (element) {
    case Element::float64:
    case Element::int64:
      return 8;
    case Element::float32:
    case Element::int32:
      return 4;
    case Element::float16:
    case Element::bfloat16:
    case Element::int16:
      return 2;
    case Element::int8:
    case Element::uint8:
    case Element::boolean:
      return 1;
  }
  return 1;
}

std::optional<Element> elementNamed(std::string_view name) {
  struct Name {
    const char* name;
    Element element;
  };
  constexpr std::array<Name, 10> kNames{{{"F64", Element::float64},
                                         {"F32", Element::float32},
                                         {"F16", Element::float16},
                                         {"BF16", Element::bfloat16},
                                         {"I64", Element::int64},
                                         {"I32", Element::int32},
                                         {"I16", Element::int16},
                                         {"I8", Element::int8},
                                         {"U8", Element::uint8},
                                         {"BOOL", Element::boolean}}};
  for (const Name& known : kNames) {
    if (name == known.name) return known.element;
  }
  return std::nullopt;
}

Dims denseStrides(const Dims& shape) {
  Dims strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
  return strides;
}

Result<std::int64_t> checkedCount(const Dims& shape) {
  constexpr std::size_t kMostExtents = 8;
  if (shape.size() > kMostExtents) return fail(ErrorCode::badData, "a shape is too long");
  std::int64_t count = 1;
  for (std::int64_t extent : shape) {
    if (extent < 0 || extent > kMostElements) return fail(ErrorCode::badData, "a shape is absurd");
    if (extent > 0 && count > kMostElements / extent) {
      return fail(ErrorCode::badData, "a tensor is absurdly large");
    }
    count *= extent;
  }
  return count;
}

Result<Tensor> readStored(const StoredTensor& stored) {
  const Result<std::int64_t> count = checkedCount(stored.shape);
  if (!count) return fail(count.error());
  Tensor tensor{stored.shape, {}};
  if (*count == 0) return tensor;
  const std::size_t size = sizeBytes(stored.element);
  const auto available = static_cast<std::int64_t>(stored.storage.size() / size);
  if (stored.strides.size() != stored.shape.size() || *count > available ||
      !liesWithin(stored, available)) {
    return fail(ErrorCode::badData, "its shape " + describe(stored.shape) +
                                        " does not lie within the values stored for it");
  }
  tensor.values.resize(static_cast<std::size_t>(*count));
  if (stored.element == Element::float32 && stored.strides == denseStrides(stored.shape)) {
    std::memcpy(tensor.values.data(),
                stored.storage.data() + static_cast<std::size_t>(stored.offset) * size,
                tensor.values.size() * size);
    return tensor;
  }
  Dims at(stored.shape.size(), 0);
  std::int64_t place = stored.offset;
  for (float& value : tensor.values) {
    value = number(stored.element, stored.storage.data() + static_cast<std::size_t>(place) * size);
    for (std::size_t i = at.size(); i-- > 0;) {
      place += stored.strides[i];
      if (++at[i] < stored.shape[i]) break;
      place -= stored.shape[i] * stored.strides[i];
      at[i] = 0;
    }
  }
  return tensor;
}

}  // namespace limbus
