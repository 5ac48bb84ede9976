#include <torch/torch.h>

#include "native/train/recipe.h"
#include "native_catch.h"
#include "shared/json_reader.h"

using namespace limbus;

namespace {

const char* const kRecipe = R"({
  "name": "eyes", "licence": "MIT",
  "net": {"name": "dabnet", "width": 6},
  "input": {"width": 64, "height": 48, "normalise": {"by": "constants", "mean": [0.4], "std": [0.2]}},
  "classes": [{"name": "background"}, {"name": "pupil", "role": "pupil"}],
  "data": {"dataset": "rendered", "count": 12},
  "augment": [{"name": "flipHorizontal", "p": 0.25}],
  "loss": {"name": "dice+focal/10", "gamma": 2},
  "schedule": {"name": "poly", "lr": 0.02},
  "epochs": 3, "batch": 2, "seed": 7
})";

std::string errorOf(const std::vector<std::string>& overrides) {
  const Result<Recipe> recipe = parseRecipe(kRecipe, overrides);
  return recipe ? "" : recipe.error().message;
}

}  // namespace

TEST_CASE("recipe: what is said and what is left out") {
  const Result<Recipe> recipe = parseRecipe(kRecipe, {});
  REQUIRE(recipe);
  CHECK(recipe->name == "eyes");
  CHECK(recipe->netName == "dabnet");
  CHECK(recipe->net.at("width") == 6);
  CHECK(recipe->net.at("block2") == 6);  // the net's default
  CHECK(recipe->net.at("classes") == 2);
  CHECK(recipe->net.at("inputChannels") == 1);
  CHECK(recipe->input.height == 48);
  CHECK(recipe->dataset == "rendered");
  CHECK(Json::parse(recipe->datasetOptionsJson) == Json{{"count", 12}});
  REQUIRE(recipe->augmentations.size() == 1);
  CHECK(recipe->augmentations[0].probability == 0.25);
  CHECK(recipe->loss.options.at("gamma") == 2);
  CHECK(recipe->optimizer.name == "adamw");
  CHECK(recipe->schedule.name == "poly");
  CHECK(recipe->epochs == 3);
  CHECK(recipe->seed == 7);
  CHECK(recipe->emaDecay == 0);
  CHECK(recipe->bestMetric == "mIoU");
  CHECK(recipe->source == kRecipe);
  CHECK(manifestOf(*recipe).classes[1].role == "pupil");
}

TEST_CASE("recipe: --set changes it before it is read") {
  const Result<Recipe> recipe =
      parseRecipe(kRecipe, {"net.width=12", "name=other name", "loss=ce", "augment.0.p=1",
                            "data.count=5", "optimizer.weightDecay=0.5", "optimizer.name=adam",
                            "input.colour=rgb", "input.normalise={\"by\": \"image\"}"});
  REQUIRE(recipe);
  CHECK(recipe->net.at("width") == 12);
  CHECK(recipe->name == "other name");
  CHECK(recipe->loss.name == "ce");
  CHECK(recipe->loss.options.empty());
  CHECK(recipe->augmentations[0].probability == 1);
  CHECK(Json::parse(recipe->datasetOptionsJson).at("count") == 5);
  CHECK(recipe->optimizer.name == "adam");
  CHECK(recipe->optimizer.options.at("weightDecay") == 0.5);
  CHECK(recipe->net.at("inputChannels") == 3);
  CHECK(recipe->source == kRecipe);                              // as given
  CHECK(Json::parse(recipe->json).at("net").at("width") == 12);  // as run
}

TEST_CASE("recipe: a plain name grows into an object under --set") {
  const Result<Recipe> recipe = parseRecipe(kRecipe, {"loss=focal", "loss.gamma=3"});
  REQUIRE(recipe);
  CHECK(recipe->loss.name == "focal");
  CHECK(recipe->loss.options.at("gamma") == 3);
}

TEST_CASE("recipe: the complete form is the same recipe") {
  const Result<Recipe> recipe = parseRecipe(kRecipe, {"loss=dice+focal-legacy/10"});
  REQUIRE(recipe);
  const std::string complete = completeJson(*recipe);
  const Result<Recipe> again = parseRecipe(complete, {});
  REQUIRE(again);
  CHECK(completeJson(*again) == complete);
  CHECK(again->net == recipe->net);
  CHECK(again->input.mean == recipe->input.mean);
  const Json json = Json::parse(complete);
  CHECK(json.at("optimizer").at("beta2") == 0.999);
  CHECK(json.at("loss").at("gamma") == 1.0);
  CHECK(json.at("schedule").at("power") == 0.9);
  CHECK(json.at("data") == Json{{"dataset", "rendered"}, {"count", 12}});
}

TEST_CASE("recipe: what is wrong is said, with what is known") {
  struct Row {
    std::vector<std::string> overrides;
    const char* part;
  };
  const std::vector<Row> rows = {
      {{"loss=dcie"}, "recipe.loss: unknown loss 'dcie'; known: ce, dice, focal, focal-legacy"},
      {{"loss.gama=1"}, "loss dice+focal/10 has no option 'gama'; it has: gamma, alpha"},
      {{"loss.gamma=high"}, "recipe.loss: option 'gamma' must be a number, got \"high\""},
      {{"optimizer=adamm"}, "unknown optimizer 'adamm'; known: adamw, adam, sgd"},
      {{"schedule=cosine"}, "unknown schedule 'cosine'; known: constant, poly, twoPhaseCosine"},
      {{"net.name=dabent"}, "unknown net 'dabent'; known: dabnet, "},
      {{"net.widht=3"}, "has no option 'widht'"},
      {{"net.classes=9"}, "recipe.net: leave out 'classes'"},
      {{"data.dataset=openeds"}, "unknown dataset 'openeds'; known: "},
      {{"bestMetric=miou"}, "unknown metric 'miou'; known: mIoU, mDice, pixelAccuracy"},
      {{"augment.0.name=flip"}, "flipHorizontal"},
      {{"augment.1.p=1"}, "--set augment.1.p=1: there is no '1' at that place"},
      {{"epochs=0"}, "recipe.epochs"},
      {{"epochs=many"}, "recipe.epochs"},
      {{"epoch=5"}, "recipe.epoch: unknown key; known: name"},
      {{"input.widht=5"}, "recipe.input.widht: unknown key"},
      {{"input.resize=crop"}, "recipe.input.resize: "},
      {{"classes.1.role=eyebrow"}, "recipe.classes"},
      {{"emaDecay=1"}, "recipe.emaDecay"},
      {{"seed=-1"}, "recipe.seed"},
      {{"net"}, "--set net: expected key=value"},
      {{"=5"}, "--set =5: expected key=value"},
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

TEST_CASE("recipe: missing parts and broken JSON") {
  CHECK(parseRecipe("{", {}).error().message.find("recipe") == 0);
  CHECK(parseRecipe("[]", {}).error().message.find("recipe") == 0);
  for (const char* key : {"name", "net", "input", "classes", "data", "epochs"}) {
    Json json = Json::parse(kRecipe);
    json.erase(key);
    const Result<Recipe> recipe = parseRecipe(json.dump(), {});
    REQUIRE(!recipe);
    INFO(recipe.error().message);
    CHECK(recipe.error().message.find(key) != std::string::npos);
  }
  CHECK(readRecipe("no such file.json", {}).error().message.find("no such file.json") !=
        std::string::npos);
}
