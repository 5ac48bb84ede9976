#include <torch/torch.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "native/report/runs.h"
#include "native/system/files.h"
#include "native/system/interrupt.h"
#include "native/train/device.h"
#include "native/train/files/checkpoint.h"
#include "native/train/files/tensor_file.h"
#include "native/train/loop.h"
#include "native/train/thread_waiting.h"
#include "native/train/train.h"
#include "native_catch.h"
#include "same_weights.h"
#include "scratch_folder.h"
#include "shared/graph/op.h"
#include "shared/json_reader.h"
#include "shared/options/json.h"
#include "small_runs.h"

using namespace limbus;

TEST_CASE("device: names") {
  CHECK(chooseDevice("cpu")->is_cpu());
  CHECK(chooseDevice("auto"));
  for (const char* bad : {"gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:99999", ""}) {
    INFO(bad);
    const auto device = chooseDevice(bad);
    REQUIRE(!device);
    CHECK(device.error().message.find("known: auto, cpu, cuda, cuda:N") != std::string::npos);
  }
  if (!torch::cuda::is_available()) {
    CHECK(chooseDevice("cuda:0").error().message.find("sees no CUDA device") != std::string::npos);
  }
}

TEST_CASE("device: threads wait asleep", "[.alone]") { CHECK(threadsWaitAsleep()); }

TEST_CASE("device: a busy machine does not stop training, whatever the environment lacks") {
  const std::string itself = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string line =
      "env -u OMP_WAIT_POLICY -u OPENBLAS_NUM_THREADS '" + itself + "' '[.alone]' > /dev/null";
  CHECK(std::system(line.c_str()) == 0);
}

TEST_CASE("loop: the average of the weights forgets its start") {
  CHECK(averageDecay(0.999, 0) == 0.1);
  CHECK(averageDecay(0.999, 90) == 0.91);
  CHECK(averageDecay(0.999, 1000000) == 0.999);
}

namespace {

// mIoU of the four images that a net was trained on.
double overfitted(const std::vector<std::string>& overrides) {
  ScratchFolder scratch;
  std::vector<std::string> all = {"batch=4", "schedule.name=twoPhaseCosine",
                                  "data.validationCount=1"};
  all.insert(all.end(), overrides.begin(), overrides.end());
  const TrainRequest request = requestFor(scratch / "run", all);
  trained(request);

  const Result<SavedRun> last = readSavedRun(scratch / "run" / "last.safetensors");
  REQUIRE(last);
  auto net =
      std::make_shared<Executor>(buildNet(request.recipe.net, request.recipe.ports()).value(), 1);
  REQUIRE(net->load(last->weights));
  const auto dataset =
      openDataset(request.recipe.data, {{}, "train", request.recipe.classes}).value();
  LoaderSource batches(*dataset, request.recipe.input, {}, {.batch = 2, .workers = 0}, torch::kCPU);
  Progress progress(scratch / "log", true);
  const Loss loss;
  const Result<ValidationReport> report = evaluate(
      *net, batches, {.loss = loss, .convention = *findRow(conventions(), "dataset"), .classes = 4},
      progress);
  REQUIRE(report);
  for (const ClassScores& one : report->validation.scores.classes) UNSCOPED_INFO(*one.iou);
  return report->validation.scores.mIoU;
}

}  // namespace

TEST_CASE("train: overfits four images") {
  CHECK(overfitted({"net.width=8", "epochs=300", "schedule.lr=0.01"}) > 0.99);
}

// Of the size that its authors published, on eyes that fill a small image; its dropout slows it.
TEST_CASE("train: ENet overfits four images") {
  CHECK(overfitted({"net=enet", "epochs=200", "schedule.lr=0.008", "data.preset=iris",
                    "data.width=32", "data.height=32", "input.width=32", "input.height=32"}) >
        0.95);
}

