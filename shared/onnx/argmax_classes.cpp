#include "shared/onnx/argmax_classes.h"

#include <array>
#include <map>

#include "shared/image.h"

namespace limbus {
namespace {

constexpr int kRank = 4;  // of the scores

template <std::size_t N>
bool isOneOf(std::string_view type, const std::array<std::string_view, N>& types) {
  for (const std::string_view each : types) {
    if (each == type) return true;
  }
  return false;
}

// What leaves class indices as they are.
constexpr std::array<std::string_view, 6> kAfterArgmax{"Cast",     "Squeeze", "Unsqueeze",
                                                       "Identity", "Reshape", "Resize"};
// What leaves the channels of its first input as they are.
constexpr std::array<std::string_view, 17> kSameChannels{"Cast",
                                                         "Identity",
                                                         "Resize",
                                                         "Upsample",
                                                         "Dropout",
                                                         "Relu",
                                                         "Sigmoid",
                                                         "Softmax",
                                                         "Clip",
                                                         "Add",
                                                         "Sub",
                                                         "Mul",
                                                         "Div",
                                                         "LogSoftmax",
                                                         "Pad",
                                                         "QuantizeLinear",
                                                         "DequantizeLinear"};

class Walk {
 public:
  explicit Walk(const OnnxGraph& graph) {
    for (const OnnxTensor& tensor : graph.initializers) shapes_[tensor.name] = &tensor.shape;
    for (const OnnxNode& node : graph.nodes) {
      for (const std::string_view output : node.outputs) makers_[output] = &node;
    }
  }

  // The ArgMax that a value comes from; null: none.
  const OnnxNode* argmaxOf(std::string_view value) const {
    for (int i = 0; i < kMostSteps; ++i) {
      const OnnxNode* node = makerOf(value);
      if (!node || node->inputs.empty()) return nullptr;
      if (node->type == "ArgMax") return node;
      if (!isOneOf(node->type, kAfterArgmax)) return nullptr;
      value = node->inputs[0];
    }
    return nullptr;
  }

  // Of a dimension of a value; 0: unknown.
  std::int64_t extentOf(std::string_view value, std::int64_t axis) const {
    for (int i = 0; i < kMostSteps; ++i) {
      const OnnxNode* node = makerOf(value);
      if (!node || node->inputs.empty()) return 0;
      if (axis == 1 && node->inputs.size() > 1) {
        if (node->type == "Conv") return weightExtent(node->inputs[1], 0);
        if (node->type == "BatchNormalization") return weightExtent(node->inputs[1], 0);
        if (node->type == "ConvTranspose") {
          const std::int64_t groups = integerOf(*node, "group", 1);
          const bool few = groups >= 1 && groups <= kMostClasses;
          return few ? weightExtent(node->inputs[1], 1) * groups : 0;
        }
      }
      if (node->type == "Transpose") {
        const OnnxAttribute* order = findAttribute(*node, "perm");
        if (!order || order->integers.size() != kRank) return 0;
        axis = order->integers[static_cast<std::size_t>(axis)];
        if (axis < 0 || axis >= kRank) return 0;
      } else if (!isOneOf(node->type, kSameChannels)) {
        return 0;
      }
      const bool weightFirst = node->inputs.size() > 1 && shapeOf(node->inputs[0]);
      value = node->inputs[weightFirst ? 1 : 0];
    }
    return 0;
  }

 private:
  const OnnxNode* makerOf(std::string_view value) const {
    const auto found = makers_.find(value);
    return found == makers_.end() ? nullptr : found->second;
  }

  // Of an initializer or constant, as it is or quantised; null: computed from the image.
  const Dims* shapeOf(std::string_view value) const {
    for (int i = 0; i < kMostAround; ++i) {
      const auto stored = shapes_.find(value);
      if (stored != shapes_.end()) return stored->second;
      const OnnxNode* node = makerOf(value);
      if (!node) return nullptr;
      if (node->type == "Constant") {
        const OnnxAttribute* constant = findAttribute(*node, "value");
        return constant && constant->tensor ? &constant->tensor->shape : nullptr;
      }
      const bool same = node->type == "Identity" || node->type == "Cast" ||
                        node->type == "QuantizeLinear" || node->type == "DequantizeLinear";
      if (!same || node->inputs.empty()) return nullptr;
      value = node->inputs[0];
    }
    return nullptr;
  }

  std::int64_t weightExtent(std::string_view value, std::size_t axis) const {
    const Dims* shape = shapeOf(value);
    const bool sensible = shape && axis < shape->size() && (*shape)[axis] <= kMostClasses;
    return sensible ? (*shape)[axis] : 0;
  }

  // Longer than exporters write them: a path may be a circle, or made to be walked for ever.
  static constexpr int kMostSteps = 64, kMostAround = 8;

  std::map<std::string_view, const Dims*> shapes_;
  std::map<std::string_view, const OnnxNode*> makers_;
};

}  // namespace

std::vector<int> argmaxClasses(const OnnxGraph& graph) {
  const Walk walk(graph);
  std::vector<int> all;
  for (const OnnxValue& output : graph.outputs) {
    std::int64_t classes = 0;
    if (const OnnxNode* argmax = walk.argmaxOf(output.name)) {
      std::int64_t axis = integerOf(*argmax, "axis", 0);
      if (axis < 0) axis += kRank;
      if (axis >= 0 && axis < kRank) classes = walk.extentOf(argmax->inputs[0], axis);
    }
    all.push_back(classes >= 2 && classes <= kMostClasses ? static_cast<int>(classes) : 0);
  }
  return all;
}

}  // namespace limbus
