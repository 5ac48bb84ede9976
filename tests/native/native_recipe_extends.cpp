// A recipe that stands on another one's file.
#include <filesystem>

#include "given_recipe.h"
#include "native/system/files.h"
#include "native/train/recipe/recipe.h"
#include "native/train/recipe/schema.h"
#include "native_catch.h"
#include "scratch_folder.h"

using namespace limbus;

TEST_CASE("recipe: the schema wants of one that extends another only what it adds") {
  const Json schema = recipeSchema();
  CHECK_FALSE(schema.contains("required"));
  CHECK(schema.at("if").dump() == R"({"not":{"required":["extends"]}})");
  CHECK(schema.at("then").at("required").dump().find("\"input\"") != std::string::npos);
}

TEST_CASE("recipe: one extends another") {
  const ScratchFolder scratch;
  std::filesystem::create_directories(scratch.path() / "base");
  REQUIRE(writeBytes(scratch.path() / "base/eyes.json", kGivenRecipe));
  const auto write = [&](const char* name, const char* text) {
    REQUIRE(writeBytes(scratch.path() / name, text));
    return readRecipe(scratch.path() / name, {});
  };
  const auto wider = write("wider.json", R"({"$schema": "recipe.schema.json",
    "extends": "base/eyes.json", "name": "wider", "net": {"width": 12}, "augment": [],
    "loss": {"focal": {"alpha": 1}}})");
  REQUIRE(wider);
  CHECK(wider->name == "wider");
  CHECK(optionsOf(wider->net).at("width") == 12);
  CHECK(wider->augmentations.empty());
  CHECK(writeOptions(wider->loss).at("focal") == Json{{"gamma", 2},
                                                      {"alpha", 1},
                                                      {"activation", "softmax"},
                                                      {"detach", false},
                                                      {"weightedMean", false}});
  CHECK(wider->epochs == 3);
  // Another row takes none of the former's options, and recipes chain.
  const auto other = write("other.json", R"({"extends": "wider.json", "net": "unet",
    "loss": "ce", "schedule": {"name": "constant", "lr": 0.5}})");
  REQUIRE(other);
  CHECK(optionsOf(other->net) == Json{{"width", 64}});
  CHECK(writeOptions(other->loss) == Json{{"name", "ce"}, {"smoothing", 0}});
  CHECK(optionsOf(other->schedule) == Json{{"lr", 0.5}});
  CHECK(Json::parse(other->json).count("extends") == 0);

  // Terms of a loss are rows: those that stay keep what they were told, however it was said.
  const auto lossOf = [&](const char* below, const char* above) {
    REQUIRE(writeBytes(scratch.path() / "loss.json",
                       R"({"extends": "base/eyes.json", "loss": )" + std::string(below) + "}"));
    const auto recipe = write(
        "sum.json", (R"({"extends": "loss.json", "loss": )" + std::string(above) + "}").c_str());
    REQUIRE(recipe);
    return writeOptions(recipe->loss);
  };
  const auto sameLoss = [&](const char* below, const char* above, const char* whole) {
    INFO(above << " over " << below);
    CHECK(lossOf(below, above) == lossOf(R"("surface")", whole));
  };
  const char* both = R"({"name": "dice+focal/10", "focal": {"gamma": 3, "alpha": 1},
      "ramps": [{"term": "dice", "epochs": [0], "weights": [2]},
                {"term": "focal", "epochs": [0, 9], "weights": [0, 1]}]})";
  const char* ramped = R"({"name": "focal+ce", "focal": {"gamma": 3, "alpha": 1},
      "ramps": [{"term": "focal", "epochs": [0, 9], "weights": [0, 1]}]})";
  sameLoss(both, R"("focal+ce")", ramped);
  sameLoss(both, R"({"name": "focal", "gamma": 4, "ramps": []})",
           R"({"name": "focal", "gamma": 4, "alpha": 1})");
  sameLoss(both, R"("ce")", R"("ce")");
  // Of one sum too: the base says gamma beside the name, this one in the term.
  sameLoss(both, R"({"focal": {"gamma": 5}})",
           R"({"name": "dice+focal/10", "focal": {"gamma": 5, "alpha": 1},
               "ramps": [{"term": "dice", "epochs": [0], "weights": [2]},
                         {"term": "focal", "epochs": [0, 9], "weights": [0, 1]}]})");
  sameLoss(R"({"name": "dice+focal", "gamma": 3})", R"("dice+focal/5")",
           R"({"name": "dice+focal/5", "focal": {"gamma": 3}})");
  sameLoss(R"({"name": "focal", "gamma": 3})", R"({"name": "focal+dice", "alpha": 2})",
           R"({"name": "focal+dice", "focal": {"gamma": 3, "alpha": 2}})");
  sameLoss(R"({"name": "focal", "focal": {"gamma": 3}})", R"("focal/2")",
           R"({"name": "focal/2", "gamma": 3})");

  for (const char* odd : {R"({"name": 5})", R"({"name": "ce+focal", "focal": 7})"}) {
    CHECK(!write("odd.json",
                 (R"({"extends": "loss.json", "loss": )" + std::string(odd) + "}").c_str()));
  }

  // Words about the other one stay there.
  for (const auto& [data, words] :
       {std::pair(R"({"count": 20})", "renders"), std::pair(R"({"dataset": "folder"})", "")}) {
    REQUIRE(writeBytes(scratch.path() / "words.json",
                       R"({"extends": "base/eyes.json", "description": "eyes",
                           "trainingData": "renders", "licence": "MIT"})"));
    const auto told = write(
        "told.json", (R"({"extends": "words.json", "data": )" + std::string(data) + "}").c_str());
    REQUIRE(told);
    CHECK(told->description.empty());
    CHECK(told->trainingData == words);
    CHECK(told->licence.empty() == told->trainingData.empty());
  }

  const auto circle = write("circle.json", R"({"extends": "circle.json"})");
  REQUIRE(!circle);
  CHECK(circle.error().message.find("extend each other; is it a circle?") != std::string::npos);
  const auto missing = write("missing.json", R"({"extends": "nothing.json"})");
  REQUIRE(!missing);
  CHECK(missing.error().message.find("recipe.extends: ") != std::string::npos);
  CHECK(missing.error().message.find("nothing.json") != std::string::npos);
}