TEST_CASE("train: a run leaves its files, and a checkpoint says what it is") {
  ScratchFolder scratch;
  const std::filesystem::path run = scratch / "run";
  const TrainSummary summary = trained(requestFor(run, {"loss=dice"}));
  CHECK(summary.epochs == 2);
  for (const char* name : {"recipe.json", "config.json", "log.jsonl", "train.log",
                           "best.safetensors", "last.safetensors"}) {
    INFO(name);
    CHECK(std::filesystem::file_size(run / name) > 0);
  }
  CHECK(scratch.entries() == 7);  // nothing temporary is left behind
  CHECK(readBytes(run / "recipe.json").value() == kSmallRecipe);
  CHECK(Json::parse(readBytes(run / "config.json").value()).at("loss").at("name") == "dice");

  const std::vector<Json> log = records(run);
  REQUIRE(log.size() == 2);
  CHECK(log[0].at("epoch") == 1);
  CHECK(log[1].at("step") == 4);
  CHECK(log[1].at("lr") == 0.003);
  for (const char* key : {"trainLoss", "validation", "waitForDataMsPerStep", "loaderBlockedMs",
                          "trainSeconds", "validationSeconds", "peakMemoryBytes"}) {
    CHECK(log[1].contains(key));
  }
  CHECK(log[1].at("validation").at("iou").contains("pupil"));

  const Result<Checkpoint> best = readCheckpoint(run);
  REQUIRE(best);
  CHECK(writeOptions(best->recipe.loss).at("name") == "dice");
  CHECK(best->epoch == summary.bestEpoch);
  CHECK(best->score == summary.best);
  CHECK(best->score == log[summary.bestEpoch - 1].at("validation").at("mIoU").get<double>());
  const Graph graph = buildNet(best->recipe.net, best->recipe.ports()).value();
  CHECK(best->weights.size() == graph.parameters.size());
}

TEST_CASE("train: an interrupted and resumed run ends bit for bit where a straight one does") {
  const std::vector<std::vector<std::string>> recipes = {
      {"augment=[{\"name\":\"flipHorizontal\"},{\"name\":\"brightnessContrast\"}]"},
      {"emaDecay=0.9", "schedule=twoPhaseCosine", "loss=dice+focal/10"},
      {R"(swa={"from":0})", "net.name=eye-s"},
      {R"(schedule={"name":"plateau","patience":0,"threshold":1})", "loss=ce-balanced",
       R"(lookahead={"every":3})", "optimizer=radam", "freezeEncoder=1"},
      {R"(loss={"name":"ce+surface","ramps":[{"term":"surface","epochs":[0,1],"weights":[1,2]}]})",
       R"(warmup={"steps":3})", "partRates.encoder=0.1", "freezeNorms=true"},
      {R"(meanTeacher={"unlabelled":[{"dataset":"rendered","preset":"openeds2019","count":3,)"
       R"("width":64,"height":64}],"augment":[{"name":"brightnessContrast"}],"rampUp":1})",
       "emaDecay=0.9"},
  };
  for (const std::vector<std::string>& overrides : recipes) {
    ScratchFolder scratch;
    trained(requestFor(scratch / "straight", overrides));

    TrainRequest request = requestFor(scratch / "stopped", overrides);
    request.afterEpoch = [](int) { std::raise(SIGINT); };
    const TrainSummary half = trained(request);
    CHECK(half.interrupted);
    CHECK(half.epochs == 1);
    request.afterEpoch = nullptr;
    request.resume = true;
    const TrainSummary whole = trained(request);
    CHECK(whole.epochs == 2);
    CHECK(!whole.interrupted);

    const SavedRun a = readSavedRun(scratch / "straight" / "last.safetensors").value();
    const SavedRun b = readSavedRun(scratch / "stopped" / "last.safetensors").value();
    CHECK(a.step == b.step);
    CHECK(a.best == b.best);
    CHECK(a.bestEpoch == b.bestEpoch);
    requireSame(a.weights, b.weights);
    requireSame(a.training, b.training);
    requireSame(a.optimizer, b.optimizer);
    CHECK(records(scratch / "stopped").size() == 2);
  }
}

// Within the hook every epoch's last checkpoint is there to be read.
std::vector<Weights> weightsByEpoch(TrainRequest request) {
  std::vector<Weights> all;
  request.afterEpoch = [&](int) {
    all.push_back(readSavedRun(request.run / "last.safetensors").value().weights);
  };
  trained(request);
  return all;
}

TEST_CASE("train: the average of the weights teaches where there are unlabelled images") {
  const ScratchFolder scratch;
  const auto learned = [&](const std::string& run, const std::string& decay,
                           std::vector<std::string> overrides) {
    overrides.insert(overrides.end(), {"emaDecay=" + decay, "epochs=1", "data.count=4"});
    trained(requestFor(scratch / run, overrides));
    return readSavedRun(scratch / run / "last.safetensors")->training;
  };
  requireSame(learned("alone", "0.9", {}), learned("forgetful", "0.01", {}));
  const std::string teacher =
      R"(meanTeacher={"unlabelled":[{"dataset":"rendered","preset":"openeds2019","count":2,)"
      R"("width":64,"height":64}],"rampUp":0})";
  CHECK(learned("taught", "0.9", {teacher}).at("classifier.weight").values !=
        learned("taught by itself", "0.01", {teacher}).at("classifier.weight").values);
}

