// Eyes rendered on the spot: nothing on disk, the same images for the same options anywhere.
//
//   {"dataset": "rendered", "preset": "openeds2019", "count": 4000, "fresh": true}
//
// `presets` is a list instead of one preset: sample i is of the (i mod length)-th. `fresh` makes
// every training epoch new images. Splits draw from seeds of their own, so none sees another's
// images. `width` and `height` (32 to 4096 pixels) render the same scenes at another size.
//
// Labels go to the recipe's classes as eye_classes.h says.
#include <algorithm>

#include "native/data/dataset.h"
#include "native/data/sets/class_table.h"
#include "native/data/sets/eye_classes.h"
#include "shared/eyes/eyes.h"

namespace limbus {
namespace {

struct RenderOptions {
  std::vector<std::string> presets = {"openeds2019"};
  int count = 1000;
  int validationCount = 0;  // 0: an eighth of count
  std::uint64_t seed = 1;
  bool fresh = false;
  int width = 0;  // 0: as the preset says
  int height = 0;
  std::string others;

  void describe(OptionVisitor& v) {
    const bool writes = v.purpose() == OptionVisitor::Purpose::write;
    if (!writes || presets.size() == 1) {
      std::string preset = presets[0];
      v.choice("preset", preset, namesOf(eyePresets()), "the camera");
      if (v.given("preset")) presets = {preset};
    }
    if (!writes || presets.size() > 1) {
      v.texts("presets", presets,
              "several cameras instead of preset: image i is of the (i mod length)-th");
    }
    for (const std::string& name : presets) {
      v.require(findRow(eyePresets(), name) != nullptr, "presets",
                unknownName("preset", name, namesOf(eyePresets())));
    }
    v.require(!presets.empty(), "presets", "expected at least one name");
    v.whole("count", count, {1, 100000000}, "training images");
    v.whole("validationCount", validationCount, {0, 100000000},
            "images of the other splits; 0: an eighth of count");
    v.seed("seed", seed, "of the scenes");
    v.flag("fresh", fresh, "new training images in every epoch");
    v.whole("width", width, {0, 4096}, {"32 or more; 0: as the preset says", "px"});
    v.whole("height", height, {0, 4096}, {"32 or more; 0: as the preset says", "px"});
    describeOthers(v, others);
    const auto fits = [](int side) { return side == 0 || side >= 32; };
    v.require(fits(width) && fits(height) && (width == 0) == (height == 0), "width",
              "width and height go together, both from 32 to 4096");
  }
};

// Far apart, so that no user's neighbouring seed meets them.
std::uint64_t splitSeed(std::uint64_t seed, const std::string& split) {
  if (split == "validation") return seed + 0x9E3779B97F4A7C15ull;
  if (split == "test") return seed + 2 * 0x9E3779B97F4A7C15ull;
  return seed;
}

class RenderedEyes : public Dataset {
 public:
  RenderedEyes(RenderOptions options, const DatasetRequest& request, const EyeLabels& labels)
      : options_(std::move(options)),
        classes_(request.classes.empty() ? eyeClasses() : request.classes),
        labels_(labels),
        seed_(splitSeed(options_.seed, request.split)),
        fresh_(options_.fresh && request.split == "train") {
    size_ = options_.count;
    if (request.split != "train") {
      size_ =
          options_.validationCount > 0 ? options_.validationCount : std::max(1, options_.count / 8);
    }
  }

  std::size_t size() const override { return static_cast<std::size_t>(size_); }
  bool fresh() const override { return fresh_; }
  std::vector<ClassSpec> classes() const override { return classes_; }
  SampleFacts facts(std::size_t index) const override {
    return {.id = nameOf(index, index), .group = ""};
  }

  Result<Sample> get(std::size_t index, std::uint32_t epoch) const override {
    const std::uint64_t number = fresh_ ? std::uint64_t{epoch} * size_ + index : index;
    const std::string& preset = presetOf(index);
    const auto position = static_cast<std::uint32_t>(number);
    Result<Render> render =
        options_.width > 0 ? renderEye(preset, seed_, position, options_.width, options_.height)
                           : renderEye(preset, seed_, position);
    if (!render) return fail(render.error());
    Sample sample;
    sample.id = nameOf(index, number);
    sample.image = std::move(render->image);
    sample.mask = std::move(render->mask);
    if (labels_ != EyeLabels{0, 1, 2, 3}) {
      for (std::uint8_t& label : sample.mask.pixels) label = labels_[label];
    }
    return sample;
  }

 private:
  const std::string& presetOf(std::size_t index) const {
    return options_.presets[index % options_.presets.size()];
  }
  std::string nameOf(std::size_t index, std::uint64_t number) const {
    return presetOf(index) + "-" + std::to_string(number);
  }

  RenderOptions options_;
  std::vector<ClassSpec> classes_;
  EyeLabels labels_{};
  std::uint64_t seed_;
  bool fresh_;
  int size_ = 0;
};

Result<std::unique_ptr<Dataset>> openRendered(const DatasetRequest& request,
                                              const RenderOptions& options) {
  const Result<EyeLabels> labels = eyeLabels(request.classes, options.others);
  if (!labels) return fail(labels.error());
  return std::make_unique<RenderedEyes>(options, request, *labels);
}

}  // namespace

DatasetRow renderedRow() {
  return {"rendered", "eyes rendered on the spot", RenderOptions{}, false, typed<openRendered>};
}

}  // namespace limbus
