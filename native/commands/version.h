// What `limbus --version` prints.
#pragma once

#include <string>

namespace limbus {

// "limbus 0.1.0 (LibTorch 2.6.0, ONNX Runtime 1.21.0)"
std::string versionLine();

}  // namespace limbus
