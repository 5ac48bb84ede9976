#include <torch/torch.h>

#include <catch2/matchers/catch_matchers_string.hpp>

#include "given_recipe.h"
#include "native/train/optimizers.h"
#include "native/train/recipe/meant_key.h"
#include "native/train/recipe/recipe.h"
#include "native/train/recipe/schema.h"
#include "native_catch.h"
#include "shared/options/json.h"
#include "shared/options/paths.h"

using Catch::Matchers::ContainsSubstring;
using namespace limbus;

namespace {

std::string errorOf(const std::vector<std::string>& overrides) {
  const Result<Recipe> recipe = parseRecipe(kGivenRecipe, overrides);
  return recipe ? "" : recipe.error().message;
}

}  // namespace

TEST_CASE("recipe: what is said and what is left out") {
  const Result<Recipe> recipe = parseRecipe(kGivenRecipe, {});
  REQUIRE(recipe);
  CHECK(recipe->name == "eyes");
  CHECK(recipe->net.name() == std::string("dabnet"));
  CHECK(optionsOf(recipe->net) == Json{{"width", 6}, {"block1", 3}, {"block2", 6}});
  CHECK(recipe->ports().classes == 2);
  CHECK(recipe->ports().inputChannels == 1);
  CHECK(recipe->input.height == 48);
  CHECK(recipe->data.name() == std::string("rendered"));
  CHECK(optionsOf(recipe->data).at("count") == 12);
  REQUIRE(recipe->augmentations.size() == 1);
  CHECK(recipe->augmentations[0].probability == 0.25);
  CHECK(writeOptions(recipe->loss).at("focal").at("gamma") == 2);
  CHECK(recipe->optimizer.name() == std::string("adamw"));
  CHECK(recipe->schedule.name() == std::string("poly"));
  CHECK(recipe->epochs == 3);
  CHECK(recipe->seed == 7);
  CHECK(recipe->emaDecay == 0);
  CHECK(recipe->bestMetric == "mIoU");
  CHECK(recipe->source == kGivenRecipe);
  CHECK(manifestOf(*recipe).classes[1].role == "pupil");
}

TEST_CASE("recipe: --set changes it before it is read") {
  const Result<Recipe> recipe =
      parseRecipe(kGivenRecipe, {"net.width=12", "name=other name", "loss=ce", "augment.0.p=1",
                                 "data.count=5", "optimizer.weightDecay=0.5", "optimizer.name=adam",
                                 "input.colour=rgb", "input.normalise={\"by\": \"image\"}"});
  REQUIRE(recipe);
  CHECK(optionsOf(recipe->net).at("width") == 12);
  CHECK(recipe->name == "other name");
  CHECK(writeOptions(recipe->loss) == Json{{"name", "ce"}, {"smoothing", 0}});
  CHECK(recipe->augmentations[0].probability == 1);
  CHECK(optionsOf(recipe->data).at("count") == 5);
  CHECK(recipe->optimizer.name() == std::string("adam"));
  CHECK(optionsOf(recipe->optimizer).at("weightDecay") == 0.5);
  CHECK(recipe->ports().inputChannels == 3);
  CHECK(recipe->source == kGivenRecipe);                         // as given
  CHECK(Json::parse(recipe->json).at("net").at("width") == 12);  // as run
}

TEST_CASE("recipe: --set takes UTF-8 alone, which JSON can hold") {
  const Result<Recipe> latin = parseRecipe(kGivenRecipe, {"name=caf\xe9"});
  REQUIRE_FALSE(latin);
  CHECK_THAT(latin.error().message, ContainsSubstring("name=caf\xe9: a recipe is UTF-8"));
  CHECK(parseRecipe(kGivenRecipe, {"name=caf\xc3\xa9"}).value().name == "caf\xc3\xa9");
}

TEST_CASE("recipe: a list that is empty stays so, whatever its default") {
  const Result<Recipe> recipe =
      parseRecipe(kGivenRecipe, {"data={\"dataset\": \"folder\", \"suffixes\": []}", "net=unet"});
  REQUIRE(recipe);
  const Result<Recipe> again = parseRecipe(completeJson(*recipe), {});
  REQUIRE(again);
  CHECK(optionsOf(again->data).at("suffixes") == Json::array());
}

