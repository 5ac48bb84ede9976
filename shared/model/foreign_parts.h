// What the rewriting of foreign files (foreign.cpp) works with: nodes that are made, constants, the
// order of axes, and integers that are known by where they come from.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/onnx/proto.h"
#include "shared/result.h"

namespace limbus {

// Axis i of a value is axis order[i] of [N,C,H,W].
using AxisOrder = std::array<int, 4>;
constexpr AxisOrder kPlanes{0, 1, 2, 3};
constexpr AxisOrder kPixels{0, 2, 3, 1};

// A whole number that is a constant or the size of a value along an axis of [N,C,H,W].
struct KnownInteger {
  std::int64_t constant = 0;
  std::string_view source = {};  // empty: a constant
  int axis = 0;

  bool isSize(int wanted) const { return !source.empty() && axis == wanted; }
  bool operator==(const KnownInteger&) const = default;
};
using KnownIntegers = std::vector<KnownInteger>;

class ForeignParts {
 public:
  explicit ForeignParts(std::deque<std::string>& kept) : kept_(kept) {}

  std::string_view keep(std::string text);
  std::string_view fresh(std::string_view base, const char* suffix);  // a name that none has

  // Initialisers, of the file and made ones.
  void add(const OnnxTensor& tensor);
  std::string_view addAs(const char* suffix, OnnxTensor tensor);  // by a name that none has
  const OnnxTensor* tensor(std::string_view name) const;          // null: no constant
  std::string_view floats(std::string_view name, const Dims& shape,
                          const std::vector<float>& values);
  std::string_view integers(std::string_view name, const std::vector<std::int64_t>& values);
  std::vector<OnnxTensor> tensors() const;
  std::size_t madeBytes() const { return madeBytes_; }  // of what the file does not hold

  std::optional<std::vector<float>> constantFloats(std::string_view name) const;
  std::optional<KnownIntegers> known(std::string_view name) const;
  void setKnown(std::string_view name, KnownIntegers values) { known_[name] = std::move(values); }
  std::optional<std::vector<std::int64_t>> constantIntegers(std::string_view name) const;

 private:
  std::deque<std::string>& kept_;
  std::vector<std::string_view> order_;
  std::map<std::string_view, OnnxTensor> tensors_;
  std::map<std::string_view, KnownIntegers> known_;
  int made_ = 0;
  std::size_t madeBytes_ = 0;
};

// Attributes of a node that is being rewritten.
std::string_view textOf(const OnnxNode& node, std::string_view name, std::string_view byDefault);
// On a node whose padding is right where its strides divide what they go over: the reader, who
// knows sizes, sees to it.
inline constexpr std::string_view kStrideDivides = "strideDivides";

std::vector<std::int64_t> integersOf(const OnnxNode& node, std::string_view name,
                                     std::vector<std::int64_t> byDefault);
void setInteger(OnnxNode& node, std::string_view name, std::int64_t value);
void setIntegers(OnnxNode& node, std::string_view name, std::vector<std::int64_t> values);
void setNumber(OnnxNode& node, std::string_view name, float value);
void setOneByOne(OnnxNode& conv, std::int64_t groups);  // window, stride and so on of a conv of 1x1
void setText(OnnxNode& node, std::string_view name, std::string_view text);
void dropAttribute(OnnxNode& node, std::string_view name);

// What a node of the kind that computes sizes (Shape, Gather, Slice, Concat, Unsqueeze, Squeeze,
// Cast, Reshape, Add, Sub, Mul, Div) gives; absent: not known. `order`: of the value whose shape is
// asked for.
std::optional<KnownIntegers> sizesComputed(const ForeignParts& parts, const OnnxNode& node,
                                           const AxisOrder& order);

}  // namespace limbus
