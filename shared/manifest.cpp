#include "shared/manifest.h"

#include <cmath>
#include <limits>
#include <set>

#include "shared/class_colours.h"
#include "shared/colour_text.h"
#include "shared/input_presets.h"
#include "shared/options/json.h"

namespace limbus {
namespace {

const std::vector<EnumName<Colour>> kColours = {
    {Colour::grey, "grey"}, {Colour::rgb, "rgb"}, {Colour::bgr, "bgr"}};
const std::vector<EnumName<ResizeRule>> kResizeRules = {{ResizeRule::none, "none"},
                                                        {ResizeRule::stretch, "stretch"},
                                                        {ResizeRule::fit, "fit"},
                                                        {ResizeRule::shrink, "shrink"}};
const std::vector<EnumName<Interpolation>> kInterpolations = {{Interpolation::nearest, "nearest"},
                                                              {Interpolation::linear, "linear"},
                                                              {Interpolation::area, "area"},
                                                              {Interpolation::cubic, "cubic"}};
const std::vector<EnumName<PadRule>> kPadRules = {{PadRule::box, "box"},
                                                  {PadRule::multiple, "multiple"}};
const std::vector<EnumName<PadFill>> kPadFills = {{PadFill::constant, "constant"},
                                                  {PadFill::replicate, "replicate"},
                                                  {PadFill::reflect, "reflect"}};
const std::vector<EnumName<PadPlace>> kPadPlaces = {{PadPlace::centre, "centre"},
                                                    {PadPlace::end, "end"}};
const std::vector<EnumName<Normalise>> kNormalisations = {{Normalise::constants, "constants"},
                                                          {Normalise::image, "image"}};
const std::vector<EnumName<OutputKind>> kOutputKinds = {
    {OutputKind::logits, "logits"},
    {OutputKind::probabilities, "probabilities"},
    {OutputKind::argmax, "argmax"}};
const std::vector<EnumName<Layout>> kLayouts = {{Layout::nchw, "nchw"}, {Layout::nhwc, "nhwc"}};
const std::vector<EnumName<RegionRule>> kRegionRules = {
    {RegionRule::byRole, "byRole"}, {RegionRule::all, "all"}, {RegionRule::largest, "largest"}};
const std::vector<std::string> kRoles = {"", "background", "sclera", "iris", "pupil"};

constexpr int kMaxPlanes = 256;

void describePad(OptionVisitor& v, InputSpec& spec) {
  v.choice("to", spec.pad, kPadRules, "box: width x height; multiple: the next multiple");
  v.whole("multiple", spec.multiple, {1, 512}, {"that both sides become multiples of", "px"});
  v.choice("fill", spec.padFill, kPadFills, "what stands in the padding");
  v.whole("value", spec.padValue, {0, 255}, {"for fill constant", "grey levels"});
  v.choice("place", spec.padPlace, kPadPlaces, "end: right and below only");
}

// A name in the place of numbers; only these are written.
void describePreset(OptionVisitor& v, InputSpec& spec) {
  std::string name;
  v.choice("name", name, namesOf(inputPresets()),
           "whose mean and std: another toolkit's or a data set's, in the order of the colours; "
           "those given beside it count");
  if (const InputPreset* preset = findRow(inputPresets(), name)) normaliseBy(*preset, spec);
}

void describeNormalise(OptionVisitor& v, InputSpec& spec) {
  const std::size_t channels = static_cast<std::size_t>(spec.channels());
  const bool writes = v.purpose() == OptionVisitor::Purpose::write;
  if (v.purpose() == OptionVisitor::Purpose::read) {
    spec.mean.assign(channels, 0.0);
    spec.std.assign(channels, 1.0);
  }
  if (!writes) describePreset(v, spec);
  v.choice("by", spec.normalise, kNormalisations,
           "constants, or the image's own mean and deviation");
  if (!writes || spec.normalise == Normalise::constants) {
    v.numbers("mean", spec.mean, {-1e3, 1e3}, "per channel, of values in [0,1]");
    v.numbers("std", spec.std, {1e-6, 1e6}, "per channel, of values in [0,1]");
  }
  if (!writes || spec.normalise == Normalise::image) {
    v.number("minDeviation", spec.minDeviation, {1e-3, 255},
             {"the deviation is taken to be at least this", "grey levels"});
  }
  if (v.failed()) return;
  for (const auto& [key, values] : {std::pair("mean", &spec.mean), std::pair("std", &spec.std)}) {
    v.require(values->size() == channels, key,
              "expected " + std::to_string(channels) +
                  (channels == 1 ? " number" : " numbers, one per channel") + ", got " +
                  std::to_string(values->size()));
  }
}

// What only foreign files have is written only where it is not as ours have it.
bool worthSaying(const OptionVisitor& v, bool unusual) {
  return v.purpose() != OptionVisitor::Purpose::write || unusual;
}

void describeFileInput(OptionVisitor& v, InputSpec& spec) {
  if (worthSaying(v, spec.layout != Layout::nchw)) {
    v.choice("layout", spec.layout, kLayouts, "of the file's input tensor");
  }
  if (worthSaying(v, spec.planes > 0)) {
    v.whole("channels", spec.planes, {0, kMaxPlanes},
            "of the network, which repeat the colours in turn; 0: as many as the colours");
  }
  spec.describe(v);
}

void describeClass(OptionVisitor& v, ClassSpec& spec) {
  v.text("name", spec.name, required("of the class"), 64);
  v.require(!v.given("name") || !spec.name.empty(), "name", "must not be empty");
  std::string colour = colourText(spec.colour);
  v.text("colour", colour, "in masks and overlays, like \"#ff8800\"");
  if (const auto parsed = parseColour(colour)) {
    spec.colour = *parsed;
  } else {
    v.refuse("colour", "expected a colour like \"#ff8800\", got \"" + colour + "\"");
  }
  if (v.purpose() == OptionVisitor::Purpose::write && spec.role.empty()) return;
  v.choice("role", spec.role, kRoles, "switches on what is measured");
}

Result<void> outside(const std::string& place, const std::string& range, double value) {
  return fail(ErrorCode::badArgument,
              place + ": expected " + range + ", got " + dumpJson(plainNumber(value)));
}

}  // namespace

Result<void> checkInputSpec(const InputSpec& spec, const std::string& where) {
  struct Row {
    const char* key;
    double value, low, high;
    const char* range;
  };
  const Clahe clahe = spec.clahe.value_or(Clahe{});
  const Row rows[] = {
      {"width", static_cast<double>(spec.width), 1, kMaxSide, "1 to 16384"},
      {"height", static_cast<double>(spec.height), 1, kMaxSide, "1 to 16384"},
      {"gamma", spec.gamma, 1e-3, 1e3, "0.001 to 1000"},
      {"clahe.clipLimit", clahe.clipLimit, 1e-3, 1e6, "0.001 to 1000000"},
      {"clahe.tilesX", static_cast<double>(clahe.tilesX), 1, 64, "1 to 64"},
      {"clahe.tilesY", static_cast<double>(clahe.tilesY), 1, 64, "1 to 64"},
      {"pad.multiple", static_cast<double>(spec.multiple), 1, 512, "1 to 512"},
      {"pad.value", static_cast<double>(spec.padValue), 0, 255, "0 to 255"},
      {"normalise.minDeviation", spec.minDeviation, 1e-3, 255, "0.001 to 255"},
      {"channels", static_cast<double>(spec.planes), 0, kMaxPlanes, "0 to 256"},
  };
  for (const Row& row : rows) {
    if (row.value >= row.low && row.value <= row.high) continue;
    return outside(where + "." + row.key, row.range, row.value);
  }
  const std::size_t channels = static_cast<std::size_t>(spec.channels());
  for (const std::vector<double>* values : {&spec.mean, &spec.std}) {
    if (values->empty() || values->size() == channels) continue;
    return outside(where + ".normalise", std::to_string(channels) + " mean and std values",
                   static_cast<double>(values->size()));
  }
  for (const double mean : spec.mean) {
    if (!(std::fabs(mean) <= 1e3)) return outside(where + ".normalise.mean", "-1000 to 1000", mean);
  }
  for (const double deviation : spec.std) {
    if (deviation >= 1e-6 && deviation <= 1e6) continue;
    return outside(where + ".normalise.std", "0.000001 to 1000000", deviation);
  }
  return {};
}

void Clahe::describe(OptionVisitor& v) {
  v.number("clipLimit", clipLimit, {1e-3, 1e6}, "how much contrast may be raised");
  v.whole("tilesX", tilesX, {1, 64}, "tiles across");
  v.whole("tilesY", tilesY, {1, 64}, "tiles down");
}

void InputSpec::describe(OptionVisitor& v) {
  v.whole("width", width, {1, kMaxSide}, required(About("of the network input", "px")));
  v.whole("height", height, {1, kMaxSide}, required(About("of the network input", "px")));
  v.choice("colour", colour, kColours, "channels that the network sees");
  v.choice("resize", resize, kResizeRules,
           "stretch to width x height; fit inside them; shrink: as fit, smaller images stay");
  v.choice("interpolation", interpolation, kInterpolations, "of the resize");
  v.number("gamma", gamma, {1e-3, 1e3}, "exponent of the values in [0,1]");
  v.optional("clahe", clahe, "contrast limited adaptive histogram equalisation");
  v.object("pad", "what is added around the image",
           [this](OptionVisitor& inner) { describePad(inner, *this); });
  v.object(
      "normalise", "the last step: a preset's name, or how",
      [this](OptionVisitor& inner) { describeNormalise(inner, *this); }, "name");
}

void describeClasses(OptionVisitor& v, std::vector<ClassSpec>& classes, const char* shorthand) {
  std::set<std::string> names, roles;
  v.list("classes", required("in the order of the labels 0, 1, ..."),
         {.size = classes.size(),
          .least = 2,
          .most = 255,
          .noun = "classes",
          .shorthand = shorthand,
          .resize =
              [&](std::size_t count) {
                classes.assign(count, {});
                for (std::size_t i = 0; i < count; ++i) {
                  classes[i].colour = classColour(i);
                }
              },
          .each =
              [&](std::size_t index, OptionVisitor& inner) {
                ClassSpec& spec = classes[index];
                describeClass(inner, spec);
                inner.require(names.insert(spec.name).second, "name",
                              "\"" + spec.name + "\" is the name of an earlier class");
                inner.require(spec.role.empty() || roles.insert(spec.role).second, "role",
                              "\"" + spec.role + "\" is the role of an earlier class");
              }});
}

void OutputSpec::describe(OptionVisitor& v) {
  v.choice("kind", kind, kOutputKinds, "what the network ends in");
  v.whole("stride", stride, {1, 512}, {"input pixels per output pixel", "px"});
  v.flag("alignCorners", alignCorners, "the corner rule of the upsampling that follows");
  if (worthSaying(v, !name.empty())) v.text("name", name, "which of several outputs", 256);
  if (worthSaying(v, layout != Layout::nchw)) {
    v.choice("layout", layout, kLayouts, "of the file's output tensor");
  }
  if (!worthSaying(v, threshold.has_value())) return;
  double level = threshold.value_or(0.5);
  v.number("threshold", level, {1e-6, 1 - 1e-6},
           "given where class 0 has no channel: it is where no other is more probable than this");
  if (v.given("threshold")) threshold = level;
  v.require(kind != OutputKind::argmax || !v.given("threshold"), "threshold",
            "class indices have none; leave it out");
}

void RegionSpec::describe(OptionVisitor& v) {
  v.choice("rule", rule, kRegionRules,
           "byRole: one pupil and one iris, of other classes all parts; largest: one part of each; "
           "or all");
  v.whole("minAreaPx", minAreaPx, {1, 1 << 30}, {"smaller regions are dropped", "px"});
  if (!worthSaying(v, neck != 0)) return;
  v.number("neck", neck, {0, 1},
           "what touches is parted where it is narrower than this share of the thinner part; 0: "
           "never");
  v.require(rule != RegionRule::largest || neck == 0, "neck",
            "parts nothing under the rule \"largest\"; say \"all\", or leave it out");
}

void Manifest::describe(OptionVisitor& v) {
  v.whole("formatVersion", formatVersion, {1, std::numeric_limits<int>::max()},
          required("of the manifest"));
  v.text("name", name, "of the model");
  v.text("description", description, "what it is for");
  v.text("licence", licence, "of the weights");
  v.text("trainingData", trainingData, "what it was trained on");
  v.object("input", required("from pixels to network input"),
           [this](OptionVisitor& inner) { describeFileInput(inner, input); });
  describeClasses(v, classes);
  v.object("output", output, "what comes out of the network");
  v.object("regions", regions, "what counts as a region");
  v.whole("learnedParameters", learnedParameters, {0, kMaxJsonInteger},
          "as trained: with batch norms and auxiliary heads");
  v.numberMap("scores", scores, "what was measured");
}

Result<Manifest> parseManifest(std::string_view text) {
  const std::string where = "manifest";
  const Result<Json> json = parseJson(text, where);
  if (!json) return fail(json.error());
  if (json->is_object()) {
    const Json version = json->value("formatVersion", Json());
    if (version.is_number() && version >= Manifest::currentFormatVersion + 1) {  // 2.0 too
      return fail(ErrorCode::unsupported, where + ".formatVersion: " + dumpJson(version) +
                                              " is newer than this build reads (" +
                                              std::to_string(Manifest::currentFormatVersion) +
                                              "); update limbus");
    }
  }
  Manifest manifest;
  if (auto read = readOptions(*json, where, manifest); !read) return fail(read.error());
  return manifest;
}

std::string toJson(const Manifest& manifest) { return dumpJson(writeOptions(manifest)); }

}  // namespace limbus
