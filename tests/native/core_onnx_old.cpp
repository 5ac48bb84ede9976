// Files in forms that are no longer written.
#include "onnx_samples.h"
#include "result_text.h"
#include "shared/graph/op.h"
#include "shared/onnx/proto.h"
#include "shared/onnx/wire.h"

using namespace limbus;

namespace {

using namespace onnx_field;

void copyField(WireWriter& to, const WireField& field) {
  if (field.type == WireType::bytes) {
    to.bytes(field.number, field.bytes);
  } else {
    to.varint(field.number, field.value);
  }
}

// The message with every field `number` changed.
template <class Change>
std::string changeFields(std::string_view message, int number, const Change& change) {
  WireWriter out;
  WireReader reader(message);
  while (!reader.atEnd()) {
    const WireField field = reader.next().value();
    if (field.number == number) {
      out.bytes(number, change(field.bytes));
    } else {
      copyField(out, field);
    }
  }
  return out.take();
}

bool isResize(std::string_view node) { return node.find("Resize") != std::string_view::npos; }

// A Resize whose size, input 3, is the constant "size", explained by `doc`.
std::string withConstantSize(std::string_view node, const std::string& doc) {
  int inputs = 0;
  std::string changed = changeFields(node, kNodeInput, [&](std::string_view name) {
    return std::string(++inputs == 4 ? "size" : name);
  });
  WireWriter extra;
  if (!doc.empty()) extra.bytes(kNodeDoc, doc);
  return changed + extra.str();
}

std::string constantSize(const std::vector<std::int64_t>& size) {
  WireWriter tensor, field;
  tensor.integer(kTensorDims, static_cast<std::int64_t>(size.size()));
  tensor.integer(kTensorType, kOnnxInt64);
  tensor.bytes(kTensorName, "size");
  tensor.bytes(kTensorRaw,
               {reinterpret_cast<const char*>(size.data()), size.size() * sizeof(std::int64_t)});
  field.bytes(kGraphInitializer, tensor.str());
  return field.take();
}

// Half the size and back, as files of one size were written once.
std::string fileOfOneSize(const std::string& doc) {
  Builder b("old", 1);
  const ValueId x = b.conv(b.input(), "down", {.out = 4, .kernel = 2, .stride = 2});
  const Graph graph = b.finish(b.resize(x, "up", {.like = b.input()}));
  const OnnxOptions options{.tail = Tail::argmax, .batch = 1, .height = 48, .width = 64};
  const std::string today =
      writeOnnx(graph, samples::sampleWeights(graph), samples::manifestFor(graph, 4), options)
          .value();
  return changeFields(today, kModelGraph, [&](std::string_view nodes) {
    return changeFields(nodes, kGraphNode,
                        [&](std::string_view node) {
                          return isResize(node) ? withConstantSize(node, doc) : std::string(node);
                        }) +
           constantSize({1, 4, 48, 64});
  });
}

}  // namespace

TEST_CASE("a constant size that a doc string explains is still read", "[onnx]") {
  const OnnxModel model = readOnnx(fileOfOneSize("size of image")).value();
  CHECK(model.graph.nodes.back().op == Op::resize);
  CHECK(model.graph.nodes.back().inputs == std::vector<ValueId>{1, 0});
  // Without it the size that the file fixes says by how much.
  const OnnxModel plain = readOnnx(fileOfOneSize("")).value();
  CHECK(std::get<std::vector<std::int64_t>>(plain.graph.nodes.back().attributes.at("scale")) ==
        std::vector<std::int64_t>{2, 2});
}
