#include "shared/manifest.h"

#include <cmath>
#include <limits>
#include <set>

#include "shared/colour_text.h"
#include "shared/json_reader.h"

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
const std::vector<EnumName<OutputKind>> kOutputKinds = {{OutputKind::logits, "logits"},
                                                        {OutputKind::argmax, "argmax"}};
const std::vector<EnumName<RegionRule>> kRegionRules = {{RegionRule::all, "all"},
                                                        {RegionRule::largest, "largest"}};
const std::vector<std::string> kRoles = {"", "background", "sclera", "iris", "pupil"};

constexpr int kMaxSide = 16384;
constexpr std::int64_t kMaxCount = std::int64_t{1} << 53;  // what JavaScript holds exactly

// For classes that name no colour, in their order.
constexpr std::array<std::array<std::uint8_t, 3>, 8> kPalette = {{{32, 32, 40},
                                                                  {240, 228, 66},
                                                                  {0, 158, 115},
                                                                  {213, 94, 0},
                                                                  {86, 180, 233},
                                                                  {204, 121, 167},
                                                                  {230, 159, 0},
                                                                  {0, 114, 178}}};

template <class Enum>
const char* nameOf(Enum value, const std::vector<EnumName<Enum>>& names) {
  for (const EnumName<Enum>& name : names) {
    if (name.value == value) return name.name;
  }
  return "";
}

void readClahe(JsonReader reader, Clahe& clahe) {
  reader.read("clipLimit", clahe.clipLimit, 1e-3, 1e6);
  reader.read("tilesX", clahe.tilesX, 1, 64);
  reader.read("tilesY", clahe.tilesY, 1, 64);
  reader.finish();
}

void readPad(JsonReader reader, InputSpec& spec) {
  reader.read("to", spec.pad, kPadRules);
  reader.read("multiple", spec.multiple, 1, 512);
  reader.read("fill", spec.padFill, kPadFills);
  reader.read("value", spec.padValue, 0, 255);
  reader.read("place", spec.padPlace, kPadPlaces);
  reader.finish();
}

void readNormalise(JsonReader reader, InputSpec& spec) {
  const std::size_t channels = static_cast<std::size_t>(spec.channels());
  spec.mean.assign(channels, 0.0);
  spec.std.assign(channels, 1.0);
  reader.read("by", spec.normalise, kNormalisations);
  reader.read("mean", spec.mean, -1e3, 1e3);
  reader.read("std", spec.std, 1e-6, 1e6);
  reader.read("minDeviation", spec.minDeviation, 1e-3, 255.0);
  for (const char* key : {"mean", "std"}) {
    const std::vector<double>& values = key[0] == 'm' ? spec.mean : spec.std;
    if (values.size() == channels) continue;
    reader.refuse(key, "expected " + std::to_string(channels) +
                           (channels == 1 ? " number" : " numbers, one per channel") + ", got " +
                           std::to_string(values.size()));
  }
  reader.finish();
}

std::optional<Error> readInput(JsonReader reader, InputSpec& spec) {
  reader.required("width").read("width", spec.width, 1, kMaxSide);
  reader.required("height").read("height", spec.height, 1, kMaxSide);
  reader.read("colour", spec.colour, kColours);
  reader.read("resize", spec.resize, kResizeRules);
  reader.read("interpolation", spec.interpolation, kInterpolations);
  reader.read("gamma", spec.gamma, 1e-3, 1e3);
  if (reader.value("clahe") != nullptr) {
    spec.clahe.emplace();
    readClahe(reader.object("clahe"), *spec.clahe);
  }
  readPad(reader.object("pad"), spec);
  readNormalise(reader.object("normalise"), spec);
  return reader.finish();
}

ClassSpec readClass(JsonReader& reader, std::size_t index) {
  ClassSpec spec;
  spec.colour = kPalette[index % kPalette.size()];
  reader.required("name").read("name", spec.name, 64);
  if (reader.has("name") && spec.name.empty()) reader.refuse("name", "must not be empty");
  std::string colour = colourText(spec.colour);
  reader.read("colour", colour);
  if (const auto parsed = parseColour(colour)) {
    spec.colour = *parsed;
  } else {
    reader.refuse("colour", "expected a colour like \"#ff8800\", got \"" + colour + "\"");
  }
  if (const auto role = reader.readName("role", kRoles)) spec.role = kRoles[*role];
  reader.finish();
  return spec;
}

