#include "shared/onnx/external_data.h"

#include "shared/onnx/outline.h"
#include "shared/onnx/proto.h"
#include "shared/onnx/proto_tensor.h"
#include "shared/onnx/wire.h"

namespace limbus {
namespace {

using namespace onnx_field;
using Message = OnnxOutline::Message;

// A message of which some bytes lie elsewhere.
struct Rope {
  struct Cut {
    std::size_t at;  // in the text, where the part belongs
    JoinedPart part;
  };
  std::string text;
  std::vector<Cut> cuts;
  std::uint64_t bytes = 0;  // text and parts

  void add(std::string_view more) {
    text += more;
    bytes += more.size();
  }
  void add(const JoinedPart& part) {
    cuts.push_back({text.size(), part});
    bytes += part.bytes;
  }
  void add(const Rope& rope) {
    for (const Cut& cut : rope.cuts) cuts.push_back({text.size() + cut.at, cut.part});
    text += rope.text;
    bytes += rope.bytes;
  }
  void addHead(int field, std::uint64_t size) {
    WireWriter head;
    head.head(field, size);
    add(head.str());
  }
};

// Writes an outline that parseOnnx took again, with the data of its tensors in their places.
class Joiner {
 public:
  Joiner(const OnnxOutline& outline, const std::vector<ExternalFile>& files)
      : passedOver_(outline.passedOver()), files_(files) {}

  Result<Rope> message(Message kind, std::string_view bytes) {
    Rope rope;
    std::optional<OnnxExternal> external;
    if (kind == Message::tensor) {
      const Result<OnnxTensor> tensor = parseOnnxTensor(bytes, OnnxForm::outline);
      if (!tensor) return fail(tensor.error());
      external = tensor->external;
    }
    for (WireReader reader(bytes); !reader.atEnd();) {
      const std::string_view rest = bytes.substr(bytes.size() - reader.left());
      const Result<WireField> field = reader.next();
      if (!field) return fail(field.error());
      const Message inner = field->type == WireType::bytes
                                ? OnnxOutline::within(kind, field->number)
                                : Message::other;
      if (inner != Message::other) {
        const Result<Rope> within = message(inner, field->bytes);
        if (!within) return within;
        rope.addHead(field->number, within->bytes);
        rope.add(*within);
      } else if (kind == Message::tensor && field->number >= kTensorPassedOver) {
        rope.addHead(field->number - kTensorPassedOver, field->value);
        rope.add(JoinedPart{JoinedPart::fromModel, passedOver_[next_++], field->value});
      } else if (!external ||
                 (field->number != kTensorExternal && field->number != kTensorLocation)) {
        rope.add(rest.substr(0, rest.size() - reader.left()));
      }
    }
    if (external) {
      rope.addHead(kTensorRaw, external->bytes);
      int source = JoinedPart::fromFirstFile;
      for (const ExternalFile& file : files_) {
        if (file.name == external->file) break;
        ++source;
      }
      rope.add(JoinedPart{source, external->offset, external->bytes});
    }
    return rope;
  }

 private:
  const std::vector<std::uint64_t>& passedOver_;
  std::size_t next_ = 0;
  const std::vector<ExternalFile>& files_;
};

}  // namespace

Result<JoinedOnnx> joinedOnnx(const OnnxOutline& outline) {
  const Result<OnnxFile> file = parseOnnx(outline.text(), OnnxForm::outline);
  if (!file) return fail(file.error());
  JoinedOnnx joined;
  for (const auto& [name, bytes] : file->externalFiles) joined.files.push_back({name, bytes});
  if (joined.files.empty()) return joined;
  Result<Rope> rope = Joiner(outline, joined.files).message(Message::model, outline.text());
  if (!rope) return fail(rope.error());
  if (rope->bytes > kMaxOnnxBytes) {
    return fail(ErrorCode::unsupported,
                "with the data that lie in other files it is larger than "
                "2 GiB, which one .onnx cannot be");
  }
  joined.bytes = rope->bytes;
  std::size_t begin = 0;
  for (const Rope::Cut& cut : rope->cuts) {
    if (cut.at > begin) joined.parts.push_back({JoinedPart::fromText, begin, cut.at - begin});
    if (cut.part.bytes > 0) joined.parts.push_back(cut.part);
    begin = cut.at;
  }
  const std::size_t end = rope->text.size();
  if (end > begin) joined.parts.push_back({JoinedPart::fromText, begin, end - begin});
  joined.text = std::move(rope->text);
  return joined;
}

Result<std::string> assemble(const JoinedOnnx& joined,
                             const std::function<Result<void>(const JoinedPart&, char*)>& read) {
  std::string bytes(joined.bytes, '\0');
  char* into = bytes.data();
  for (const JoinedPart& part : joined.parts) {
    if (part.source == JoinedPart::fromText) {
      joined.text.copy(into, part.bytes, part.offset);
    } else if (Result<void> got = read(part, into); !got) {
      return fail(got.error());
    }
    into += part.bytes;
  }
  return bytes;
}

}  // namespace limbus
