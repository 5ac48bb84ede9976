#include "native/commands/evaluate/evaluation.h"

#include <algorithm>
#include <cmath>
#include <future>
#include <iostream>

#include "native/commands/evaluate/count_scores.h"
#include "native/commands/parts/count_bar.h"
#include "native/data/files/image_files.h"
#include "native/system/interrupt.h"
#include "native/system/text.h"
#include "shared/metrics/boundary.h"
#include "shared/vision/regions.h"

namespace limbus {
namespace {

EyeMeasurements eyeOf(Mask mask, const Manifest& manifest) {
  std::replace(mask.pixels.begin(), mask.pixels.end(), std::uint8_t{kVoidLabel},
               backgroundLabel(manifest.classes));
  const Result<Analysis> analysis = analyse(mask.view(), manifest.classes, manifest.regions);
  return analysis && analysis->eye ? *analysis->eye : EyeMeasurements{};
}

std::optional<double> betweenCentresPx(const std::optional<Ellipse>& a,
                                       const std::optional<Ellipse>& b) {
  if (!a || !b) return std::nullopt;
  return std::hypot(a->centreX - b->centreX, a->centreY - b->centreY);
}

// Both in the model's classes.
void compareEyes(Evaluation& evaluation, const Mask& truth, const Mask& prediction,
                 const Manifest& manifest) {
  const EyeMeasurements wanted = eyeOf(truth, manifest);
  if (!wanted.pupil && !wanted.iris) return;
  const EyeMeasurements found = eyeOf(prediction, manifest);
  ImageResult& image = evaluation.images.back();
  image.pupilErrorPx = betweenCentresPx(wanted.pupil, found.pupil);
  image.irisErrorPx = betweenCentresPx(wanted.iris, found.iris);
  if (image.pupilErrorPx) evaluation.pupilErrorsPx.push_back(*image.pupilErrorPx);
  if (wanted.pupil && !found.pupil) ++evaluation.pupilsMissed;
}

// Csurka et al., 2013: 0.75% of the diagonal.
constexpr double kToleranceShare = 0.0075;

Result<void> compareBoundaries(Evaluation& evaluation, const Mask& truth, const Mask& prediction,
                               std::optional<double> tolerancePx) {
  const double diagonalPx = std::hypot(truth.width, truth.height);
  const auto scores = boundaryScores(truth.view(), prediction.view(),
                                     static_cast<int>(evaluation.boundaries.size()),
                                     tolerancePx.value_or(kToleranceShare * diagonalPx));
  if (!scores) return fail(scores.error());
  for (std::size_t i = 0; i < scores->size(); ++i) {
    evaluation.boundaries[i].f1.add((*scores)[i].f1);
    evaluation.boundaries[i].hausdorff95Px.add((*scores)[i].hausdorff95Px);
  }
  return {};
}

// What the images of one evaluation share.
struct Scoring {
  const Manifest& manifest;
  const ClassMap& map;
  const EvaluationOptions& options;
  const Counting& counting;
  EvaluationReport* report;  // null where none is asked for
};

Result<void> scoreOne(Evaluation& evaluation, const Scoring& scoring, const Sample& sample,
                      const Field& field, const std::string& group) {
  const ClassMap& map = scoring.map;
  const Result<Mask> prediction = maskOf(field);
  if (!prediction) return fail(prediction.error());
  ConfusionMatrix counts(static_cast<int>(map.names.size()));
  const Mask truth = translated(sample.mask, map.truth);
  const Mask answer = translated(*prediction, map.prediction);
  Result<void> added = counts.add(truth.view(), answer.view());
  if (added && scoring.options.boundary) {
    added = compareBoundaries(evaluation, truth, answer, scoring.options.tolerancePx);
  }
  if (added && scoring.report != nullptr) {
    added = scoring.report->add({sample, truth, answer, field, counts});
  }
  if (!added) return added;
  evaluation.matrices.push_back(std::move(counts));
  evaluation.images.push_back({sample.id, group});
  for (const std::uint8_t label : sample.mask.pixels) evaluation.held[label] = true;
  const Mask ours = translated(sample.mask, map.ours);
  const Mask measured = translated(*prediction, map.measured);
  compareEyes(evaluation, ours, measured, scoring.manifest);
  if (evaluation.counted.empty()) return {};
  Result<std::vector<PartCount>> parts = scoring.counting.of(sample.mask, ours, measured);
  if (!parts) return fail(parts.error());
  evaluation.images.back().counts = std::move(*parts);
  return {};
}

// What is predicted: the samples, and with --smooth the sequences that they are of.
struct Frames {
  const Dataset* dataset;
  std::vector<std::size_t> places;                  // in it
  std::vector<std::optional<std::size_t>> sample;   // that each is, if it is scored
  std::vector<std::vector<std::size_t>> sequences;  // of places; one of all without --smooth

