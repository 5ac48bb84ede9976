// What a training starts from (--init).
#include <catch2/matchers/catch_matchers_string.hpp>

#include "native/system/files.h"
#include "native/train/files/checkpoint.h"
#include "native/train/train.h"
#include "native_catch.h"
#include "safetensors_text.h"
#include "scratch_folder.h"
#include "shared/json_reader.h"
#include "shared/model/onnx_model.h"
#include "small_runs.h"

using Catch::Matchers::ContainsSubstring;
using namespace limbus;

TEST_CASE("train: starts from the weights of a run or a file") {
  ScratchFolder scratch;
  trained(requestFor(scratch / "first", {"epochs=1"}));
  const Weights first = readCheckpoint(scratch / "first")->weights;
  const auto startsAlike = [&](const char* run, const std::filesystem::path& init) {
    TrainRequest request =
        requestFor(scratch / run, {"epochs=1", "schedule.lr=0", "optimizer=sgd"});
    request.init = init;
    trained(request);
    return readCheckpoint(scratch / run)->weights.at("classifier.weight").values ==
           first.at("classifier.weight").values;
  };
  CHECK(startsAlike("next", scratch / "first"));

  // In colour the first conv gets a third for each channel.
  TrainRequest colour = requestFor(
      scratch / "colour", {"epochs=1", "schedule.lr=0", "optimizer=sgd", "input.colour=rgb"});
  colour.init = scratch / "first";
  trained(colour);
  const std::string stem = "down1.conv1.weight";
  CHECK(readCheckpoint(scratch / "colour")->weights.at(stem).values.front() ==
        first.at(stem).values.front() / 3);
  CHECK_THAT(*readBytes(scratch / "colour" / "train.log"),
             ContainsSubstring("; 1 adapted: " + stem + " from 1 channels to 3\n"));

  // Another number of classes: all but the classifier fits.
  TrainRequest wider =
      requestFor(scratch / "wider", {"epochs=1", "schedule.lr=0", "optimizer=sgd",
                                     "classes=[{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"c\"},{"
                                     "\"name\":\"d\"},{\"name\":\"e\"}]"});
  wider.init = scratch / "first" / "last.safetensors";
  trained(wider);
  CHECK(readCheckpoint(scratch / "wider")->weights.at("down1.conv1.weight").values ==
        first.at("down1.conv1.weight").values);
  const std::string widerLog = *readBytes(scratch / "wider" / "train.log");
  CHECK_THAT(widerLog, ContainsSubstring("classifier.weight is [5,"));
  CHECK_THAT(widerLog, !ContainsSubstring("not in the file"));

  // Batch norms left unfolded keep their names in the file.
  OnnxOptions options;
  options.foldBatchNorm = false;
  const Checkpoint checkpoint = readCheckpoint(scratch / "first").value();
  const Graph graph = buildNet(checkpoint.recipe.net, checkpoint.recipe.ports()).value();
  const auto onnx = writeOnnx(graph, first, manifestOf(checkpoint.recipe), options);
  REQUIRE(onnx);
  REQUIRE(writeBytes(scratch / "first.onnx", *onnx));
  CHECK(startsAlike("onnx", scratch / "first.onnx"));

  // Folded ones are gone: their scale stands in weights of the same name and shape.
  REQUIRE(writeBytes(scratch / "folded.onnx",
                     *writeOnnx(graph, first, manifestOf(checkpoint.recipe), {})));
  TrainRequest fromFolded = requestFor(scratch / "folded", {"epochs=1"});
  fromFolded.init = scratch / "folded.onnx";
  const auto folded = train(fromFolded);
  REQUIRE(!folded);
  CHECK(folded.error().message.find("batch norms are folded away") != std::string::npos);

  // A damaged checkpoint of ours is no file of others.
  std::string damaged = readBytes(scratch / "first" / "last.safetensors").value();
  damaged.back() ^= 1;
  REQUIRE(writeBytes(scratch / "damaged.safetensors", damaged));
  TrainRequest fromDamaged = requestFor(scratch / "damaged", {"epochs=1"});
  fromDamaged.init = scratch / "damaged.safetensors";
  CHECK(!train(fromDamaged));

  // As others write them: wrapped in a model.
  Json header = Json::object();
  std::string body;
  for (const auto& [name, tensor] : first) {
    const std::size_t begin = body.size();
    body.append(reinterpret_cast<const char*>(tensor.values.data()), 4 * tensor.values.size());
    header["module." + name] = {
        {"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {begin, body.size()}}};
  }
  REQUIRE(writeBytes(scratch / "theirs.safetensors", safetensorsOf(header.dump(), body)));
  CHECK(startsAlike("theirs", scratch / "theirs.safetensors"));

  TrainRequest stranger =
      requestFor(scratch / "stranger", {"net={\"name\":\"dabnet\",\"width\":4}"});
  stranger.init = scratch / "first";
  const auto refused = train(stranger);
  REQUIRE(!refused);
  CHECK(refused.error().message.find("none of its tensors fits net 'dabnet'") != std::string::npos);
}

TEST_CASE("train: weights that have a name in common with the net, and others, are not of it") {
  ScratchFolder scratch;
  trained(requestFor(scratch / "first", {"epochs=1"}));
  const Weights first = readCheckpoint(scratch / "first")->weights;
  const std::string stem = "down1.conv1.weight";
  const auto startFromNames = [&](const std::vector<std::string>& names) {
    const Tensor& tensor = first.at(stem);
    const std::size_t size = 4 * tensor.values.size();
    Json header = Json::object();
    std::string body;
    for (const std::string& name : names) {
      const std::size_t begin = body.size();
      body.append(reinterpret_cast<const char*>(tensor.values.data()), size);
      header[name] = {
          {"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {begin, begin + size}}};
    }
    REQUIRE(writeBytes(scratch / "few.safetensors", safetensorsOf(header.dump(), body)));
    TrainRequest request = requestFor(scratch / "next", {"epochs=1"});
    request.init = scratch / "few.safetensors";
    request.force = true;
    return train(request);
  };
  const std::string count = "1 of " + std::to_string(first.size()) + " tensors loaded";
  const auto refused = startFromNames({stem, "left.weight", "right.weight"});
  REQUIRE(!refused);
  CHECK_THAT(refused.error().message, ContainsSubstring("is not of net 'unet': only " + count) &&
                                          ContainsSubstring("limbus import --partial"));
  CHECK(!std::filesystem::exists(scratch / "next"));
  REQUIRE(startFromNames({stem}));  // all of the file is used
  CHECK_THAT(*readBytes(scratch / "next" / "train.log"), ContainsSubstring(count));
}
