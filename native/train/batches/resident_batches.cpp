#include "native/train/batches/resident_batches.h"

#include <algorithm>
#include <chrono>

#include "native/data/augment/effects.h"
#include "native/data/sample_order.h"
#include "native/system/parallel_for.h"
#include "native/train/augment/device_effects.h"
#include "native/train/augment/device_input.h"
#include "native/train/augment/device_pixels.h"
#include "native/train/device.h"

namespace limbus {
namespace {

constexpr std::int64_t kAtOnceBytes = std::int64_t{64} << 20;    // read before they are sent
constexpr std::int64_t kTogetherValues = std::int64_t{2} << 20;  // of images augmented together
constexpr std::size_t kAlignment = 64;  // bytes: cuDNN chooses its kernels by it, too

// All images as they are.
struct Pixels {
  PixelBatch all;                // of D
  std::vector<std::string> ids;  // of each
  SampleLabels labels;
};

class ResidentBatches : public BatchSource {
 public:
  ResidentBatches(Pixels pixels, DeviceInput input, std::vector<Augmentation> augmentations,
                  const LoaderOptions& options, std::size_t together)
      : pixels_(std::move(pixels)),
        input_(std::move(input)),
        effects_(pixels_.all.images.device()),
        augmentations_(std::move(augmentations)),
        seed_(options.seed),
        order_(pixels_.ids.size(), options),
        together_(together) {
    rehearse();
  }

  void start(std::uint32_t epoch, std::int64_t firstBatch) override {
    epoch_ = epoch;
    next_ = std::min(static_cast<std::size_t>(firstBatch), order_.batches());
    times_ = {};
    made_.clear();
    order_.start(epoch);
  }

  Result<std::optional<DeviceBatch>> next() override {
    if (!order_.started() || next_ >= order_.batches()) return std::optional<DeviceBatch>();
    if (next_ < firstMade_ || next_ >= firstMade_ + made_.size()) makeAround(next_);
    return std::optional<DeviceBatch>(std::move(made_[next_++ - firstMade_]));
  }

  std::int64_t batchesPerEpoch() const override {
    return static_cast<std::int64_t>(order_.batches());
  }
  LoaderTimes times() const override { return times_; }

 private:
  // Several small batches take as many launches as one. Which are made together does not depend on
  // where an epoch goes on.
  void makeAround(std::size_t batch) {
    const auto begun = std::chrono::steady_clock::now();
    const torch::NoGradGuard noGradients;
    firstMade_ = batch - batch % together_;
    const std::size_t end = std::min(firstMade_ + together_, order_.batches());
    const std::size_t last = order_.firstOf(end - 1) + order_.samplesIn(end - 1);
    std::vector<std::int64_t> which;
    std::vector<std::vector<Drawn>> drawn;
    for (std::size_t position = order_.firstOf(firstMade_); position < last; ++position) {
      const std::size_t index = order_.at(position);
      which.push_back(static_cast<std::int64_t>(index));
      Random random(seed_, epoch_, static_cast<std::uint32_t>(index), Purpose::augment);
      drawn.push_back(drawList(augmentations_, extent(), random, pixels_.labels));
    }
    const torch::Tensor rows = tensorOn(pixels_.all.images.device(), which,
                                        {static_cast<std::int64_t>(which.size())}, torch::kInt64);
    PixelBatch all{pixels_.all.images.index_select(0, rows),
                   pixels_.all.masks.index_select(0, rows)};
    effects_.apply(drawn, pixels_.all, all);
    const torch::Tensor images = input_.images(all.images), target = input_.target(all.masks);
    made_.clear();
    std::int64_t first = 0;
    for (std::size_t b = firstMade_; b < end; ++b) {
      const auto count = static_cast<std::int64_t>(order_.samplesIn(b));
      made_.push_back({.images = part(images, first, count), .target = part(target, first, count)});
      for (std::int64_t i = first; i < first + count; ++i) {
        made_.back().ids.push_back(pixels_.ids[static_cast<std::size_t>(which[i])]);
      }
      first += count;
    }
    times_.waitedMs +=
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count();
  }

  // Lies as a tensor of its own would.
  static torch::Tensor part(const torch::Tensor& whole, std::int64_t first, std::int64_t count) {
    const torch::Tensor view = whole.narrow(0, first, count);
    const auto offset = static_cast<std::size_t>(view.storage_offset()) * view.element_size();
    return offset % kAlignment == 0 ? view : view.clone();
  }