std::vector<ClassSpec> readClasses(JsonReader& parent, const char* key) {
  std::vector<ClassSpec> classes;
  std::set<std::string> names;
  std::set<std::string> roles;
  for (JsonReader& reader : parent.objects(key, 255)) {
    ClassSpec spec = readClass(reader, classes.size());
    if (!names.insert(spec.name).second) {
      reader.refuse("name", "\"" + spec.name + "\" is the name of an earlier class");
    }
    if (!spec.role.empty() && !roles.insert(spec.role).second) {
      reader.refuse("role", "\"" + spec.role + "\" is the role of an earlier class");
    }
    classes.push_back(std::move(spec));
  }
  if (parent.has(key) && classes.size() < 2) {
    parent.refuse(key, "expected 2 to 255 classes, got " + std::to_string(classes.size()));
  }
  return classes;
}

void readOutput(JsonReader reader, OutputSpec& spec) {
  reader.read("kind", spec.kind, kOutputKinds);
  reader.read("stride", spec.stride, 1, 512);
  reader.read("alignCorners", spec.alignCorners);
  reader.finish();
}

void readRegions(JsonReader& reader, RegionSpec& spec) {
  reader.read("rule", spec.rule, kRegionRules);
  reader.read("minAreaPx", spec.minAreaPx, 1, 1 << 30);
}

void readScores(JsonReader& parent, std::map<std::string, double>& scores) {
  const Json* value = parent.value("scores");
  if (value == nullptr) return;
  if (!value->is_object()) {
    parent.refuse("scores", "expected an object of numbers, got " + describeJson(*value));
    return;
  }
  for (const auto& entry : value->items()) {
    if (!entry.value().is_number()) {
      parent.refuse(("scores." + entry.key()).c_str(),
                    "expected a number, got " + describeJson(entry.value()));
      return;
    }
    scores[entry.key()] = entry.value().get<double>();
  }
}

// Whole numbers without ".0", so that {"gamma":1} stays what somebody wrote.
Json number(double value) {
  if (std::floor(value) == value && std::fabs(value) < 1e15) {
    return static_cast<std::int64_t>(value);
  }
  return value;
}

Json numbers(const std::vector<double>& values) {
  Json array = Json::array();
  for (const double value : values) array.push_back(number(value));
  return array;
}

Json inputJson(const InputSpec& spec) {
  Json json;
  json["width"] = spec.width;
  json["height"] = spec.height;
  json["colour"] = nameOf(spec.colour, kColours);
  json["resize"] = nameOf(spec.resize, kResizeRules);
  json["interpolation"] = nameOf(spec.interpolation, kInterpolations);
  json["gamma"] = number(spec.gamma);
  if (spec.clahe) {
    Json clahe;
    clahe["clipLimit"] = number(spec.clahe->clipLimit);
    clahe["tilesX"] = spec.clahe->tilesX;
    clahe["tilesY"] = spec.clahe->tilesY;
    json["clahe"] = clahe;
  }
  Json pad;
  pad["to"] = nameOf(spec.pad, kPadRules);
  pad["multiple"] = spec.multiple;
  pad["fill"] = nameOf(spec.padFill, kPadFills);
  pad["value"] = spec.padValue;
  pad["place"] = nameOf(spec.padPlace, kPadPlaces);
  json["pad"] = pad;
  Json normalise;
  normalise["by"] = nameOf(spec.normalise, kNormalisations);
  if (spec.normalise == Normalise::constants) {
    if (!spec.mean.empty()) normalise["mean"] = numbers(spec.mean);
    if (!spec.std.empty()) normalise["std"] = numbers(spec.std);
  } else {
    normalise["minDeviation"] = number(spec.minDeviation);
  }
  json["normalise"] = normalise;
  return json;
}

Json classesJson(const std::vector<ClassSpec>& classes) {
  Json array = Json::array();
  for (const ClassSpec& spec : classes) {
    Json json;
    json["name"] = spec.name;
    json["colour"] = colourText(spec.colour);
    if (!spec.role.empty()) json["role"] = spec.role;
    array.push_back(json);
  }
  return array;
}

Result<void> outside(const std::string& place, const std::string& range, double value) {
  return fail(ErrorCode::badArgument,
              place + ": expected " + range + ", got " + dumpJson(number(value)));
}

}  // namespace