TEST_CASE("train: a frozen encoder stands still, its batch norms too, and learns afterwards") {
  ScratchFolder scratch;
  const TrainRequest request =
      requestFor(scratch / "run", {"epochs=3", "freezeEncoder=2", "optimizer.weightDecay=0.1"});
  const std::vector<Weights> epochs = weightsByEpoch(request);
  REQUIRE(epochs.size() == 3);
  const std::string log = readBytes(request.run / "train.log").value();
  CHECK(log.find("(freezeEncoder): --init WEIGHTS starts it from trained ones\n") !=
        std::string::npos);
  const Graph graph = buildNet(request.recipe.net, request.recipe.ports()).value();
  const Weights start = Executor(graph, request.recipe.seed).weights();
  int encoder = 0, rest = 0;
  for (const Parameter& parameter : graph.parameters) {
    INFO(parameter.name);
    const auto at = [&](const Weights& weights) { return weights.at(parameter.name).values; };
    const bool still = parameter.part == Part::encoder;
    ++(still ? encoder : rest);
    CHECK((at(epochs[0]) == at(start)) == still);
    CHECK((at(epochs[1]) == at(start)) == still);
    CHECK(at(epochs[2]) != at(epochs[1]));
  }
  CHECK(encoder > 0);
  CHECK(rest > 0);
}

TEST_CASE("train: frozen batch norms keep what they started with, all else learns") {
  ScratchFolder scratch;
  const TrainRequest request =
      requestFor(scratch / "run", {"epochs=1", "freezeNorms=true", "decayAll=true"});
  const Weights after = weightsByEpoch(request).at(0);
  const Graph graph = buildNet(request.recipe.net, request.recipe.ports()).value();
  const Weights start = Executor(graph, request.recipe.seed).weights();
  for (const Node& node : graph.nodes) {
    for (int index : node.parameters) {
      const std::string& name = graph.parameters[index].name;
      INFO(name);
      CHECK((after.at(name).values == start.at(name).values) == (node.op == Op::batchNorm));
    }
  }
}

TEST_CASE("train: a run that has stopped to improve ends, whatever it was cut into") {
  ScratchFolder scratch;
  const std::vector<std::string> overrides = {
      "epochs=9", R"(earlyStop={"metric":"loss","patience":1,"threshold":1000})"};
  TrainRequest request = requestFor(scratch / "run", overrides);
  CHECK(trained(request).epochs == 3);  // the first is the best; one without a gain is borne
  request.resume = true;
  CHECK(trained(request).epochs == 3);

  TrainRequest cut = requestFor(scratch / "cut", overrides);
  cut.afterEpoch = [](int epoch) {
    if (epoch == 2) std::raise(SIGINT);
  };
  CHECK(trained(cut).epochs == 2);
  cut.resume = true;
  cut.afterEpoch = nullptr;
  CHECK(trained(cut).epochs == 3);
}

// A RUN as it was before safetensors.
void makeOld(const std::filesystem::path& run) {
  for (const char* which : {"best", "last"}) {
    const std::filesystem::path file = run / (std::string(which) + ".safetensors");
    const std::string bytes = readBytes(file).value();
    std::uint64_t header = 0;
    std::memcpy(&header, bytes.data(), sizeof header);
    const Json metadata = Json::parse(bytes.substr(sizeof header, header)).at("__metadata__");
    TensorFile content = unpackTensors(bytes).value();
    Json recipe = Json::parse(content.facts.at("recipe").get<std::string>());
    recipe.erase("decayAll");  // there was no such key
    content.facts["recipe"] = recipe.dump(2);
    Json line = {{"format", "limbus-tensors"}, {"version", 1}, {"facts", content.facts}};
    line["checksum"] = metadata.at("checksum");
    line["tensors"] = Json::array();
    for (const auto& [name, tensor] : content.tensors) {
      line["tensors"].push_back(Json::array({name, tensor.shape}));
    }
    REQUIRE(writeBytes(run / (std::string(which) + ".limbus"),
                       line.dump() + "\n" + bytes.substr(sizeof header + header)));
    std::filesystem::remove(file);
  }
  Json config = Json::parse(readBytes(run / "config.json").value());
  config.erase("decayAll");
  REQUIRE(writeBytes(run / "config.json", config.dump(2)));
}