TEST_CASE("recipe: a plain name grows into an object under --set") {
  const Result<Recipe> recipe = parseRecipe(kGivenRecipe, {"loss=focal", "loss.gamma=3"});
  REQUIRE(recipe);
  CHECK(writeOptions(recipe->loss).at("name") == "focal");
  CHECK(writeOptions(recipe->loss).at("gamma") == 3);
}

TEST_CASE("recipe: a loss alone takes options as a term of a sum does") {
  const Result<Recipe> recipe =
      parseRecipe(kGivenRecipe, {R"(loss={"name":"focal"})", "loss.focal.gamma=3"});
  REQUIRE(recipe);
  CHECK(writeOptions(recipe->loss).at("gamma") == 3);
  const Result<Recipe> twice =
      parseRecipe(kGivenRecipe, {R"(loss={"name":"focal","gamma":2})", "loss.focal.gamma=3"});
  REQUIRE_FALSE(twice);
  CHECK_THAT(twice.error().message, ContainsSubstring("'gamma' stands twice, also as focal.gamma"));
}

TEST_CASE("recipe: weights of losses too small for 1/n come back too") {
  const Recipe recipe = parseRecipe(kGivenRecipe, {"loss=dice+focal*1e-7"}).value();
  const Result<Recipe> again = parseRecipe(completeJson(recipe), {});
  if (!again) FAIL(again.error().message);
  CHECK(completeJson(*again) == completeJson(recipe));
}

TEST_CASE("recipe: the complete form is the same recipe") {
  const Result<Recipe> recipe = parseRecipe(kGivenRecipe, {"loss=dice+focal-legacy/10"});
  REQUIRE(recipe);
  const std::string complete = completeJson(*recipe);
  const Result<Recipe> again = parseRecipe(complete, {});
  REQUIRE(again);
  CHECK(completeJson(*again) == complete);
  CHECK(optionsOf(again->net) == optionsOf(recipe->net));
  CHECK(again->input.mean == recipe->input.mean);
  const Json json = Json::parse(complete);
  CHECK(json.at("optimizer").at("beta2") == 0.999);
  CHECK(json.at("loss").at("focal-legacy").at("gamma") == 1);
  CHECK(json.at("schedule").at("power") == 0.9);
  CHECK(json.at("data").at("dataset") == "rendered");
  CHECK(json.at("data").at("count") == 12);
  CHECK(json.at("data").at("preset") == "openeds2019");
}

