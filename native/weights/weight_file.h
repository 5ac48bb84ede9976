// Weights that others saved, by whatever name their program gave them.
//
//   Result<WeightFile> file = readWeightFile("best.pth");
//   for (const WeightGroup& group : file->groups)       // "state_dict", "optimizer", ...
//     for (const auto& [name, stored] : group.tensors)  // "module.conv1.weight"
//       Result<Tensor> tensor = readStored(stored);
//
// Read: PyTorch's .pth (.pt, .pkl, ...) in both of its forms, safetensors, ONNX; which of them a
// file is, its first bytes say. Nothing in a file is run. A file that contradicts itself, ends
// early, or asks for more than tensors and plain data is an error.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "native/weights/stored_tensor.h"
#include "shared/result.h"

namespace limbus {

// The tensors that lie side by side in one dict.
struct WeightGroup {
  std::string path;  // of the dict within the file: "", "state_dict", "model.ema"
  std::vector<std::pair<std::string, StoredTensor>> tensors;  // in the order of the file
};

struct WeightFile {
  std::string format;  // "PyTorch", "safetensors", "ONNX"
  std::vector<WeightGroup> groups;
  std::shared_ptr<const void> owner;  // of what the tensors point into
};

Result<WeightFile> readWeightFile(const std::filesystem::path& file);
// The same from a file's bytes; its name opens errors.
Result<WeightFile> unpackWeightFile(std::string bytes, const std::filesystem::path& file);

// Weights that were read already, as a file of one dict, without a copy: they must outlive it.
WeightFile asWeightFile(const Weights& weights);

}  // namespace limbus
