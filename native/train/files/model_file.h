// What may be named where a model or its weights are asked for, and the file behind it.
//
//   Result<fs::path> file = modelFile("models/eye-s", ModelUse::train);  // its weights.safetensors
#pragma once

#include <filesystem>

#include "shared/result.h"

namespace limbus {

// predict: a network to run or to look at; train: weights to go on from or to export.
enum class ModelUse { predict, train };

// Of a RUN its best checkpoint, also where a model.onnx was exported beside it. Of a released
// model's folder model.onnx, or weights.safetensors to train on, where there is one. A file is
// itself. An error where there is nothing, or a folder of neither kind.
Result<std::filesystem::path> modelFile(const std::filesystem::path& named, ModelUse use);

// By its ending: .safetensors, or .limbus as files of before are called.
bool isCheckpointName(const std::filesystem::path& file);

}  // namespace limbus
