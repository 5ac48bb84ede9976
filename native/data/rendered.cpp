#include "native/data/rendered.h"

#include <algorithm>

#include "shared/eyes/eyes.h"
#include "shared/json_reader.h"
#include "shared/options.h"

namespace limbus {
namespace {

struct RenderOptions {
  std::vector<std::string> presets = {"openeds2019"};
  int count = 1000;
  int validationCount = 0;  // of validation and test; 0: an eighth of count
  std::uint64_t seed = 1;
  bool fresh = false;
  int width = 0;  // 0: as the preset says
  int height = 0;
};

// Far apart, so that no user's neighbouring seed meets them.
std::uint64_t splitSeed(std::uint64_t seed, const std::string& split) {
  if (split == "validation") return seed + 0x9E3779B97F4A7C15ull;
  if (split == "test") return seed + 2 * 0x9E3779B97F4A7C15ull;
  return seed;
}

Result<RenderOptions> parseOptions(const std::string& text) {
  Result<Json> json = parseJson(text, "data");
  if (!json) return fail(json.error());
  RenderOptions options;
  JsonReader reader(*json, "data");
  reader.read("preset", options.presets[0]);
  if (const Json* list = reader.value("presets")) {
    options.presets.clear();
    for (const Json& name : *list) {
      if (!name.is_string()) {
        reader.refuse("presets", "expected a list of names, got " + describeJson(*list));
        break;
      }
      options.presets.push_back(name.get<std::string>());
    }
    if (options.presets.empty()) reader.refuse("presets", "expected at least one name");
  }
  reader.read("count", options.count, 1, 100000000);
  reader.read("validationCount", options.validationCount, 1, 100000000);
  reader.read("seed", options.seed).read("fresh", options.fresh);
  reader.read("width", options.width, 32, 4096).read("height", options.height, 32, 4096);
  if (std::optional<Error> error = reader.finish()) return fail(*error);
  if ((options.width == 0) != (options.height == 0)) {
    return fail(ErrorCode::badArgument, "data: width and height go together");
  }
  for (const std::string& preset : options.presets) {
    if (findRow(eyePresets(), preset) == nullptr) {
      return fail(ErrorCode::badArgument,
                  "data.preset: " + unknownName("preset", preset, namesOf(eyePresets())));
    }
  }
  return options;
}

class RenderedEyes : public Dataset {
 public:
  RenderedEyes(RenderOptions options, const std::string& split)
      : options_(std::move(options)),
        seed_(splitSeed(options_.seed, split)),
        fresh_(options_.fresh && split == "train") {
    size_ = options_.count;
    if (split != "train") {
      size_ =
          options_.validationCount > 0 ? options_.validationCount : std::max(1, options_.count / 8);
    }
  }

  std::size_t size() const override { return static_cast<std::size_t>(size_); }

  Result<Sample> get(std::size_t index, std::uint32_t epoch) const override {
    const std::uint64_t number = fresh_ ? std::uint64_t{epoch} * size_ + index : index;
    const std::string& preset = options_.presets[index % options_.presets.size()];
    const auto position = static_cast<std::uint32_t>(number);
    Result<Render> render =
        options_.width > 0 ? renderEye(preset, seed_, position, options_.width, options_.height)
                           : renderEye(preset, seed_, position);
    if (!render) return fail(render.error());
    Sample sample;
    sample.id = preset + "-" + std::to_string(number);
    sample.image = std::move(render->image);
    sample.mask = std::move(render->mask);
    return sample;
  }

 private:
  RenderOptions options_;
  std::uint64_t seed_;
  bool fresh_;
  int size_ = 0;
};

}  // namespace

Result<std::unique_ptr<Dataset>> openRendered(const DatasetRequest& request) {
  Result<RenderOptions> options = parseOptions(request.optionsJson);
  if (!options) return fail(options.error());
  if (!request.classes.empty() && request.classes.size() < 4) {
    return fail(ErrorCode::badArgument,
                "rendered eyes have 4 classes (background, sclera, iris, pupil), the net has " +
                    std::to_string(request.classes.size()));
  }
  return std::make_unique<RenderedEyes>(std::move(*options), request.split);
}

}  // namespace limbus
