// One way to load anything that predicts: a RUN (its best checkpoint), a checkpoint, a .onnx, or
// the folder of a released model.
//
// A RUN is passed through the same preparation as an exported file (batch norms folded, the last
// resize left to the fused tail), so its masks are those that the page will draw.
#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <memory>
#include <string>

#include "native/infer/predictor.h"
#include "native/train/device.h"
#include "native/train/executor.h"
#include "shared/manifest.h"
#include "shared/result.h"

namespace limbus {

struct Model {
  Manifest manifest;
  std::shared_ptr<Executor> net;  // on `device`, in evaluation mode
  torch::Device device = torch::kCPU;
  std::string note;  // of the self-check (train/self_check.h); empty when all is right
};

Result<Model> loadModel(const std::filesystem::path& runOrOnnx, const std::string& device,
                        bool selfCheck = true);

// preprocess -> forward; the mask of the field is exactly the page's.
std::unique_ptr<Predictor> predictorOf(Model model);

}  // namespace limbus
