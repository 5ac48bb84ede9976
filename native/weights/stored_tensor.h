// A tensor as it lies in somebody's weight file: where its numbers are, and how they are to be
// read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "shared/result.h"
#include "shared/tensor.h"

namespace limbus {

enum class Element {
  float64,
  float32,
  float16,
  bfloat16,
  int64,
  int32,
  int16,
  int8,
  uint8,
  boolean
};

std::size_t sizeBytes(Element element);

// "F32", "BF16", ...: the words of safetensors; nothing for what is no number here.
std::optional<Element> elementNamed(std::string_view name);

struct StoredTensor {
  Element element = Element::float32;
  Dims shape;
  Dims strides;              // in elements; as many as extents
  std::int64_t offset = 0;   // of the first element, in elements
  std::string_view storage;  // little-endian, part of the file's bytes
};

// Row-major: each extent's stride is the product of those behind it.
Dims denseStrides(const Dims& shape);

// What a shape from a file may be: extents of 0 and more whose product is no absurdity.
Result<std::int64_t> checkedCount(const Dims& shape);

// As floats, row-major. Errors: elements that lie outside the storage, or more elements than it has
// (a view that repeats them).
Result<Tensor> readStored(const StoredTensor& stored);

}  // namespace limbus
