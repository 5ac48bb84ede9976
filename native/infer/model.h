// One way to load anything that predicts: a RUN (its best checkpoint), a checkpoint, a .onnx, or
// the folder of a released model.
//
// A RUN is passed through the same preparation as an exported file (batch norms folded, the last
// resize left to the fused tail), so its masks are those that the page will draw. LibTorch runs it,
// or ONNX Runtime (onnx_runtime.h).
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "native/infer/predictor.h"
#include "shared/manifest.h"
#include "shared/result.h"

namespace limbus {

class Executor;  // train/executor/executor.h

// What runs a network.
enum class Engine {
  automatic,    // LibTorch, and ONNX Runtime what our reader cannot take, where the build has it
  limbus,       // LibTorch
  onnxRuntime,  // on the CPU
};

struct Model {
  Manifest manifest;
  std::shared_ptr<Executor> net;  // on its device, in evaluation mode; null: in ONNX Runtime
  std::string note;  // what to tell: of the self-check (train/self_check.h), or which engine runs
  std::unique_ptr<Predictor> inOnnxRuntime = nullptr;
};

// A model for the engine `limbus` always has a net.
Result<Model> loadModel(const std::filesystem::path& runOrOnnx, const std::string& device,
                        bool selfCheck = true, Engine engine = Engine::automatic);

// preprocess -> forward; the mask of the field is exactly the page's.
std::unique_ptr<Predictor> predictorOf(Model model);

}  // namespace limbus
