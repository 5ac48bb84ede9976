// --smooth of predict and evaluate: masks of frames that know of their neighbours.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "native/infer/ensemble.h"
#include "native/infer/smoothing.h"
#include "shared/result.h"

namespace limbus {

struct SmoothOptions {
  std::string smooth;     // NAME:KEY=VALUE,...; empty: each image by itself
  std::string sequences;  // a regular expression; empty: folders are sequences
};

void addSmoothOptions(CLI::App& command, SmoothOptions& options);

// One by one in the order in which they are best asked for.
class MaskSource {
 public:
  // `images` gives those of `files`, whose paths say which belong together. `models` must outlive
  // it, and have looked ahead where it has to.
  static Result<MaskSource> open(const Ensemble& models,
                                 const std::vector<std::filesystem::path>& files,
                                 const Ensemble::ImageSource& images, const SmoothOptions& options);
  // Where that is known already: the indices of each sequence, in order.
  static Result<MaskSource> open(const Ensemble& models,
                                 std::vector<std::vector<std::size_t>> sequences,
                                 const Ensemble::ImageSource& images, const SmoothOptions& options);

  const std::vector<std::size_t>& order() const { return order_; }
  // `image`: the one of this index.
  Result<Field> field(std::size_t index, ImageView image);
  Result<Mask> mask(std::size_t index, ImageView image);

 private:
  explicit MaskSource(const Ensemble& models) : models_(&models) {}

  const Ensemble* models_;
  std::vector<std::size_t> order_;
  std::optional<SmoothedMasks> smoothed_;
};

}  // namespace limbus