  void add(std::size_t place, std::optional<std::size_t> scored) {
    sequences.back().push_back(places.size());
    places.push_back(place);
    sample.push_back(scored);
  }
};

// `count`: so many samples are scored.
Result<Frames> framesOf(const ScoredImages& images, std::size_t count,
                        const SmoothOptions& smooth) {
  Frames frames;
  if (smooth.smooth.empty()) {
    frames.dataset = images.samples.get();
    frames.sequences.emplace_back();
    for (std::size_t i = 0; i < count; ++i) frames.add(i, i);
    return frames;
  }
  frames.dataset = images.around ? images.around.get() : images.samples.get();
  std::vector<std::optional<std::size_t>> samples(frames.dataset->size());
  for (std::size_t i = 0; i < count; ++i) samples[images.around ? images.places[i] : i] = i;
  std::vector<std::filesystem::path> files;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    files.push_back(frames.dataset->facts(i).image);
    if (!files.back().empty()) continue;
    return fail(ErrorCode::badArgument,
                "--smooth is for images in files, whose names say which follow each other");
  }
  const auto sequences = sequencesOf(files, smooth.sequences);
  if (!sequences) return fail(sequences.error());
  for (const std::vector<std::size_t>& sequence : *sequences) {
    if (std::none_of(sequence.begin(), sequence.end(),
                     [&](std::size_t i) { return samples[i].has_value(); })) {
      continue;
    }
    frames.sequences.emplace_back();
    for (const std::size_t i : sequence) frames.add(i, samples[i]);
  }
  return frames;
}

}  // namespace

Result<Evaluation> evaluateAll(Ensemble& model, const ScoredImages& images, const ClassMap& map,
                               const EvaluationOptions& options, EvaluationReport* report) {
  const int limit = options.limit;
  const Dataset& dataset = *images.samples;
  const std::size_t count =
      limit > 0 ? std::min<std::size_t>(limit, dataset.size()) : dataset.size();
  const auto read = [&](std::size_t index) {
    return std::async(std::launch::async, [&, index] { return dataset.get(index, 0); });
  };
  const Result<Frames> frames = framesOf(images, count, options.smooth);
  if (!frames) return fail(frames.error());
  Evaluation evaluation;
  if (options.boundary) evaluation.boundaries.resize(map.names.size());
  const Counting counting(model.manifest(), map);
  if (options.counts || model.manifest().regions.neck > 0) evaluation.counted = counting.names();
  const Ensemble::ImageSource image = [&](std::size_t index) -> Result<Image> {
    Result<Sample> sample = frames->dataset->get(frames->places[index], 0);
    if (!sample) return fail(sample.error());
    return std::move(sample->image);
  };
  Result<MaskSource> masks = MaskSource::open(model, frames->sequences, image, options.smooth);
  if (!masks) return fail(masks.error());
  const InterruptGuard guard;
  CountBar looking("looking", model.steps(frames->places.size()));
  const Result<void> looked = model.lookAhead(frames->places.size(), image, [&] {
    looking.step();
    return !InterruptGuard::requested();
  });
  if (!looked) return fail(looked.error());
  std::vector<std::string> groups(count);
  if (!options.groupBy.empty()) {
    Result<std::vector<std::string>> found = groupsBy(options.groupBy, dataset, count);
    if (!found) return fail(found.error());
    groups = std::move(*found);
  }
  const Scoring scoring{model.manifest(), map, options, counting, report};
  CountBar bar("scoring", count);
  std::vector<std::size_t> order;  // of the frames that are scored
  for (const std::size_t frame : masks->order()) {
    if (frames->sample[frame]) order.push_back(frame);
  }
  std::size_t unlabelled = 0;
  std::string faint;
  std::future<Result<Sample>> coming = read(*frames->sample[order.front()]);
  for (std::size_t next = 1; next <= count; ++next) {
    const std::size_t frame = order[next - 1], i = *frames->sample[frame];
    if (InterruptGuard::requested()) {
      return fail(ErrorCode::io, "interrupted; nothing was scored");
    }
    const Result<Sample> sample = coming.get();
    if (next < count) coming = read(*frames->sample[order[next]]);
    if (!sample) return fail(sample.error());
    bar.step();
    if (faint.empty()) faint = faintText(dataset.facts(i).image, sample->image.view());
    if (sample->mask.pixels.empty()) {
      ++unlabelled;
      continue;
    }
    const Result<Field> field = masks->field(frame, sample->image.view());
    const Result<void> done =
        field ? scoreOne(evaluation, scoring, *sample, *field, groups[i]) : fail(field.error());
    if (!done) return fail(done.error().code, sample->id + ": " + done.error().message);
  }
  if (evaluation.matrices.empty()) {
    return fail(ErrorCode::badData, "no image has a label to score against");
  }
  if (unlabelled > 0) {
    std::cerr << "limbus: " << unlabelled << " of " << countOf(count, "image") << " "
              << inNumber(unlabelled, "{has|have} no label and {is|are} not scored") << "\n";
  }
  if (!faint.empty()) std::cerr << "limbus: " << faint << "\n";
  return evaluation;
}

std::vector<std::vector<PartCount>> countsOf(const Evaluation& evaluation) {
  std::vector<std::vector<PartCount>> counts;
  for (std::size_t i = 0; i < evaluation.images.size(); ++i) {
    if (evaluation.matrices[i].total() > 0) counts.push_back(evaluation.images[i].counts);
  }
  return counts;
}

}  // namespace limbus
