#include "native/infer/planes.h"

#include "shared/vision/probabilities.h"

namespace limbus {
namespace {

Result<Planes> votesOf(const Field& field) {
  const Result<Mask> mask = maskOf(field);
  if (!mask) return fail(mask.error());
  Planes planes{static_cast<int>(field.logits.shape[0]), mask->width, mask->height};
  planes.values.resize(planes.pixels() * static_cast<std::size_t>(planes.classes), 0.0F);
  for (std::size_t i = 0; i < planes.pixels(); ++i) {
    planes.values[mask->pixels[i] * planes.pixels() + i] = 1.0F;
  }
  return planes;
}

std::string sizeOf(const Planes& planes) {
  return std::to_string(planes.classes) + " classes at " + std::to_string(planes.width) + "x" +
         std::to_string(planes.height);
}

}  // namespace

Result<Planes> planesOf(const Field& field, Averaged averaged) {
  const bool logits = averaged == Averaged::logits;
  if (field.output.kind == OutputKind::argmax) {
    if (!logits) return votesOf(field);
    return fail(ErrorCode::badArgument,
                "the model's file ends in argmax and gives no logits to average; average "
                "probabilities instead, which takes its classes as votes");
  }
  const Dims& shape = field.logits.shape;
  const Placement& place = field.placement;
  const int classes = static_cast<int>(shape[0]);
  Result<std::vector<float>> values = (logits ? blendedLogits : probabilities)(
      field.logits.values.data(), classes, static_cast<int>(shape[1]), static_cast<int>(shape[2]),
      field.output, place, {.first = 0, .count = place.sourceHeight});
  if (!values) return fail(values.error());
  return Planes{classes, place.sourceWidth, place.sourceHeight, std::move(*values)};
}

Result<Planes> planesBy(const Predictor& predictor, ImageView image, Averaged averaged) {
  const Result<Field> field = predictor.predict(image);
  if (!field) return fail(field.error());
  return planesOf(*field, averaged);
}

Result<void> addTo(Planes& sum, const Planes& part, float weight) {
  if (sum.classes == 0) {
    sum = {part.classes, part.width, part.height, std::vector<float>(part.values.size(), 0.0F)};
  }
  if (sum.classes != part.classes || sum.width != part.width || sum.height != part.height) {
    return fail(ErrorCode::badArgument,
                "answers of " + sizeOf(sum) + " and of " + sizeOf(part) + " have no mean");
  }
  for (std::size_t i = 0; i < sum.values.size(); ++i) sum.values[i] += weight * part.values[i];
  return {};
}

Field fieldOf(Planes planes, Averaged averaged) {
  OutputSpec output;
  if (averaged == Averaged::probabilities) output.kind = OutputKind::probabilities;
  return {.logits = {{planes.classes, planes.height, planes.width}, std::move(planes.values)},
          .output = output,
          .placement = {.sourceWidth = planes.width,
                        .sourceHeight = planes.height,
                        .inputWidth = planes.width,
                        .inputHeight = planes.height}};
}

}  // namespace limbus
