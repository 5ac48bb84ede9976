// Images that lie on the device that trains: the loader's batches, made there.
#include <sys/mman.h>
#include <torch/torch.h>

#include <chrono>
#include <thread>

#include "native/train/augment/device_changes.h"
#include "native/train/batches/batches_ahead.h"
#include "no_threads.h"
#include "resident_cases.h"
#include "scratch_folder.h"
#include "small_runs.h"

using namespace limbus;
using namespace limbus::samples;

namespace {

const LoaderOptions kShuffled{.batch = 4, .workers = 2, .seed = 5, .shuffle = true};

std::string obstacleOf(const Dataset& dataset, const std::string& list, InputSpec input,
                       LoaderOptions options = kShuffled) {
  const Result<Resident> resident =
      residentBatches(dataset, input, parseAugmentations(list).value(), options, torch::kCPU);
  REQUIRE(resident);
  CHECK((resident->batches == nullptr) == !resident->obstacle.empty());
  return resident->obstacle;
}

}  // namespace

TEST_CASE("resident: every augmentation that is drawn is the loader's") {
  int rows = 0;
  for (const AugmentationRow& row : augmentations()) {
    if (!isDrawn(row)) continue;
    ++rows;
    checkRow(row, torch::kCPU);
  }
  CHECK(rows >= 28);
}

TEST_CASE("resident: whole lists, alternatives and crops among them, are the loader's") {
  for (const std::string& list : residentLists()) {
    for (const int channels : {1, 3}) {
      INFO(list << ", " << channels);
      const Waves dataset(13, {64, 48, channels});
      const Distance distance =
          distanceTo(dataset, levelInput(channels), list, kShuffled, torch::kCPU);
      CHECK(distance.largest <= largestOf(list));
      CHECK(distance.differing <= 0.001);
      CHECK(distance.differingMasks <= 0.001);
    }
  }
}

TEST_CASE("resident: network input is preprocess()'s, resized, padded and normalised") {
  const char* const inputs[] = {
      R"({"width": 64, "height": 48, "gamma": 0.5, "pad": {"to": "multiple", "multiple": 32}})",
      R"({"width": 40, "height": 40, "resize": "fit", "interpolation": "area", "normalise": {"by": "image", "minDeviation": 4},
          "pad": {"to": "box", "fill": "constant", "value": 9, "place": "centre"}})",
      R"({"width": 40, "height": 20, "resize": "stretch", "colour": "rgb", "interpolation": "area", "pad": {"to": "multiple", "multiple": 16, "fill": "reflect"},
          "normalise": {"by": "constants", "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}})",
      R"({"width": 90, "height": 48, "resize": "stretch", "colour": "bgr", "interpolation": "cubic", "normalise": {"by": "image"}})",
      R"({"width": 50, "height": 50, "resize": "shrink", "interpolation": "nearest", "gamma": 0.8})",
      R"({"width": 64, "height": 80, "resize": "fit", "interpolation": "linear", "colour": "rgb",
          "pad": {"to": "box", "fill": "replicate", "place": "centre"}})"};
  for (const char* text : inputs) {
    for (const int channels : {1, 3}) {
      INFO(text << ", " << channels);
      InputSpec input;
      REQUIRE(readOptions(parseJson(text, "input").value(), "input", input));
      const Waves dataset(5, {64, 48, channels});
      const Distance distance =
          distanceTo(dataset, input, R"([{"name": "flipHorizontal"}])", kShuffled, torch::kCPU);
      CHECK(distance.largest == 0);
      CHECK(distance.differingMasks == 0);
    }
  }
}

TEST_CASE("resident: shares, rests and epochs begun in the middle come as from the loader") {
  const Waves dataset(11, {16, 8, 1});
  for (const bool dropLast : {false, true}) {
    for (const int share : {0, 1}) {
      const LoaderOptions options{.batch = 2,
                                  .share = share,
                                  .shares = 2,
                                  .workers = 0,
                                  .seed = 4,
                                  .shuffle = true,
                                  .dropLast = dropLast};
      CHECK(distanceTo(dataset, levelInput(1), "[]", options, torch::kCPU).largest == 0);
    }
  }
  Result<Resident> resident =
      residentBatches(dataset, levelInput(1), parseAugmentations(residentLists()[0]).value(),
                      kShuffled, torch::kCPU);
  REQUIRE(resident);
  REQUIRE(resident->batches);
  CHECK(resident->bytes == 11 * 2 * 16 * 8);
  CHECK_FALSE(*resident->batches->next());  // not started
  const std::vector<DeviceBatch> whole = epochOf(*resident->batches, 2);
  REQUIRE(whole.size() == 3);
  for (std::size_t first = 0; first <= 4; ++first) {
    const std::vector<DeviceBatch> rest =
        epochOf(*resident->batches, 2, static_cast<std::int64_t>(first));
    REQUIRE(rest.size() == 3 - std::min<std::size_t>(first, 3));
    for (std::size_t i = 0; i < rest.size(); ++i) {
      CHECK(torch::equal(rest[i].images, whole[first + i].images));
      CHECK(torch::equal(rest[i].target, whole[first + i].target));
      CHECK(rest[i].ids == whole[first + i].ids);
    }
  }
}

