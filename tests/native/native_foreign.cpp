// Files of other exporters through LibTorch: the masks that the browser's tests ask of the same
// files.
#include "native/infer/model.h"
#include "native/system/files.h"
#include "result_text.h"
#include "scratch_folder.h"
#include "shared/onnx/interface.h"
#include "shared/onnx/metadata.h"
#include "tests/native/core_cases.h"

using namespace limbus;

TEST_CASE("foreign files give the masks that their pixels ask for", "[infer][onnx]") {
  const ScratchFolder scratch;
  Image ramp(64, 48, 1);
  for (std::size_t i = 0; i < ramp.pixels.size(); ++i) {
    ramp.pixels[i] = static_cast<std::uint8_t>(i * 7 % 256);
  }
  for (const Json& row : cases::read("foreign.json")) {
    if (row.contains("obstacle")) continue;
    const std::string name = row["name"].get<std::string>();
    DYNAMIC_SECTION(name) {
      const std::string bytes = readBytes(cases::path("foreign/" + name + ".onnx")).value();
      const OnnxFacts facts = inspectOnnx(bytes).value();
      Json json = Json::parse(toJson(draftManifest(facts, imageInterface(facts).value())));
      json.merge_patch(row.value("answers", Json::object()));
      const Manifest manifest = parseManifest(json.dump()).value();
      const auto file = scratch.path() / (name + ".onnx");
      REQUIRE(writeBytes(file, withManifest(bytes, manifest).value()));
      Result<Model> model = loadModel(file, "cpu");
      REQUIRE(model);
      const Result<Field> field = predictorOf(std::move(*model))->predict(ramp.view());
      REQUIRE(field);
      const Result<Mask> mask = maskOf(*field);
      REQUIRE(mask);
      const Json thresholds = row.value("thresholds", Json::array({50, 125, 200}));
      std::size_t wrong = 0;
      for (std::size_t i = 0; i < ramp.pixels.size(); ++i) {
        int band = 0;
        for (const Json& threshold : thresholds) band += ramp.pixels[i] > threshold.get<int>();
        wrong += mask->pixels[i] != band;
      }
      CHECK(wrong == 0);
    }
  }
}