TEST_CASE("recipe: what is wrong is said, with what is known") {
  struct Row {
    std::vector<std::string> overrides;
    const char* part;
  };
  const std::vector<Row> rows = {
      {{"loss=dcie"}, "recipe.loss.name: unknown loss 'dcie'; known: ce, ce-balanced, ohem"},
      {{"loss.gama=1"}, "recipe.loss.gama: unknown key; known: name, ramps, dice, focal"},
      {{"loss.gamma=high"},
       "recipe.loss.focal.gamma: expected a number from 0 to 10, got \"high\""},
      {{"optimizer=adamm"}, "unknown optimizer 'adamm'; known: adamw, adam, radam, rmsprop, sgd"},
      {{"schedule=cosin"}, "unknown schedule 'cosin'; known: constant, linear, poly, "},
      {{"loss=ce", "loss.weights=[1,2,3]"}, "recipe.loss: weights: 3 of them for 2 classes"},
      {{"earlyStop.metric=iou"}, "recipe.earlyStop.metric"},
      {{"warmup.steps=5", "warmup.epochs=1"}, "recipe.warmup.epochs: give steps or epochs"},
      {{"net.name=dabent"}, "unknown net 'dabent'; known: albunet, dabnet, "},
      {{"net.widht=3"},
       "recipe.net.widht: unknown key; known: name, width, block1, block2; did you mean 'width'?"},
      {{"lr=0.1"}, "; did you mean 'schedule.lr'?"},
      {{"optimizer.lr=0.1"},
       "known: name, weightDecay, beta1, beta2, eps; did you mean 'schedule.lr'?"},
      {{"learning_rate=0.1"}, "; did you mean 'schedule.lr'?"},
      {{"weight_decay=0.1"}, "; did you mean 'optimizer.weightDecay'?"},
      {{"batch_size=4"}, "; did you mean 'batch'?"},
      {{"model=unet"}, "; did you mean 'net'?"},
      {{"net.classes=9"}, "recipe.net.classes: leave it out"},
      {{"data.root=eyes"}, "; where the data lie is not the recipe's: --data DIR"},
      {{"data_dir=eyes"}, "; where the data lie is not the recipe's: --data DIR"},
      {{"data.dataset=openeds"}, "unknown dataset 'openeds'; known: "},
      {{"bestMetric=miou"},
       "recipe.bestMetric: unknown bestMetric \"miou\"; known: mIoU, mDice, pixelAccuracy"},
      {{"augment.0.name=flip"}, "flipHorizontal"},
      {{"augment.1.p=1"},
       "--set augment.1.p=1: 'augment' has no '1'; it has flipHorizontal; 'augment.+' adds one"},
      {{"augment.flipHorizontall.p=1"},
       "'augment' has no 'flipHorizontall'; it has flipHorizontal; did you mean 'flipHorizontal'?"},
      {{"classes.9.name=lid"}, "'classes' has no '9'; it has background, pupil; 'classes.+' adds"},
      {{"epochs.x=9"}, "--set epochs.x=9: 'epochs' is 3 and has no 'x'"},
      {{"augment=[\"gama\"]"}, "recipe.augment[0].name: unknown augmentation 'gama'; known: "},
      {{"epochs=0"}, "recipe.epochs"},
      {{"epochs=many"}, "recipe.epochs"},
      {{"epoch=5"}, "recipe.epoch: unknown key; known: name"},
      {{"input.widht=5"}, "recipe.input.widht: unknown key"},
      {{"input.resize=crop"}, "recipe.input.resize: "},
      {{"classes.1.role=eyebrow"}, "recipe.classes"},
      {{"emaDecay=1"}, "recipe.emaDecay"},
      {{"emaDecay=0.9", "swa.from=0.5"}, "'swa' and 'emaDecay' are two means of the weights"},
      {{"borders.gapPx=1"}, "recipe.borders.gapPx: expected a number from 2 to 40"},
      {{"borders={}", "classes.0.role=", "classes.1.role=background"},
       "recipe.borders: they lie in the background, 'pupil', which must be the first of"},
      {{"seed=-1"}, "recipe.seed"},
      {{"net"}, "--set net: expected KEY=VALUE"},
      {{"=5"}, "--set =5: expected KEY=VALUE"},
      {{"net..width=5"}, "empty key in the path"},
  };
  for (const Row& row : rows) {
    const std::string message = errorOf(row.overrides);
    INFO(row.overrides[0] << " -> " << message);
    CHECK(message.find(row.part) != std::string::npos);
    CHECK(message.find('\n') == std::string::npos);
    CHECK(message.find("recipe.", 1) == std::string::npos);  // one place, said once
  }
}

TEST_CASE("recipe: what is meant by a key that it has not") {
  CHECK(meantKey("lr") == "schedule.lr");
  CHECK(meantKey("optimizer.LR") == "schedule.lr");
  CHECK(meantKey("learning-rate") == "schedule.lr");
  CHECK(meantKey("pad.to") == "input.pad.to");
  CHECK(meantKey("train.num_epochs") == "epochs");
  CHECK(meantKey("input.size").empty());  // augmentations have one, each its own
  CHECK(meantKey("wxyz").empty());
  const Result<Recipe> momentum = parseRecipe(kGivenRecipe, {"optimizer.momentum=0.9"});
  REQUIRE_FALSE(momentum);  // sgd has it, the optimizer that is chosen has not
  CHECK_THAT(momentum.error().message, !ContainsSubstring("did you mean"));
}

