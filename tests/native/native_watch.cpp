// Logs for other tools, read back.
#include <csignal>
#include <sstream>

#include "event_text.h"
#include "native/data/files/png.h"
#include "scratch_folder.h"
#include "small_runs.h"

using namespace limbus;

TEST_CASE("train: logs for other tools, also over a resumed run") {
  ScratchFolder scratch;
  TrainRequest request = requestFor(scratch / "run", {"epochs=2", "partRates.encoder=0.1"});
  request.watchers = {"tensorboard", "tsv"};
  request.afterEpoch = [](int) { std::raise(SIGINT); };
  trained(request);
  request.resume = true;
  trained(request);

  std::istringstream table(readBytes(scratch / "run" / "log.tsv").value());
  std::vector<std::string> lines;
  for (std::string line; std::getline(table, line);) lines.push_back(line);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == "Learning Rate\tTrain Loss\tValid Loss\tDice");
  const std::vector<Json> log = records(scratch / "run");
  for (std::size_t epoch = 0; epoch < 2; ++epoch) {
    char expected[128];
    const Json& validation = log[epoch].at("validation");
    double dice = 0;  // of all classes but the first
    for (const char* name : {"sclera", "iris", "pupil"}) {
      const Json& iou = validation.at("iou").at(name);
      dice += iou.is_null() ? 1.0 / 3 : 2 * iou.get<double>() / (1 + iou.get<double>()) / 3;
    }
    std::snprintf(expected, sizeof expected, "%.5f\t%.5f\t%.5f\t%.5f",
                  log[epoch].at("lr").get<double>(), log[epoch].at("trainLoss").get<double>(),
                  validation.at("loss").get<double>(), dice);
    CHECK(lines[epoch + 1] == expected);
  }

  // A file for each start.
  const std::vector<Event> first =
      eventsOf(scratch / "run/events.out.tfevents.000000000000.limbus");
  const std::vector<Event> second =
      eventsOf(scratch / "run/events.out.tfevents.000000000002.limbus");
  for (const auto& [events, step] : {std::pair(first, 2), std::pair(second, 4)}) {
    REQUIRE(events.size() == 3);
    CHECK(events[0].version == "brain.Event:2");
    CHECK(events[1].step == step - 1);  // what comes after the steps before
    CHECK(events[2].step == step);
    const auto& scalars = events[2].scalars;
    CHECK(scalars.at("val/Mean_IoU") ==
          log[static_cast<std::size_t>(step / 2 - 1)].at("validation").at("mIoU").get<float>());
    for (const char* tag :
         {"train/loss", "train/Pixel_Accuracy", "train/Mean_IoU", "train/Learning_rate_0",
          "val/loss", "val/IoU/pupil", "val/Pixel_Accuracy", "val/Mean_Dice"}) {
      CHECK(scalars.count(tag) == 1);
    }
    CHECK(scalars.at("train/Learning_rate_1") == 0.1F * scalars.at("train/Learning_rate_0"));
    CHECK(scalars.count("train/Learning_rate_2") == 0);
    // Two images of 64 x 64 beside truth and prediction, 5 px between them.
    const Image grid = decodePng(events[2].images.at("val/inputs_targets_predictions")).value();
    CHECK(grid.width == 3 * 64 + 10);
    CHECK(grid.height == 2 * 64 + 5);
    CHECK(events[2].histograms.count("weights/classifier.weight") == 1);
  }
  request.resume = false;
  request.force = true;
  request.watchers = {"tensorbord"};
  const Result<TrainSummary> unknown = train(request);
  REQUIRE(!unknown);
  CHECK(
      unknown.error().message ==
      "--log: unknown log 'tensorbord'; known: tensorboard, tsv, ui; did you mean 'tensorboard'?");
  CHECK(std::filesystem::exists(request.run / "train.log"));  // nothing was replaced
}
