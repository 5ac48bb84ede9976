// Files of other exporters, opset 7 to 22, in the words of ours: what read.cpp then takes.
//
// Nothing is approximated: a node is rewritten where it means exactly what one of ours does.
// Constants, identities and casts are looked through, transpositions between NHWC and NCHW are
// followed instead of done, attributes that have a default are spelled out, and arithmetic with
// constants per channel becomes a 1x1 convolution of one channel each. What cannot be taken is
// named, all of it at once.
#pragma once

#include <deque>
#include <string>

#include "shared/manifest.h"
#include "shared/onnx/proto.h"
#include "shared/result.h"

namespace limbus {

struct ForeignOnnx {
  OnnxFile file;                 // one input [N,C,H,W], one output
  std::deque<std::string> kept;  // what views in `file` point to, beside the file's bytes
};

// `manifest`: which output is meant, and how input and output lie.
Result<ForeignOnnx> inOurWords(OnnxFile file, const Manifest& manifest);

}  // namespace limbus