TEST_CASE("resident: batches are made together by their place in the epoch, wherever it goes on") {
  const Waves dataset(5, {1024, 1024, 1});  // two of them
  const LoaderOptions options{.batch = 1, .workers = 0, .seed = 4, .shuffle = true};
  const std::string list = R"([{"name":"gaussNoise","p":0.5},{"name":"flipHorizontal","p":0.5}])";
  CHECK(distanceTo(dataset, levelInput(1), list, options, torch::kCPU).largest == 0);
  const Result<Resident> resident = residentBatches(
      dataset, levelInput(1), parseAugmentations(list).value(), options, torch::kCPU);
  REQUIRE(resident);
  const std::vector<DeviceBatch> whole = epochOf(*resident->batches, 2);
  REQUIRE(whole.size() == 5);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    CHECK((whole[i].images.storage_offset() == 0) == (i % 2 == 0));
  }
  for (const std::size_t first : {1, 2, 3}) {
    const std::vector<DeviceBatch> rest =
        epochOf(*resident->batches, 2, static_cast<std::int64_t>(first));
    REQUIRE(rest.size() == 5 - first);
    for (std::size_t i = 0; i < rest.size(); ++i) {
      CHECK(torch::equal(rest[i].images, whole[first + i].images));
      CHECK(torch::equal(rest[i].target, whole[first + i].target));
      CHECK(rest[i].images.storage_offset() == whole[first + i].images.storage_offset());
      CHECK(rest[i].ids == whole[first + i].ids);
    }
  }
}

TEST_CASE("resident: an input that is larger than the images has fewer batches made together") {
  const Waves dataset(4, {64, 64, 1});
  InputSpec input = levelInput(1);
  input.width = input.height = 1024;
  input.resize = ResizeRule::stretch;
  const Result<Resident> resident = residentBatches(
      dataset, input, {}, {.batch = 2, .workers = 0, .seed = 4, .shuffle = true}, torch::kCPU);
  REQUIRE(resident);
  REQUIRE(resident->batches);
  for (const DeviceBatch& one : epochOf(*resident->batches, 1)) {
    CHECK(one.images.storage().nbytes() == one.images.nbytes());
  }
}

TEST_CASE("resident: what cannot lie there says why, and a broken image is an error") {
  Waves dataset(5, {64, 48, 1});
  const InputSpec input = levelInput(1);
  CHECK(obstacleOf(dataset, "[]", input).empty());
  const auto says = [](const std::string& text, const char* part) {
    INFO(text);
    CHECK(text.find(part) != std::string::npos);
  };
  says(obstacleOf(dataset, R"([{"name": "jpeg"}])", input), "'jpeg'");
  says(obstacleOf(dataset, R"([{"name": "crop", "p": 0.5, "width": 8, "height": 8}])", input),
       "'crop' makes images of several sizes");
  says(obstacleOf(dataset, R"([{"name": "rotate90", "swap": true}])", input), "'rotate90'");
  says(obstacleOf(dataset, R"([{"name": "crop", "p": 1, "width": 8}, {"name": "cutMix"}])", input),
       "'cutMix' would take images of another size");
  CHECK(obstacleOf(dataset, R"([{"name": "rotate90"}])", input).empty());
  InputSpec clahe = input;
  clahe.clahe = Clahe{};
  says(obstacleOf(dataset, "[]", clahe), "CLAHE");
  LoaderOptions maps = kShuffled;
  maps.maps.distances = true;
  says(obstacleOf(dataset, "[]", input, maps), "maps");
  dataset.fresh_ = true;
  says(obstacleOf(dataset, "[]", input), "new in every epoch");
  dataset.fresh_ = false;
  dataset.wide_ = 4;
  says(obstacleOf(dataset, "[]", input), "w4 is 66x48");
  dataset.broken_ = 3;
  const Result<Resident> broken = residentBatches(dataset, input, {}, kShuffled, torch::kCPU);
  REQUIRE_FALSE(broken);
  CHECK(broken.error().message == "w3.png: broken");
}

