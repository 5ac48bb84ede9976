// What ONNX Runtime says, as part of one line.
#pragma once

#include <string>

namespace limbus {

// The runtime's messages run over several lines and name places in its sources, with whole
// signatures; what is left is at most 200 printable characters, whole sentences where there are
// any, without a full stop at the end.
std::string plainRuntimeText(const std::string& message);

}  // namespace limbus