TEST_CASE("train: a run of before is not overwritten, and goes on by the rule it was trained by") {
  ScratchFolder scratch;
  const std::vector<std::string> all = {"decayAll=true", "optimizer.weightDecay=0.1"};
  trained(requestFor(scratch / "straight", all));
  TrainRequest request = requestFor(scratch / "old", all);
  request.afterEpoch = [](int) { std::raise(SIGINT); };
  CHECK(trained(request).interrupted);
  request.afterEpoch = {};
  makeOld(scratch / "old");
  CHECK(readCheckpoint(scratch / "old"));
  const std::string config = readBytes(scratch / "old" / "config.json").value();
  REQUIRE(writeBytes(scratch / "old" / "config.json", R"({"loss": {"gone": 1}})"));
  CHECK(readCheckpoint(scratch / "old"));  // a key that is gone since
  REQUIRE(writeBytes(scratch / "old" / "config.json", config));
  const std::string before = readBytes(scratch / "old" / "last.limbus").value();

  const Result<TrainSummary> again = train(request);
  REQUIRE(!again);
  CHECK(again.error().message.find("exists already; go on with --resume") != std::string::npos);
  CHECK(readBytes(scratch / "old" / "last.limbus").value() == before);

  request.resume = true;
  TrainRequest other = requestFor(scratch / "old", {"optimizer.weightDecay=0.1"});
  other.resume = true;
  const Result<TrainSummary> otherRule = train(other);
  REQUIRE(!otherRule);
  CHECK(otherRule.error().message.find("'decayAll' differs") != std::string::npos);

  trained(request);
  CHECK(readCheckpoint(scratch / "old"));
  requireSame(readSavedRun(scratch / "straight" / "last.safetensors").value().weights,
              readSavedRun(scratch / "old" / "last.safetensors").value().weights);
}

TEST_CASE(
    "train: a trial ends after so many steps, the first of the whole run, and is none to go on") {
  ScratchFolder scratch;
  TrainRequest request = requestFor(scratch / "trial", {"epochs=3", "schedule=twoPhaseCosine"});
  trained(request);
  request.force = true;
  request.steps = 3;  // an epoch has two
  const TrainSummary summary = trained(request);
  CHECK(!summary.interrupted);
  CHECK(summary.epochs == 2);
  const std::vector<Json> log = records(scratch / "trial");
  REQUIRE(log.size() == 2);
  CHECK(log[1].at("step") == 3);

  request.force = false;
  request.resume = true;
  request.steps = 0;
  const Result<TrainSummary> resumed = train(request);
  REQUIRE(!resumed);
  CHECK(resumed.error().message.find("a trial with --steps: it took 3 steps in 2 epochs") !=
        std::string::npos);

  TrainRequest whole = requestFor(scratch / "whole", {"epochs=3", "schedule=twoPhaseCosine"});
  trained(whole);
  CHECK(records(scratch / "whole")[0].at("trainLoss") == log[0].at("trainLoss"));
  CHECK(records(scratch / "whole")[1].at("lr") != log[1].at("lr"));  // its second step came after
}

TEST_CASE("train: seeds and worker counts: equal runs are equal, other seeds are not") {
  ScratchFolder scratch;
  trained(requestFor(scratch / "a", {"epochs=1"}));
  trained(requestFor(scratch / "b", {"epochs=1", "workers=3"}));
  trained(requestFor(scratch / "c", {"epochs=1", "seed=4"}));
  const auto weightsOf = [&](const char* run) {
    return readSavedRun(scratch / run / "last.safetensors").value().weights;
  };
  requireSame(weightsOf("a"), weightsOf("b"));
  CHECK(weightsOf("a").at("classifier.weight").values !=
        weightsOf("c").at("classifier.weight").values);
}