  ImageExtent extent() const {
    const torch::Tensor& images = pixels_.all.images;
    return {static_cast<int>(images.size(3)), static_cast<int>(images.size(2)),
            static_cast<int>(images.size(1))};
  }

  // All entries once: the device loads what it runs before the first step, and other streams find
  // the images whole.
  void rehearse() {
    const torch::NoGradGuard noGradients;
    Random random(seed_, 0, 0, Purpose::test);
    std::vector<Drawn> drawn;
    ImageExtent of = extent();
    for (const Augmentation& one : augmentations_) {
      drawn.push_back(drawOne(one, of, random, pixels_.labels));
      of = extentAfter(drawn.back(), of);
    }
    const PixelBatch& all = pixels_.all;
    const std::int64_t two = std::min<std::int64_t>(2, all.images.size(0));
    PixelBatch batch{all.images.narrow(0, 0, two).clone(), all.masks.narrow(0, 0, two).clone()};
    effects_.apply(std::vector<std::vector<Drawn>>(static_cast<std::size_t>(two), drawn), all,
                   batch);
    input_.images(batch.images);
    input_.target(batch.masks);
    const torch::Device device = all.images.device();
    if (device.is_cuda()) torch::cuda::synchronize(device.index());
  }

  Pixels pixels_;
  DeviceInput input_;
  DeviceEffects effects_;
  std::vector<Augmentation> augmentations_;
  std::uint64_t seed_;
  SampleOrder order_;
  std::size_t together_;  // batches that are made at once
  std::vector<DeviceBatch> made_;
  std::size_t firstMade_ = 0;
  std::uint32_t epoch_ = 0;
  std::size_t next_ = 0;
  LoaderTimes times_;
};

std::int64_t valuesOf(const ImageExtent& extent) {
  return std::int64_t{1} * extent.width * extent.height * extent.channels;
}

std::string sizeText(const ImageExtent& extent) {
  return std::to_string(extent.width) + "x" + std::to_string(extent.height) + "x" +
         std::to_string(extent.channels);
}

// What size the list leaves images of `extent` in, all of them; or which entry is in the way.
Result<ImageExtent> extentAfterAll(const std::vector<Augmentation>& list, ImageExtent extent) {
  constexpr int kTries = 64;
  const ImageExtent whole = extent;
  Random random(0, 0, 0, Purpose::test);
  for (const Augmentation& one : list) {
    const AugmentationRow* row = one.choice.row;
    const std::string name = "augmentation '" + std::string(row->name) + "'";
    if (!isDrawn(*row)) return fail(ErrorCode::unsupported, name + " is done by workers");
    if (row->draw == nullptr) {
      if (extent == whole) continue;
      return fail(ErrorCode::unsupported, name + " would take images of another size");
    }
    const bool always = one.probability == 1 && one.group.empty();
    ImageExtent after = extent;
    for (int i = 0; i < kTries; ++i) {
      const ImageExtent drawn = extentAfter(drawOne(one, extent, random), extent);
      if (i == 0 && always) after = drawn;
      if (drawn != after) {
        return fail(ErrorCode::unsupported, name + " makes images of several sizes");
      }
    }
    extent = after;
  }
  return extent;
}

// One image into its place [H,W,C], its mask into [H,W].
void copyTo(const Sample& sample, std::uint8_t* image, std::uint8_t* mask) {
  std::copy(sample.image.pixels.begin(), sample.image.pixels.end(), image);
  const std::size_t pixels = static_cast<std::size_t>(sample.image.width) * sample.image.height;
  if (sample.mask.pixels.empty()) {
    std::fill_n(mask, pixels, std::uint8_t{kVoidLabel});
  } else {
    std::copy(sample.mask.pixels.begin(), sample.mask.pixels.end(), mask);
  }
}

// All samples, a part of them after the other; `unequal`: why they cannot lie in one tensor with
// the first.
Result<Pixels> readAll(const Dataset& dataset, const Sample& firstSample, int workers,
                       torch::Device device, std::string& unequal) {
  const ImageExtent extent = extentOf(firstSample.image);
  const std::int64_t count = static_cast<std::int64_t>(dataset.size());
  const std::int64_t pixels = std::int64_t{1} * extent.width * extent.height;
  const std::int64_t imageBytes = pixels * extent.channels;
  const auto bytes = torch::dtype(torch::kUInt8).device(device);
  Pixels whole{{torch::empty({count, extent.channels, extent.height, extent.width}, bytes),
                torch::empty({count, extent.height, extent.width}, bytes)},
               std::vector<std::string>(dataset.size()),
               SampleLabels(dataset.size())};
  const std::int64_t atOnce = std::clamp<std::int64_t>(kAtOnceBytes / imageBytes, 1, count);
  for (std::int64_t first = 0; first < count; first += atOnce) {
    const std::int64_t part = std::min(atOnce, count - first);
    const torch::Tensor images =
        torch::empty({part, extent.height, extent.width, extent.channels}, torch::kUInt8);
    const torch::Tensor masks = torch::empty({part, extent.height, extent.width}, torch::kUInt8);
    std::vector<ImageExtent> extents(static_cast<std::size_t>(part));
    const auto read = [&](std::size_t i) -> Result<void> {
      const std::size_t index = static_cast<std::size_t>(first) + i;
      const Result<Sample> sample = dataset.get(index, 0);
      if (!sample) return fail(sample.error());
      whole.ids[index] = sample->id;
      whole.labels[index] = labelsOf(sample->mask);
      extents[i] = extentOf(sample->image);
      if (extents[i] != extent) return {};  // told below, the first in order
      copyTo(*sample, images.data_ptr<std::uint8_t>() + static_cast<std::int64_t>(i) * imageBytes,
             masks.data_ptr<std::uint8_t>() + static_cast<std::int64_t>(i) * pixels);
      return {};
    };
    const auto done =
        parallelFor(static_cast<std::size_t>(part),
                    {.task = "reading images", .threads = std::max(1, workers)}, read);
    if (!done) return fail(done.error());
    const auto other = std::find_if(extents.begin(), extents.end(),
                                    [&](const auto& one) { return one != extent; });
    if (other != extents.end()) {
      unequal = "images are of several sizes: " + firstSample.id + " is " + sizeText(extent) +
                ", " + whole.ids[static_cast<std::size_t>(first + (other - extents.begin()))] +
                " is " + sizeText(*other);
      return fail(ErrorCode::unsupported, unequal);
    }
    whole.all.images.narrow(0, first, part).copy_(images.to(device).permute({0, 3, 1, 2}));
    whole.all.masks.narrow(0, first, part).copy_(masks);
  }
  return whole;
}

}  // namespace

Result<Resident> residentBatches(const Dataset& dataset, const InputSpec& input,
                                 const std::vector<Augmentation>& augmentations,
                                 const LoaderOptions& options, torch::Device device) {
  const auto obstacle = [](const std::string& what) { return Resident{nullptr, what}; };
  if (dataset.fresh()) return obstacle("they are new in every epoch");
  if (options.maps != MaskMapNeeds{}) return obstacle("the loss needs maps of masks");
  if (dataset.size() == 0) return obstacle("there are none");
  const Result<Sample> first = dataset.get(0, 0);
  if (!first) return fail(first.error());
  const ImageExtent extent = extentOf(first->image);
  const Result<ImageExtent> after = extentAfterAll(augmentations, extent);
  if (!after) return obstacle(after.error().message);
  Result<DeviceInput> made = DeviceInput::make(input, *after, device);
  if (!made) return obstacle(made.error().message);
  const std::int64_t pixels = std::int64_t{1} * extent.width * extent.height;
  const std::int64_t bytes =
      static_cast<std::int64_t>(dataset.size()) * pixels * (extent.channels + 1);
  const std::int64_t most = freeBytes(device) / 2;
  if (most > 0 && bytes > most) {
    return obstacle("they take " + std::to_string(bytes / 1000000) +
                    " MB, more than half of what " + device.str() + " has free");
  }
  const std::int64_t values =
      std::max({valuesOf(extent), valuesOf(*after), made->values()}) * std::max(1, options.batch);
  const auto together =
      static_cast<std::size_t>(std::max<std::int64_t>(1, kTogetherValues / values));
  std::string unequal;
  Result<Pixels> all = readAll(dataset, *first, options.workers, device, unequal);
  if (!unequal.empty()) return obstacle(unequal);
  if (!all) return fail(all.error());
  return Resident{std::make_unique<ResidentBatches>(std::move(*all), std::move(*made),
                                                    augmentations, options, together),
                  "", bytes};
}

}  // namespace limbus
