#include "native/train/recipe.h"

#include "native/data/dataset.h"
#include "native/system/files.h"
#include "native/train/best_metric.h"
#include "native/train/losses.h"
#include "native/train/optimizers.h"
#include "native/train/recipe_overrides.h"
#include "native/train/schedules.h"
#include "shared/json_reader.h"

namespace limbus {
namespace {

constexpr const char* kWhere = "recipe";

// {"name": ..., option: number, ...}, or the name alone as a string.
NamedOptions readNamed(JsonReader& reader, const char* key, NamedOptions byDefault) {
  const Json* value = reader.value(key);
  if (value == nullptr) return byDefault;
  if (value->is_string()) return {value->get<std::string>(), {}};
  if (!value->is_object() || !value->contains("name") || !(*value)["name"].is_string()) {
    reader.refuse(key, "expected a name or an object with a \"name\", got " + describeJson(*value));
    return byDefault;
  }
  NamedOptions named{(*value)["name"].get<std::string>(), {}};
  for (const auto& [option, number] : value->items()) {
    if (option == "name") continue;
    if (number.is_number()) {
      named.options[option] = number.get<double>();
    } else if (number.is_boolean()) {
      named.options[option] = number.get<bool>() ? 1.0 : 0.0;
    } else {
      reader.refuse(key, "option '" + option + "' must be a number, got " + describeJson(number));
    }
  }
  return named;
}

void refuseAt(JsonReader& reader, const char* key, const Error& error) {
  reader.refuse(key, error.message);
}

void readNet(JsonReader& reader, Recipe& recipe) {
  NamedOptions named = readNamed(reader, "net", {});
  if (reader.failed() || named.name.empty()) return;
  for (const char* option : {"inputChannels", "classes"}) {
    if (named.options.count(option) == 0) continue;
    reader.refuse(
        "net", std::string("leave out '") + option + "'; it follows from input.colour and classes");
    return;
  }
  recipe.netName = named.name;
  recipe.net = std::move(named.options);
  recipe.net["inputChannels"] = recipe.input.channels();
  recipe.net["classes"] = static_cast<double>(recipe.classes.size());
  if (const Result<Graph> graph = buildNet(recipe.netName, recipe.net); !graph) {
    refuseAt(reader, "net", graph.error());
    return;
  }
  for (const OptionRow& option : findRow(nets(), recipe.netName)->options) {
    recipe.net.emplace(option.name, option.defaultValue);
  }
}

// A part that another file parses from its own JSON text.
template <class Part>
void readPart(JsonReader& reader, const char* key, Part& out,
              Result<Part> (*parse)(std::string_view, const std::string&)) {
  const Json* value = reader.value(key);
  if (value == nullptr || reader.failed()) return;
  Result<Part> part = parse(dumpJson(*value), reader.place(key));
  if (part) {
    out = std::move(*part);
    return;
  }
  // The message opens with its own place, which may lie deeper than `key`.
  const std::string& message = part.error().message;
  const std::string opening = reader.where() + ".";
  const std::size_t colon = message.find(": ");
  if (message.rfind(opening, 0) == 0 && colon != std::string::npos) {
    reader.refuse(message.substr(opening.size(), colon - opening.size()).c_str(),
                  message.substr(colon + 2));
  } else {
    reader.refuse(key, message);
  }
}

Result<std::vector<Augmentation>> parseAugmentationView(std::string_view json,
                                                        const std::string& where) {
  return parseAugmentations(std::string(json), where);
}

void readData(JsonReader& reader, Recipe& recipe) {
  const Json* value = reader.value("data");
  if (value == nullptr) return;
  if (!value->is_object() || !value->contains("dataset") || !(*value)["dataset"].is_string()) {
    reader.refuse("data", "expected an object with a \"dataset\", got " + describeJson(*value));
    return;
  }
  recipe.dataset = (*value)["dataset"].get<std::string>();
  if (findRow(datasets(), recipe.dataset) == nullptr) {
    reader.refuse("data", unknownName("dataset", recipe.dataset, namesOf(datasets())));
  }
  Json options = *value;
  options.erase("dataset");
  recipe.datasetOptionsJson = dumpJson(options);
}

void readNames(JsonReader& reader, Recipe& recipe) {
  recipe.loss = readNamed(reader, "loss", recipe.loss);
  recipe.optimizer = readNamed(reader, "optimizer", recipe.optimizer);
  recipe.schedule = readNamed(reader, "schedule", recipe.schedule);
  if (const auto loss = makeLoss(recipe.loss); !loss) refuseAt(reader, "loss", loss.error());
  if (const auto made = makeOptimizer(recipe.optimizer, {}); !made) {
    refuseAt(reader, "optimizer", made.error());
  }
  if (const auto made = makeSchedule(recipe.schedule); !made) {
    refuseAt(reader, "schedule", made.error());
  }
  reader.read("bestMetric", recipe.bestMetric);
  if (findRow(bestMetrics(), recipe.bestMetric) == nullptr) {
    reader.refuse("bestMetric", unknownName("metric", recipe.bestMetric, namesOf(bestMetrics())));
  }
}

Result<Recipe> readRecipeJson(const Json& json) {
  Recipe recipe;
  JsonReader reader(json, kWhere);
  reader.required("name").read("name", recipe.name, 128);
  reader.read("description", recipe.description).read("licence", recipe.licence);
  reader.read("trainingData", recipe.trainingData);
  for (const char* key : {"net", "input", "classes", "data"}) reader.required(key);
  readPart(reader, "input", recipe.input, parseInputSpec);
  readPart(reader, "classes", recipe.classes, parseClasses);
  readPart(reader, "regions", recipe.regions, parseRegionSpec);
  readPart(reader, "augment", recipe.augmentations, parseAugmentationView);
  readNet(reader, recipe);
  readData(reader, recipe);
  readNames(reader, recipe);
  reader.required("epochs").read("epochs", recipe.epochs, 1, 1000000);
  reader.read("batch", recipe.batch, 1, 65536).read("workers", recipe.workers, 0, 256);
  reader.read("seed", recipe.seed).read("emaDecay", recipe.emaDecay, 0.0, 0.9999999);
  if (auto error = reader.finish()) return fail(*error);
  return recipe;
}

Json namedJson(const NamedOptions& named, const OptionValues& complete) {
  Json json = {{"name", named.name}};
  for (const auto& [option, value] : complete) json[option] = value;
  return json;
}

// The options of all terms; one name means the same number in each.
OptionValues lossOptions(const NamedOptions& named) {
  OptionValues options;
  const Result<Loss> loss = makeLoss(named);
  for (const LossTerm& term : loss->terms) options.insert(term.options.begin(), term.options.end());
  return options;
}

}  // namespace

Result<Recipe> parseRecipe(const std::string& json, const std::vector<std::string>& overrides) {
  Result<Json> parsed = parseJson(json, kWhere);
  if (!parsed) return fail(parsed.error());
  for (const std::string& text : overrides) {
    if (const Result<void> set = applyOverride(*parsed, text); !set) return fail(set.error());
  }
  Result<Recipe> recipe = readRecipeJson(*parsed);
  if (!recipe) return recipe;
  recipe->source = json;
  recipe->json = parsed->dump(2);
  return recipe;
}

Result<Recipe> readRecipe(const std::filesystem::path& file,
                          const std::vector<std::string>& overrides) {
  const Result<std::string> text = readBytes(file);
  if (!text) return fail(text.error());
  Result<Recipe> recipe = parseRecipe(*text, overrides);
  if (!recipe) return fail(recipe.error().code, file.string() + ": " + recipe.error().message);
  return recipe;
}

Manifest manifestOf(const Recipe& recipe) {
  Manifest manifest;
  manifest.name = recipe.name;
  manifest.description = recipe.description;
  manifest.licence = recipe.licence;
  manifest.trainingData = recipe.trainingData;
  manifest.input = recipe.input;
  manifest.classes = recipe.classes;
  manifest.regions = recipe.regions;
  return manifest;
}

std::string completeJson(const Recipe& recipe) {
  const Json manifest = Json::parse(toJson(manifestOf(recipe)));
  OptionValues netOptions = recipe.net;
  netOptions.erase("inputChannels");
  netOptions.erase("classes");
  Json data = {{"dataset", recipe.dataset}};
  data.update(Json::parse(recipe.datasetOptionsJson));
  Json augment = Json::array();
  for (const Augmentation& augmentation : recipe.augmentations) {
    Json row = {{"name", augmentation.row->name}, {"p", augmentation.probability}};
    for (const auto& [option, value] : augmentation.options) row[option] = value;
    augment.push_back(std::move(row));
  }
  const Result<Schedule> schedule = makeSchedule(recipe.schedule);
  const Json json = {
      {"name", recipe.name},
      {"description", recipe.description},
      {"licence", recipe.licence},
      {"trainingData", recipe.trainingData},
      {"net", namedJson({recipe.netName, {}}, netOptions)},
      {"input", manifest.at("input")},
      {"classes", manifest.at("classes")},
      {"regions", manifest.at("regions")},
      {"data", data},
      {"augment", augment},
      {"loss", namedJson(recipe.loss, lossOptions(recipe.loss))},
      {"optimizer",
       namedJson(
           recipe.optimizer,
           *completeOptions("optimizer", findRow(optimizers(), recipe.optimizer.name)->options,
                            recipe.optimizer.options))},
      {"schedule", namedJson(recipe.schedule, schedule->options)},
      {"epochs", recipe.epochs},
      {"batch", recipe.batch},
      {"workers", recipe.workers},
      {"seed", recipe.seed},
      {"emaDecay", recipe.emaDecay},
      {"bestMetric", recipe.bestMetric},
  };
  return json.dump(2) + "\n";
}

}  // namespace limbus
