// Models whose tensors lie in other files beside the .onnx ("external data", as PyTorch's exporter
// writes them): which files these are, and the one file that holds everything.
//
// Names, offsets and lengths are checked before any file is opened: a name is a plain one, so that
// nothing outside the model's folder is read.
//
//   Result<JoinedOnnx> joined = joinedOnnx(outline);  // of model.onnx
//   if (!joined || joined->files.empty()) return model;
//   return assemble(*joined, [&](const JoinedPart& part, char* into) -> Result<void> {
//     if (part.source != JoinedPart::fromModel) return read(joined->files, part, into);
//     model.copy(into, part.bytes, part.offset);
//     return {};
//   });
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "shared/onnx/facts.h"
#include "shared/result.h"

namespace limbus {

class OnnxOutline;

// Bytes of the one file, and where they come from.
struct JoinedPart {
  enum : int { fromText, fromModel, fromFirstFile };  // from then on: files[source - fromFirstFile]
  int source = fromText;
  std::uint64_t offset = 0, bytes = 0;
};

struct JoinedOnnx {
  std::vector<ExternalFile> files;  // none: the model is whole, and the rest empty
  std::string text;                 // what no file has as it is to stand there
  std::vector<JoinedPart> parts;
  std::uint64_t bytes = 0;  // of all parts
};

// Of an outline that wants nothing more. Errors are those of parseOnnx, and where the one file
// would be longer than protobuf allows.
Result<JoinedOnnx> joinedOnnx(const OnnxOutline& outline);

// The bytes of the one file; `read` puts those of a part that is not text where they belong.
Result<std::string> assemble(const JoinedOnnx& joined,
                             const std::function<Result<void>(const JoinedPart&, char*)>& read);

}  // namespace limbus
