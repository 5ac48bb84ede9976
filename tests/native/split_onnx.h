// A model as exporters write it that keep the data of its tensors in a file beside it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/onnx/outline.h"
#include "shared/onnx/proto.h"
#include "shared/onnx/wire.h"

namespace limbus::samples {

struct SplitOnnx {
  std::string model, data;
};

// What a tensor says of the file that its data lie in.
inline std::string externalEntries(
    const std::vector<std::pair<std::string_view, std::string>>& entries) {
  using namespace onnx_field;
  WireWriter tensor;
  for (const auto& [key, text] : entries) {
    WireWriter entry;
    entry.bytes(kEntryKey, key);
    entry.bytes(kEntryValue, text);
    tensor.bytes(kTensorExternal, entry.str());
  }
  tensor.integer(kTensorLocation, 1);
  return tensor.take();
}

inline std::string splitMessage(OnnxOutline::Message kind, std::string_view bytes,
                                const std::string& file, std::string& data) {
  std::string out;
  for (WireReader reader(bytes); !reader.atEnd();) {
    const std::string_view rest = bytes.substr(bytes.size() - reader.left());
    const WireField field = reader.next().value();
    const auto inner = field.type == WireType::bytes ? OnnxOutline::within(kind, field.number)
                                                     : OnnxOutline::Message::other;
    if (inner != OnnxOutline::Message::other) {
      WireWriter writer;
      writer.bytes(field.number, splitMessage(inner, field.bytes, file, data));
      out += writer.str();
    } else if (kind == OnnxOutline::Message::tensor && field.number == onnx_field::kTensorRaw) {
      data.resize((data.size() + 63) / 64 * 64);  // as exporters align them
      out += externalEntries({{"location", file},
                              {"offset", std::to_string(data.size())},
                              {"length", std::to_string(field.bytes.size())},
                              {"checksum", "none"}});
      data += field.bytes;
    } else {
      out += rest.substr(0, rest.size() - reader.left());
    }
  }
  return out;
}

// `file`: what the model calls the other one.
inline SplitOnnx splitOnnx(std::string_view bytes, const std::string& file) {
  SplitOnnx split;
  split.model = splitMessage(OnnxOutline::Message::model, bytes, file, split.data);
  return split;
}

}  // namespace limbus::samples
