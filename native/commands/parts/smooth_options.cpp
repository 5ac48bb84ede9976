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
  std::vector<std::vector<std::size_t>> all(1, std::vector<std::size_t>(files.size()));
  std::iota(all[0].begin(), all[0].end(), std::size_t{0});
  if (options.smooth.empty()) return open(models, std::move(all), images, options);
  auto sequences = sequencesOf(files, options.sequences);
  if (!sequences) return fail(sequences.error());
  return open(models, std::move(*sequences), images, options);
}

Result<MaskSource> MaskSource::open(const Ensemble& models,
                                    std::vector<std::vector<std::size_t>> sequences,
                                    const Ensemble::ImageSource& images,
                                    const SmoothOptions& options) {
  MaskSource source(models);
  for (const std::vector<std::size_t>& one : sequences) {
    source.order_.insert(source.order_.end(), one.begin(), one.end());
  }
  if (options.smooth.empty()) return source;
  const Result<Chosen<SmoothingRow>> chosen = parseSmoothing(options.smooth);
  if (!chosen) return fail(chosen.error());
  const auto probabilities = [&models, images](std::size_t i) -> Result<Planes> {
    const Result<Image> image = images(i);
    if (!image) return fail(image.error());
    const Result<Field> field = models.field(i, image->view());
    if (!field) return fail(field.error());
    return planesOf(*field, Averaged::probabilities);
  };
  source.smoothed_.emplace(probabilities, std::move(sequences),
                           chosen->row->kernel(chosen->options));
  return source;
}

Result<Field> MaskSource::field(std::size_t index, ImageView image) {
  return smoothed_ ? smoothed_->field(index) : models_->field(index, image);
}

Result<Mask> MaskSource::mask(std::size_t index, ImageView image) {
  return smoothed_ ? smoothed_->mask(index) : models_->mask(index, image);
}

}  // namespace limbus