TEST_CASE("train: validationCrop changes what is validated, in its own size, and nothing else") {
  ScratchFolder scratch;
  const auto first = [&](const std::string& run, const std::vector<std::string>& overrides) {
    trained(requestFor(scratch / run, overrides));
    return records(scratch / run).front();
  };
  const Json whole = first("whole", {});
  const Json all = first("all", {"validationCrop=64"});  // of images of 64 x 64
  const Json part = first("part", {"validationCrop=32"});
  const Json finer = first("finer", {"validationCrop=96"});
  CHECK(all.at("validation") == whole.at("validation"));
  for (const Json& one : {part, finer}) {
    CHECK(one.at("trainLoss") == whole.at("trainLoss"));
    CHECK(one.at("validation").at("loss") != whole.at("validation").at("loss"));
  }
}

TEST_CASE("train: what stands in the way is said before anything is written") {
  ScratchFolder scratch;
  const std::filesystem::path run = scratch / "run";
  const auto errorOf = [](const TrainRequest& request) {
    const Result<TrainSummary> summary = train(request);
    REQUIRE(!summary);
    CHECK(summary.error().message.find('\n') == std::string::npos);
    return summary.error().message;
  };
  TrainRequest request = requestFor(run, {"epochs=1"});
  request.resume = true;
  CHECK(errorOf(request).find("no last.safetensors to resume from") != std::string::npos);
  request.resume = false;
  request.init = scratch / "nowhere.onnx";
  CHECK(errorOf(request).find("nowhere.onnx") != std::string::npos);
  CHECK(!std::filesystem::exists(run));
  request.init.reset();
  request.device = "gpu";
  CHECK(errorOf(request).find("unknown device 'gpu'") != std::string::npos);
  CHECK(!std::filesystem::exists(run));
  request.device = "cpu";
  trained(request);
  CHECK(errorOf(request).find("--force") != std::string::npos);

  TrainRequest other = requestFor(run, {"epochs=1", "net.width=5"});
  other.resume = true;
  CHECK(errorOf(other).find("'net.width' differs") != std::string::npos);
  CHECK(errorOf(other).find("--init " + run.string()) != std::string::npos);
  other.resume = false;
  other.force = true;
  trained(other);
  CHECK(writeOptions(readCheckpoint(run)->recipe.net.options).at("width") == 5);
  CHECK(records(run).size() == 1);
}

TEST_CASE("train: a loss that explodes is an error, not a run of NaNs") {
  ScratchFolder scratch;
  const Result<TrainSummary> summary = train(requestFor(
      scratch / "run", {"schedule.lr=1000", "optimizer={\"name\":\"adamw\",\"weightDecay\":1}",
                        "epochs=20", "loss=ce"}));
  REQUIRE(!summary);
  CHECK(summary.error().message.find(" finite number (epoch ") != std::string::npos);
  CHECK(summary.error().message.find("schedule.lr") != std::string::npos);
  CHECK(summary.error().message.find(", images ") != std::string::npos);
  const RunSummary run = summariseRun(scratch / "run").value();
  CHECK(run.state == RunState::failed);
  CHECK(run.why == summary.error().message);
}

TEST_CASE("checkpoint: folders and files that are none") {
  ScratchFolder scratch;
  CHECK(readCheckpoint(scratch.path()).error().message.find("no best.safetensors") !=
        std::string::npos);
  REQUIRE(writeBytes(scratch / "x.safetensors", "hello\n"));
  CHECK(readCheckpoint(scratch / "x.safetensors")
            .error()
            .message.find("x.safetensors: not a checkpoint") != std::string::npos);
  CHECK(!readCheckpoint(scratch / "absent.safetensors"));
}

TEST_CASE("train: no batch norm is left with one value") {
  const ScratchFolder scratch;
  const std::string psp = R"(net={"name":"pspnet","encoder":"resnet18"})";
  const auto refused = train(requestFor(scratch / "one", {psp, "batch=1", "epochs=1"}));
  REQUIRE(!refused);
  CHECK(refused.error().message.find("net 'pspnet' pools an image to one pixel before '") == 0);
  CHECK(!std::filesystem::exists(scratch / "one"));
  const auto teacher = train(
      requestFor(scratch / "two",
                 {psp, "batch=2", "epochs=1", "emaDecay=0.9",
                  R"(meanTeacher={"unlabelled":[{"dataset":"rendered","count":2}],"batch":1})"}));
  REQUIRE(!teacher);
  CHECK(teacher.error().message.find("a meanTeacher.batch of 2 or more") != std::string::npos);
  trained(requestFor(scratch / "still", {psp, "batch=1", "epochs=1", "freezeNorms=true"}));
  trained(requestFor(scratch / "unet", {"batch=1", "epochs=1"}));
}
