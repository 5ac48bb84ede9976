#include "native/commands/parts/smooth_options.h"

#include <numeric>

namespace limbus {

namespace fs = std::filesystem;

void addSmoothOptions(CLI::App& command, SmoothOptions& options) {
  CLI::Option* smooth =
      command
          .add_option("--smooth", options.smooth,
                      "Average the probabilities of neighbouring frames, images of a folder in the "
                      "order of their names; `limbus list smoothings`")
          ->type_name("NAME[:KEY=VALUE,...]");
  command
      .add_option("--sequences", options.sequences,
                  "With --smooth: a regular expression whose first group in an image's path names "
                  "its sequence, instead of the folder")
      ->type_name("REGEX")
      ->needs(smooth);
}

Result<MaskSource> MaskSource::open(const Ensemble& models, const std::vector<fs::path>& files,
                                    const Ensemble::ImageSource& images,
                                    const SmoothOptions& options) {
  MaskSource source(models);
  if (options.smooth.empty()) {
    source.order_.resize(files.size());
    std::iota(source.order_.begin(), source.order_.end(), std::size_t{0});
    return source;
  }
  const Result<Chosen<SmoothingRow>> chosen = parseSmoothing(options.smooth);
  if (!chosen) return fail(chosen.error());
  Result<std::vector<std::vector<std::size_t>>> sequences = sequencesOf(files, options.sequences);
  if (!sequences) return fail(sequences.error());
  const auto probabilities = [&models, images](std::size_t i) -> Result<Planes> {
    const Result<Image> image = images(i);
    if (!image) return fail(image.error());
    const Result<Field> field = models.field(i, image->view());
    if (!field) return fail(field.error());
    return planesOf(*field, Averaged::probabilities);
  };
  source.smoothed_.emplace(probabilities, std::move(*sequences),
                           chosen->row->kernel(chosen->options));
  source.order_ = source.smoothed_->order();
  return source;
}

Result<Field> MaskSource::field(std::size_t index, ImageView image) {
  return smoothed_ ? smoothed_->field(index) : models_->field(index, image);
}

Result<Mask> MaskSource::mask(std::size_t index, ImageView image) {
  return smoothed_ ? smoothed_->mask(index) : models_->mask(index, image);
}

}  // namespace limbus