TEST_CASE("recipe: missing parts and broken JSON") {
  CHECK(parseRecipe("{", {}).error().message.find("recipe") == 0);
  CHECK(parseRecipe("[]", {}).error().message.find("recipe") == 0);
  for (const char* key : {"name", "net", "input", "classes", "data", "epochs"}) {
    Json json = Json::parse(kGivenRecipe);
    json.erase(key);
    const Result<Recipe> recipe = parseRecipe(json.dump(), {});
    REQUIRE(!recipe);
    INFO(recipe.error().message);
    CHECK(recipe.error().message.find(key) != std::string::npos);
  }
  CHECK(readRecipe("no such file.json", {}).error().message.find("no such file.json") !=
        std::string::npos);
}

TEST_CASE("recipe: an option without its row keeps the default row") {
  const Result<Recipe> recipe = parseRecipe(kGivenRecipe, {"optimizer.weightDecay=0.25"});
  REQUIRE(recipe);
  CHECK(recipe->optimizer.name() == std::string("adamw"));
  CHECK(optionsOf(recipe->optimizer).at("weightDecay") == 0.25);
}

TEST_CASE("recipe: --set reaches elements of lists, by index, by name and behind the last") {
  const Result<Recipe> recipe =
      parseRecipe(kGivenRecipe, {"augment.flipHorizontal.p=0.75", "augment.+={\"name\":\"gamma\"}",
                                 "augment.gamma.exponent=[0.5,2]", "classes.pupil.colour=#010203",
                                 "loss.focal.alpha=0.5"});
  REQUIRE(recipe);
  REQUIRE(recipe->augmentations.size() == 2);
  CHECK(recipe->augmentations[0].probability == 0.75);
  CHECK(optionsOf(recipe->augmentations[1].choice).at("exponent") == Json::array({0.5, 2}));
  CHECK(recipe->classes[1].colour == std::array<std::uint8_t, 3>{1, 2, 3});
  CHECK(writeOptions(recipe->loss).at("focal").at("alpha") == 0.5);
}

TEST_CASE("recipe: an augmentation may be its name alone") {
  const Result<Recipe> recipe = parseRecipe(
      kGivenRecipe, {"augment=[\"gamma\"]", "augment.+=gaussNoise", "augment.gaussNoise.p=0.5"});
  REQUIRE(recipe);
  REQUIRE(recipe->augmentations.size() == 2);
  CHECK(recipe->augmentations[0].choice.name() == std::string("gamma"));
  CHECK(recipe->augmentations[1].choice.name() == std::string("gaussNoise"));
  CHECK(recipe->augmentations[1].probability == 0.5);
  const Json schema = recipeSchema();
  const Json& names = schema.at("$defs").at("augment").at("anyOf")[0].at("enum");
  CHECK(std::find(names.begin(), names.end(), "gamma") != names.end());
}

