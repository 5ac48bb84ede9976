// A batch that is found by trying.
#include <catch2/matchers/catch_matchers_string.hpp>

#include "native/train/dry_run.h"
#include "native/train/files/checkpoint.h"
#include "native_catch.h"
#include "same_weights.h"
#include "scratch_folder.h"
#include "small_runs.h"

using Catch::Matchers::ContainsSubstring;
using namespace limbus;

namespace {

int batchOf(const std::filesystem::path& run) {
  return Json::parse(readBytes(run / "config.json").value()).at("batch").get<int>();
}

}  // namespace

TEST_CASE("batch: auto is a whole number's neighbour in the recipe") {
  const Recipe found = parseRecipe(kSmallRecipe, {"batch=auto"}).value();
  CHECK(found.batch == 0);
  CHECK(Json::parse(completeJson(found)).at("batch") == "auto");
  CHECK(parseRecipe(completeJson(found), {}).value().batch == 0);
  CHECK_THAT(parseRecipe(kSmallRecipe, {"batch=many"}).error().message,
             ContainsSubstring("recipe.batch: expected a whole number or \"auto\", got \"many\""));
  CHECK_THAT(parseRecipe(kSmallRecipe, {"batch=0"}).error().message,
             ContainsSubstring("recipe.batch: expected an integer from 1 to 65536"));
  const Recipe given = found.withBatch(4).value();
  CHECK(given.batch == 4);
  CHECK(given.source == found.source);
}

TEST_CASE("batch: auto leaves an epoch ten steps, and trains as the number does") {
  const ScratchFolder scratch;
  const std::vector<std::string> more = {"data.count=40", "epochs=1"};
  const auto with = [&](const char* batch) {
    std::vector<std::string> all = more;
    all.push_back(std::string("batch=") + batch);
    return all;
  };
  trained(requestFor(scratch / "found", with("auto")));
  CHECK(batchOf(scratch / "found") == 4);
  CHECK_THAT(
      readBytes(scratch / "found" / "train.log").value(),
      ContainsSubstring("batch 4, found by trying: more would leave an epoch fewer than 10"));
  trained(requestFor(scratch / "given", with("4")));
  requireSame(readSavedRun(scratch / "found" / "last.safetensors").value().weights,
              readSavedRun(scratch / "given" / "last.safetensors").value().weights);

  // What was found stays, whatever would be found now.
  TrainRequest on = requestFor(scratch / "given", with("auto"));
  on.resume = true;
  CHECK(trained(on).epochs == 1);
  CHECK(batchOf(scratch / "given") == 4);

  const DryRun plan = dryRun(requestFor(scratch / "none", with("auto"))).value();
  CHECK(plan.batch == 4);
  CHECK(plan.stepsPerEpoch == 10);
}

TEST_CASE("batch: auto, of two steps that accumulate, and with little data") {
  const ScratchFolder scratch;
  trained(requestFor(scratch / "few", {"batch=auto", "epochs=1"}));
  CHECK(batchOf(scratch / "few") == 2);
  trained(
      requestFor(scratch / "shares", {"batch=auto", "epochs=1", "accumulate=2", "data.count=90"}));
  CHECK(batchOf(scratch / "shares") == 4);
}
