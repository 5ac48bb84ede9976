#include "native/infer/mean.h"

#include <cstring>

#include "native/system/files.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

class MeanPredictor : public Predictor {
 public:
  MeanPredictor(std::vector<Weighted> inner, Averaged averaged)
      : inner_(std::move(inner)), averaged_(averaged) {
    for (const Weighted& one : inner_) weights_ += one.weight;
  }

  Result<Field> predict(ImageView image) const override {
    Planes mean;
    for (const Weighted& one : inner_) {
      Result<Planes> part = planesBy(*one.predictor, image, averaged_);
      if (!part) return fail(part.error());
      const Result<void> added = addTo(mean, *part, static_cast<float>(one.weight / weights_));
      if (!added) return fail(added.error());
    }
    return fieldOf(std::move(mean), averaged_);
  }

 private:
  std::vector<Weighted> inner_;
  double weights_ = 0;
  Averaged averaged_;
};

}  // namespace

SharedPredictor meanOf(std::vector<Weighted> inner, Averaged averaged) {
  return std::make_shared<MeanPredictor>(std::move(inner), averaged);
}

Result<MeanOnDisk> MeanOnDisk::make(Averaged averaged) {
  std::error_code error;
  std::string name = (fs::temp_directory_path(error) / "limbus-mean-XXXXXX").string();
  if (error || ::mkdtemp(name.data()) == nullptr) {
    return fail(ErrorCode::io, name + ": no folder for temporary files can be made; set TMPDIR");
  }
  return MeanOnDisk(name, averaged);
}

MeanOnDisk::MeanOnDisk(MeanOnDisk&& other) noexcept
    : folder_(std::move(other.folder_)), averaged_(other.averaged_), sums_(std::move(other.sums_)) {
  other.folder_.clear();
}

MeanOnDisk::~MeanOnDisk() {
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

fs::path MeanOnDisk::file(std::size_t image) const { return folder_ / std::to_string(image); }

Result<Planes> MeanOnDisk::stored(std::size_t image) const {
  const Result<std::string> bytes = readBytes(file(image));
  if (!bytes) return fail(bytes.error());
  Planes planes = sums_[image].shape;
  planes.values.resize(planes.pixels() * static_cast<std::size_t>(planes.classes));
  if (bytes->size() != planes.values.size() * sizeof(float)) {
    return fail(ErrorCode::io, file(image).string() + ": was changed by somebody else");
  }
  std::memcpy(planes.values.data(), bytes->data(), bytes->size());
  return planes;
}

Result<void> MeanOnDisk::add(std::size_t image, const Field& field, double weight) {
  Result<Planes> part = planesOf(field, averaged_);
  if (!part) return fail(part.error());
  if (image >= sums_.size()) sums_.resize(image + 1);
  Planes sum;
  if (sums_[image].weights > 0) {
    Result<Planes> before = stored(image);
    if (!before) return fail(before.error());
    sum = std::move(*before);
  }
  if (Result<void> added = addTo(sum, *part, static_cast<float>(weight)); !added) return added;
  const std::string_view bytes(reinterpret_cast<const char*>(sum.values.data()),
                               sum.values.size() * sizeof(float));
  if (Result<void> written = writeBytes(file(image), bytes, false); !written) return written;
  sums_[image].weights += weight;
  sums_[image].shape = {sum.classes, sum.width, sum.height};
  return {};
}

Result<Field> MeanOnDisk::field(std::size_t image) const {
  if (image >= sums_.size() || sums_[image].weights <= 0) {
    return fail(ErrorCode::badArgument, "no model has looked at image " + std::to_string(image));
  }
  Result<Planes> mean = stored(image);
  if (!mean) return fail(mean.error());
  for (float& value : mean->values) value /= static_cast<float>(sums_[image].weights);
  return fieldOf(std::move(*mean), averaged_);
}

}  // namespace limbus