Result<void> checkInputSpec(const InputSpec& spec, const std::string& where) {
  const std::string side = "1 to " + std::to_string(kMaxSide);
  if (spec.width < 1 || spec.width > kMaxSide) return outside(where + ".width", side, spec.width);
  if (spec.height < 1 || spec.height > kMaxSide) {
    return outside(where + ".height", side, spec.height);
  }
  if (!(spec.gamma > 0)) return outside(where + ".gamma", "more than 0", spec.gamma);
  if (spec.multiple < 1 || spec.multiple > 512) {
    return outside(where + ".pad.multiple", "1 to 512", spec.multiple);
  }
  if (spec.padValue < 0 || spec.padValue > 255) {
    return outside(where + ".pad.value", "0 to 255", spec.padValue);
  }
  if (spec.clahe) {
    if (!(spec.clahe->clipLimit > 0)) {
      return outside(where + ".clahe.clipLimit", "more than 0", spec.clahe->clipLimit);
    }
    for (const int tiles : {spec.clahe->tilesX, spec.clahe->tilesY}) {
      if (tiles < 1 || tiles > 64) return outside(where + ".clahe tiles", "1 to 64", tiles);
    }
  }
  const std::size_t channels = static_cast<std::size_t>(spec.channels());
  for (const std::vector<double>* values : {&spec.mean, &spec.std}) {
    if (values->empty() || values->size() == channels) continue;
    return outside(where + ".normalise", std::to_string(channels) + " mean and std values",
                   static_cast<double>(values->size()));
  }
  for (const double deviation : spec.std) {
    if (!(deviation > 0)) return outside(where + ".normalise.std", "more than 0", deviation);
  }
  if (!(spec.minDeviation > 0)) {
    return outside(where + ".normalise.minDeviation", "more than 0", spec.minDeviation);
  }
  return {};
}

Result<Manifest> parseManifest(std::string_view text) {
  const std::string where = "manifest";
  const Result<Json> json = parseJson(text, where);
  if (!json) return fail(json.error());
  Manifest manifest;
  JsonReader reader(*json, where);
  reader.required("formatVersion")
      .read("formatVersion", manifest.formatVersion, 1, std::numeric_limits<int>::max());
  if (manifest.formatVersion > Manifest::currentFormatVersion) {
    return fail(ErrorCode::unsupported,
                where + ".formatVersion: " + std::to_string(manifest.formatVersion) +
                    " is newer than this build reads (" +
                    std::to_string(Manifest::currentFormatVersion) + "); update limbus");
  }
  reader.read("name", manifest.name);
  reader.read("description", manifest.description);
  reader.read("licence", manifest.licence);
  reader.read("trainingData", manifest.trainingData);
  reader.required("input");
  if (reader.has("input")) readInput(reader.object("input"), manifest.input);
  reader.required("classes");
  manifest.classes = readClasses(reader, "classes");
  readOutput(reader.object("output"), manifest.output);
  JsonReader regions = reader.object("regions");
  readRegions(regions, manifest.regions);
  regions.finish();
  reader.read("learnedParameters", manifest.learnedParameters, std::int64_t{0}, kMaxCount);
  readScores(reader, manifest.scores);
  if (const auto error = reader.finish()) return fail(*error);
  return manifest;
}

std::string toJson(const Manifest& manifest) {
  Json json;
  json["formatVersion"] = manifest.formatVersion;
  json["name"] = manifest.name;
  json["description"] = manifest.description;
  json["licence"] = manifest.licence;
  json["trainingData"] = manifest.trainingData;
  json["input"] = inputJson(manifest.input);
  json["classes"] = classesJson(manifest.classes);
  json["output"]["kind"] = nameOf(manifest.output.kind, kOutputKinds);
  json["output"]["stride"] = manifest.output.stride;
  json["output"]["alignCorners"] = manifest.output.alignCorners;
  json["regions"]["rule"] = nameOf(manifest.regions.rule, kRegionRules);
  json["regions"]["minAreaPx"] = manifest.regions.minAreaPx;
  json["learnedParameters"] = manifest.learnedParameters;
  json["scores"] = Json::object();
  for (const auto& score : manifest.scores) {
    if (std::isfinite(score.second)) json["scores"][score.first] = number(score.second);
  }
  return dumpJson(json);
}

Result<InputSpec> parseInputSpec(std::string_view text, const std::string& where) {
  const Result<Json> json = parseJson(text, where);
  if (!json) return fail(json.error());
  InputSpec spec;
  if (const auto error = readInput(JsonReader(*json, where), spec)) return fail(*error);
  return spec;
}

Result<std::vector<ClassSpec>> parseClasses(std::string_view text, const std::string& where) {
  const Result<Json> json = parseJson(text, where);
  if (!json) return fail(json.error());
  const std::size_t dot = where.rfind('.');
  const bool nested = dot != std::string::npos;
  const std::string key = nested ? where.substr(dot + 1) : where;
  Json parent;
  parent[key] = *json;
  JsonReader reader(parent, nested ? where.substr(0, dot) : std::string());
  std::vector<ClassSpec> classes = readClasses(reader, key.c_str());
  if (const auto error = reader.finish()) return fail(*error);
  return classes;
}

Result<RegionSpec> parseRegionSpec(std::string_view text, const std::string& where) {
  const Result<Json> json = parseJson(text, where);
  if (!json) return fail(json.error());
  RegionSpec spec;
  JsonReader reader(*json, where);
  readRegions(reader, spec);
  if (const auto error = reader.finish()) return fail(*error);
  return spec;
}

}  // namespace limbus