TEST_CASE("recipe: a class may be its name alone") {
  const Result<Recipe> recipe = parseRecipe(
      kGivenRecipe, {R"(classes=["background", {"name": "nucleus", "colour": "#ff0000"}])"});
  REQUIRE(recipe);
  REQUIRE(recipe->classes.size() == 2);
  CHECK(recipe->classes[0].name == "background");
  CHECK(recipe->classes[1].name == "nucleus");
  CHECK(errorOf({R"(classes=["background", 1])"}) ==
        "recipe.classes[1]: expected an object, got 1");
  const Json schema = recipeSchema();
  CHECK(schema.at("properties").at("classes").at("items").at("anyOf")[0].at("type") == "string");
}

TEST_CASE("recipe: ranges are [low, high], and the two options of old still read") {
  const auto range = [](const std::string& augmentation) {
    const Result<Recipe> recipe = parseRecipe(kGivenRecipe, {"augment=[" + augmentation + "]"});
    return recipe ? optionsOf(recipe->augmentations[0].choice).dump() : recipe.error().message;
  };
  CHECK(range(R"({"name": "gaussNoise", "minVariance": 0.5, "maxVariance": 6})") ==
        R"({"variance":[0.5,6],"mean":0})");
  CHECK(range(R"({"name": "zoom", "high": 2})") ==
        R"({"factor":[0.7,2],"aspect":1,"border":"mirror","fill":0})");
  CHECK(range(R"({"name": "zoom", "factor": [2, 1]})") ==
        "recipe.augment[0].factor: expected a range [low, high] with low not above high, got "
        "[2.0,1.0]");
  CHECK(range(R"({"name": "gamma", "exponent": [-1, 1]})") ==
        "recipe.augment[0].exponent[0]: expected a number from 0.01 to 100, got -1");
}

TEST_CASE("recipe: every key is described, and every default is in its range") {
  const std::vector<OptionDescription> options = describeOptions(Recipe());
  for (const std::string& path : optionPaths(options)) {
    INFO(path);
    const OptionDescription* option = findOption(options, path);
    REQUIRE(option != nullptr);
    CHECK(option->help.size() > 3);
    if (option->kind == OptionDescription::Kind::number ||
        option->kind == OptionDescription::Kind::whole) {
      const bool unset = option->required || path == "input.width" || path == "input.height";
      CHECK((unset || (option->byDefault >= option->limits.low &&
                       option->byDefault <= option->limits.high)));
    }
  }
  CHECK(findOption(options, "optimizer.weightDecay") != nullptr);
  CHECK(findOption(options, "augment.exponent") != nullptr);
  CHECK(findOption(options, "loss.gamma") != nullptr);
  CHECK(findOption(options, "data.presets") != nullptr);
  CHECK(findOption(options, "nonsense") == nullptr);
  // Of the row that is named, where one is.
  const Json values = {{"net", {{"name", "unet"}}}};
  CHECK(findOption(options, "net.width", &values)->limits.low == 4);
  CHECK(findOption(options, "net.block1", &values) == nullptr);
}

TEST_CASE("recipe: a path leads to rows, to their options, and to elements of lists") {
  const std::vector<OptionDescription> options = describeOptions(Recipe());
  const Result<Recipe> recipe = parseRecipe(kGivenRecipe, {});
  REQUIRE(recipe);
  const Json values = Json::parse(completeJson(*recipe));
  struct Row {
    const char* path;
    const char* row;     // empty: an option of none
    const char* option;  // empty: the row itself
    Json value;          // null: the recipe has none
  };
  const std::vector<Row> rows = {
      {"loss.dice.smooth", "dice", "smooth", 0},
      {"loss.focal.gamma", "focal", "gamma", 2},
      {"loss.focal",
       "focal",
       "",
       {{"gamma", 2},
        {"alpha", 0.25},
        {"activation", "softmax"},
        {"detach", false},
        {"weightedMean", false}}},
      {"net.dabnet.width", "dabnet", "width", 6},
      {"net.unet.width", "unet", "width", nullptr},
      {"optimizer.sgd", "sgd", "", nullptr},
      {"data.rendered.count", "rendered", "count", 12},
      {"augment.flipHorizontal.p", "", "p", 0.25},
      {"augment.0.p", "", "p", 0.25},
      {"augment.gamma.exponent", "gamma", "exponent", nullptr},
      {"classes.pupil.role", "", "role", "pupil"},
      {"classes.1.role", "", "role", "pupil"},
  };
  for (const Row& row : rows) {
    INFO(row.path);
    const std::vector<OptionPlace> found = findOptions(options, row.path, &values);
    REQUIRE(found.size() == 1);
    CHECK((found[0].row == nullptr ? "" : found[0].row->name) == row.row);
    CHECK((found[0].option == nullptr ? "" : found[0].option->key) == row.option);
    CHECK((found[0].value == nullptr ? Json() : *found[0].value) == row.value);
  }
  std::vector<std::string> owners;
  for (const OptionPlace& place : findOptions(options, "augment.shift")) {
    owners.push_back(place.row->name);
  }
  CHECK(owners.size() > 1);
  for (const char* path :
       {"loss.dice.smoot", "net.dabnet.encoder", "classes.2.role", "augment.9"}) {
    INFO(path);
    CHECK(findOptions(options, path, &values).empty());
  }
}