TEST_CASE("resident: of images of several sizes the first of each are named") {
  class Uneven : public Dataset {
   public:
    std::size_t size() const override { return 8; }
    Result<Sample> get(std::size_t index, std::uint32_t) const override {
      if (index % 2 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
      const int width = index < 2 ? 16 : 20;
      return Sample{"u" + std::to_string(index), Image(width, 8, 1), Mask(width, 8, 1)};
    }
  };
  LoaderOptions options = kShuffled;
  options.workers = 4;
  CHECK(obstacleOf(Uneven(), "[]", levelInput(1), options) ==
        "images are of several sizes: u0 is 16x8x1, u2 is 20x8x1");
}

TEST_CASE("ahead: where the system refuses threads batches come as they are asked for") {
  const Waves dataset(11, {64, 48, 1});
  const auto source = [&] {
    return std::make_unique<LoaderSource>(dataset, levelInput(1), std::vector<Augmentation>(),
                                          kShuffled, torch::kCPU);
  };
  const std::vector<DeviceBatch> expected = epochOf(*source(), 1);
  BatchesAhead ahead(source(), torch::kCPU);
  const NoThreads none;
  const std::vector<DeviceBatch> batches = epochOf(ahead, 1);
  REQUIRE(batches.size() == expected.size());
  for (std::size_t i = 0; i < batches.size(); ++i) CHECK(batches[i].ids == expected[i].ids);
  CHECK_FALSE(*ahead.next());
}

TEST_CASE("ahead: the same batches, from any on, and an error once") {
  const Waves dataset(11, {64, 48, 1});
  const auto made = [&] {
    return residentBatches(dataset, levelInput(1), parseAugmentations(residentLists()[1]).value(),
                           kShuffled, torch::kCPU)
        .value()
        .batches;
  };
  const std::unique_ptr<BatchSource> direct = made();
  BatchesAhead ahead(made(), torch::kCPU);
  CHECK(ahead.batchesPerEpoch() == 3);
  CHECK_FALSE(*ahead.next());  // not started
  for (int round = 0; round < 3; ++round) {
    ahead.start(7, 0);  // left in the middle
    REQUIRE(*ahead.next());
    for (const std::int64_t first : {0, 2, 5}) {
      const std::vector<DeviceBatch> expected = epochOf(*direct, 1, first);
      const std::vector<DeviceBatch> batches = epochOf(ahead, 1, first);
      REQUIRE(batches.size() == expected.size());
      for (std::size_t i = 0; i < batches.size(); ++i) {
        CHECK(torch::equal(batches[i].images, expected[i].images));
        CHECK(torch::equal(batches[i].target, expected[i].target));
        CHECK(batches[i].ids == expected[i].ids);
      }
      CHECK_FALSE(*ahead.next());
    }
  }

  Waves broken(5, {64, 48, 1});
  broken.broken_ = 3;
  BatchesAhead failing(
      std::make_unique<LoaderSource>(broken, levelInput(1), std::vector<Augmentation>(),
                                     LoaderOptions{.batch = 2, .workers = 0}, torch::kCPU),
      torch::kCPU);
  failing.start(0, 0);
  REQUIRE(failing.next());
  const Result<std::optional<DeviceBatch>> error = failing.next();
  REQUIRE_FALSE(error);
  CHECK(error.error().message == "w3.png: broken");
  CHECK_FALSE(*failing.next());
}

TEST_CASE("resident: pixels of whole images that together are more than 32 bits count") {
  constexpr std::int64_t kImages = 33, kSide = 8192, kPixels = kImages * kSide * kSide;
  // Memory that takes room only where it is written.
  void* const room = ::mmap(nullptr, kPixels, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  REQUIRE(room != MAP_FAILED);
  static_cast<std::uint8_t*>(room)[kPixels - 1] = 7;
  {
    const torch::Tensor planes = torch::from_blob(room, {kImages, 1, kSide, kSide}, torch::kUInt8);
    const torch::Tensor last = torch::full({kImages, 1, 1}, kSide - 1, torch::kInt32);
    const torch::Tensor pixels = gathered(planes, last, last).flatten();
    CHECK(pixels[kImages - 1].item<int>() == 7);
    CHECK(pixels.sum().item<int>() == 7);
  }
  ::munmap(room, kPixels);
}

TEST_CASE("resident: a run ends bit for bit where one with the loader's batches does") {
  ScratchFolder scratch;
  const std::vector<std::string> common = {
      R"(augment=[{"name": "flipHorizontal"}, {"name": "brightnessContrast"}, {"name": "gaussNoise"}])"};
  std::vector<Json> ends;
  for (const char* place : {"host", "device"}) {
    std::vector<std::string> overrides = common;
    overrides.push_back(std::string("dataOn=") + place);
    const std::filesystem::path run = scratch / place;
    trained(requestFor(run, overrides));
    const std::vector<Json> log = records(run);
    REQUIRE(log.size() == 2);
    ends.push_back({{"loss", log[1].at("trainLoss")}, {"validation", log[1].at("validation")}});
    const std::string said = readBytes(run / "train.log").value();
    CHECK((said.find("training images on cpu, 0.0 MB of 8 bits") != std::string::npos) ==
          (std::string(place) == "device"));
  }
  CHECK(ends[0] == ends[1]);

  std::vector<std::string> fresh = {"dataOn=device", "data.fresh=true", "epochs=1"};
  trained(requestFor(scratch / "fresh", fresh));
  CHECK(readBytes(scratch / "fresh" / "train.log")
            .value()
            .find("training images with the workers: they are new in every epoch") !=
        std::string::npos);
}
