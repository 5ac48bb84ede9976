#include "shared/onnx/outline.h"

#include <algorithm>

#include "shared/onnx/other_file.h"
#include "shared/onnx/proto.h"
#include "shared/onnx/wire.h"

namespace limbus {

using namespace onnx_field;

namespace {

constexpr std::uint64_t kSliceBytes = 1 << 16;
constexpr std::uint64_t kHeaderBytes = 20;  // two varints
constexpr std::uint64_t kSmallBytes = 64;   // not worth passing over
constexpr std::size_t kMaxOpen = 64;        // messages within messages; parseOnnx allows fewer

bool isBulk(int field) {
  return field == kTensorRaw || field == kTensorFloats || field == kTensorDoubles;
}

Error damaged(const Error& error) {
  return {ErrorCode::badData, "not an ONNX file: " + error.message};
}

}  // namespace

OnnxOutline::OnnxOutline(std::uint64_t fileBytes) : fileBytes_(fileBytes) {
  open_.push_back({Message::model, 0, fileBytes});
  want(kSliceBytes);
}

OnnxOutline::Message OnnxOutline::within(Message message, int field) {
  switch (message) {
    case Message::model:
      if (field == kModelGraph) return Message::graph;
      return field == kModelFunctions ? Message::function : Message::other;
    case Message::graph:
      if (field == kGraphNode) return Message::node;
      if (field == kGraphInitializer) return Message::tensor;
      return field == kGraphSparse ? Message::sparse : Message::other;
    case Message::function:
      return field == kFunctionNode ? Message::node : Message::other;
    case Message::node:
      return field == kNodeAttribute ? Message::attribute : Message::other;
    case Message::attribute:
      if (field == kAttributeTensor || field == kAttributeTensors) return Message::tensor;
      if (field == kAttributeGraph || field == kAttributeGraphs) return Message::graph;
      return field == kAttributeSparse || field == kAttributeSparses ? Message::sparse
                                                                     : Message::other;
    case Message::sparse:
      return field == kSparseValues || field == kSparseIndices ? Message::tensor : Message::other;
    default:
      return Message::other;
  }
}

void OnnxOutline::want(std::uint64_t bytes) {
  wanted_ = std::min(std::max(bytes, kSliceBytes), fileBytes_ - position_);
}

void OnnxOutline::close() {
  Open closed = std::move(open_.back());
  open_.pop_back();
  if (open_.empty()) {
    text_ = std::move(closed.text);
    return;
  }
  WireWriter writer;
  writer.bytes(closed.field, closed.text);
  open_.back().text += writer.str();
}

// One field of the innermost message, or its head where that is a message to look into.
Result<OnnxOutline::Step> OnnxOutline::field(std::string_view rest) {
  Open& message = open_.back();
  const std::uint64_t left = message.end - position_;
  if (rest.size() < std::min(left, kHeaderBytes)) {
    want(kHeaderBytes);
    return Step::more;
  }
  WireReader reader(rest.substr(0, left));
  const std::size_t before = reader.left();
  const Result<WireHeader> header = reader.header();
  if (!header) return fail(header.error());
  if (header->type == WireType::varint) {
    if (const auto value = reader.varint(); !value) return fail(value.error());
  }
  const std::uint64_t head = before - reader.left();
  if (header->size > left - head) return fail(cutOff(header->size, left - head));
  const std::uint64_t whole = head + header->size;

  const bool tensor = message.message == Message::tensor;
  if (header->type == WireType::bytes) {
    const Message inner = within(message.message, header->number);
    if (inner != Message::other) {
      if (open_.size() >= kMaxOpen) {
        return fail(ErrorCode::badData, "its graphs are nested too deeply");
      }
      position_ += head;
      open_.push_back({inner, header->number, position_ + header->size});
      return Step::done;
    }
    if (tensor && isBulk(header->number) && header->size > kSmallBytes) {
      WireWriter writer;
      writer.varint(kTensorPassedOver + header->number, header->size);
      message.text += writer.str();
      passedOver_.push_back(position_ + head);
      position_ += whole;
      return Step::done;
    }
  }
  if (rest.size() < whole) {
    want(whole);
    return Step::more;
  }
  // A file cannot claim to be an outline.
  if (!tensor || header->number < kTensorPassedOver) message.text += rest.substr(0, whole);
  position_ += whole;
  return Step::done;
}

Result<void> OnnxOutline::give(std::string_view slice) {
  if (fileBytes_ > kMaxOnnxBytes) {
    return fail(ErrorCode::badData, "not an ONNX file: it is larger than 2 GiB");
  }
  const std::uint64_t start = position_;
  wanted_ = 0;
  while (!open_.empty()) {
    if (position_ == open_.back().end) {
      close();
      continue;
    }
    const std::uint64_t used = position_ - start;
    const Result<Step> step = field(used < slice.size() ? slice.substr(used) : std::string_view());
    if (!step) {
      wanted_ = 0;
      const std::string other = start == 0 ? otherFile(slice) : "";
      return fail(damaged(other.empty() ? step.error() : Error{ErrorCode::badData, other}));
    }
    if (*step == Step::more) break;
  }
  return {};
}

}  // namespace limbus
