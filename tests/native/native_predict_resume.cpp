// A prediction that is stopped keeps what is whole, and --resume makes the rest.
#include <catch2/matchers/catch_matchers_string.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "own_images.h"

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

namespace {

// Bytes by name, but of what is hidden.
std::map<std::string, std::string> filesIn(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename().string()[0] == '.') continue;
    files[entry.path().filename().string()] = textOf(entry.path());
  }
  return files;
}

// So many that an image takes a while.
const std::vector<std::string> kViews = {"--tta", "none,flip-x,rotate-180", "--tta",
                                         "scale=1,scale=2,scale=3"};

std::vector<std::string> withViews(std::vector<std::string> words) {
  words.insert(words.end(), kViews.begin(), kViews.end());
  return words;
}

struct Prediction {
  OwnImages own{6};
  fs::path out = own.scratch / "masks";
  std::size_t images = 40;

  Prediction() {
    REQUIRE(own.train().exitCode == 0);
    for (std::size_t i = 0; i < images; ++i) {
      fs::create_directories(photos());
      fs::copy_file(own.scratch / "data/images" / (std::to_string(i % 6) + ".png"),
                    photos() / (std::to_string(i) + ".png"));
    }
  }

  fs::path photos() const { return own.scratch / "photos"; }

  Said run(const fs::path& folder, std::vector<std::string> more = {},
           const std::string& before = "") const {
    std::vector<std::string> words = {"predict",         "--model", own.run,         "--images",
                                      photos().string(), "--out",   folder.string(), "--overlay"};
    words.insert(words.end(), more.begin(), more.end());
    return limbusSays(words, before);
  }

  // Told to stop once there is a mask.
  Said stopped(const std::vector<std::string>& more = {}) const {
    return run(out, withViews(more), stopAt(".masks.part-*/*.png"));
  }

  // Shell code: kills what follows once there is such a file.
  std::string stopAt(const std::string& pattern) const {
    return "me=$(exec sh -c 'echo $PPID'); (until ls " + shellQuoted((own.scratch / "").string()) +
           pattern + " >/dev/null 2>&1; do sleep 0.01; done; kill -TERM $me) &";
  }
};

}  // namespace

TEST_CASE("predict: stopped and gone on with, its files are those of one that nobody stopped") {
  const Prediction prediction;
  const Said said = prediction.stopped();
  INFO(said.err);
  REQUIRE(said.exitCode == 3);
  CHECK_THAT(said.err, ContainsSubstring("stopped by SIGTERM") && ContainsSubstring("--resume"));
  const std::map<std::string, std::string> begun = filesIn(prediction.out);
  REQUIRE(begun.count("unfinished.json") == 1);
  const std::size_t masks = json::parse(begun.at("unfinished.json")).at("masks").size();
  CHECK(masks >= 1);
  CHECK(masks < prediction.images);
  CHECK(begun.size() == 2 * masks + 1);

  const std::string csv = (prediction.own.scratch / "masks.csv").string();
  const Said rest = prediction.run(prediction.out, withViews({"--resume", "--regions", csv}));
  INFO(rest.err);
  CHECK(rest.exitCode == 0);
  CHECK_THAT(rest.out, ContainsSubstring(std::to_string(prediction.images) + " masks"));
  const fs::path straight = prediction.own.scratch / "straight";
  const std::string straightCsv = (prediction.own.scratch / "straight.csv").string();
  REQUIRE(prediction.run(straight, withViews({"--regions", straightCsv})).exitCode == 0);
  CHECK(filesIn(prediction.out) == filesIn(straight));
  CHECK(textOf(csv) == textOf(straightCsv));
}

TEST_CASE("predict: --resume goes on with nothing but what it began") {
  const Prediction prediction;
  REQUIRE(prediction.stopped().exitCode == 3);
  const std::map<std::string, std::string> begun = filesIn(prediction.out);
  const auto refused = [&](std::vector<std::string> more, const std::string& why) {
    const Said said = prediction.run(prediction.out, std::move(more));
    INFO(said.err);
    CHECK(said.exitCode != 0);
    CHECK(said.errLines() == 1);
    CHECK_THAT(said.err, ContainsSubstring(why));
    CHECK(filesIn(prediction.out) == begun);
  };
  refused({}, "go on with --resume");
  refused({"--resume"}, "begun with something else for --tta");
  refused(withViews({"--resume", "--model", prediction.own.run + "/last.safetensors=2"}),
          "something else for --model");
  Said said = limbusSays(
      withViews({"predict", "--model", prediction.own.run, "--images", prediction.photos().string(),
                 "--out", prediction.out.string(), "--resume"}));
  CHECK_THAT(said.err, ContainsSubstring("was begun with --overlay; give it again"));
  fs::create_directories(prediction.own.scratch / "others");
  const std::string first = json::parse(begun.at("unfinished.json")).at("masks").begin().key();
  fs::copy_file(prediction.photos() / first, prediction.own.scratch / "others" / first);
  said = limbusSays(withViews({"predict", "--model", prediction.own.run, "--images",
                               (prediction.own.scratch / "others").string(), "--out",
                               prediction.out.string(), "--overlay", "--resume"}));
  CHECK_THAT(said.err, ContainsSubstring(".png: is the mask of "));

  const fs::path foreign = prediction.own.scratch / "foreign";
  fs::create_directories(foreign);
  REQUIRE(limbus::writeBytes(foreign / "notes.txt", "mine", false));
  CHECK_THAT(prediction.run(foreign, {"--resume"}).err,
             ContainsSubstring("no prediction to go on with"));
  REQUIRE(limbus::writeBytes(foreign / "unfinished.json", "{}", false));
  CHECK_THAT(prediction.run(foreign, {"--resume"}).err,
             ContainsSubstring("not what limbus predict leaves"));
  CHECK(prediction.run(prediction.own.scratch / "new", {"--resume"}).exitCode == 0);
}

TEST_CASE("predict: --resume of what is finished has nothing left to do but further images") {
  const Prediction prediction;
  const fs::path csv = prediction.own.scratch / "regions.csv";
  const auto again = [&](std::vector<std::string> more = {}) {
    more.insert(more.end(), {"--regions", csv.string()});
    return prediction.run(prediction.out, more);
  };
  REQUIRE(again().exitCode == 0);
  const std::map<std::string, std::string> finished = filesIn(prediction.out);
  CHECK(finished.size() == 2 * prediction.images);
  const auto time = [&] { return fs::last_write_time(prediction.out / "3.png"); };
  const fs::file_time_type before = time();
  for (int i = 0; i < 2; ++i) {
    const Said said = again({"--resume"});
    INFO(said.err);
    CHECK(said.exitCode == 0);
    CHECK_THAT(said.out, ContainsSubstring("nothing is left to segment") &&
                             ContainsSubstring("holds 40 masks already"));
    CHECK(filesIn(prediction.out) == finished);
  }
  CHECK_THAT(again({"--resume", "--tta", "none,flip-x"}).err,
             ContainsSubstring("begun with something else for --tta"));
  CHECK_THAT(again().err, ContainsSubstring("--force"));
  fs::copy_file(prediction.photos() / "0.png", prediction.photos() / "40.png");
  const Said more = again({"--resume"});
  INFO(more.err);
  CHECK_THAT(more.out, ContainsSubstring("wrote 41 masks"));
  CHECK(filesIn(prediction.out).size() == 2 * 41);
  CHECK(time() == before);
  // Masks that know of others are no part of what was finished.
  REQUIRE(again({"--force", "--smooth", "window:frames=1"}).exitCode == 0);
  CHECK_THAT(again({"--resume"}).err, ContainsSubstring("no prediction to go on with"));
}

TEST_CASE("predict: a full disk costs what did not fit, an unreadable image itself") {
  const Prediction prediction;
  const limbus::Render large = *limbus::renderEye("usb", 4, 9, 1280, 960);
  REQUIRE(limbus::writePng(prediction.photos() / "z.png", large.image.view(), false));
  const Said full = prediction.run(prediction.out, {}, "trap '' XFSZ; ulimit -f 32;");
  INFO(full.err);
  CHECK(full.exitCode == 1);
  CHECK(full.errLines() == 1);
  CHECK_THAT(full.err, ContainsSubstring("not written") &&
                           ContainsSubstring("holds 40 of 41 masks, go on with --resume"));
  REQUIRE(limbus::writeBytes(prediction.photos() / "y.png", "", false));
  const fs::path csv = prediction.own.scratch / "regions.csv";
  const std::vector<std::string> same = {"--resume", "--regions", csv.string()};
  const Said rest = prediction.run(prediction.out, same);
  CHECK(rest.exitCode == 1);
  CHECK_THAT(rest.err, ContainsSubstring("y.png"));
  const std::string first = textOf(csv);
  CHECK(filesIn(prediction.out).size() == 2 * 41 + 1);
  // Mended, and a mask that somebody painted in is made anew.
  REQUIRE(limbus::writePng(prediction.photos() / "y.png", large.image.view(), false));
  const std::string whole = textOf(prediction.out / "3.png");
  REQUIRE(limbus::writePng(prediction.out / "3.png", limbus::Image(64, 64, 1, 9).view(), false));
  REQUIRE(limbus::writeBytes(csv, first + "mine\n", false));
  CHECK_THAT(prediction.run(prediction.out, same).err,
             ContainsSubstring("regions.csv: exists already; choose another file"));
  REQUIRE(limbus::writeBytes(csv, first, false));  // as it was written
  CHECK(prediction.run(prediction.out, same).exitCode == 0);
  CHECK(textOf(csv).size() > first.size());
  CHECK(filesIn(prediction.out).size() == 2 * 42);
  CHECK(textOf(prediction.out / "3.png") == whole);
}

TEST_CASE("predict: where nothing more fits, what is whole stays and it goes on") {
  if (std::system("unshare -rm true 2>/dev/null") != 0) SKIP("no mount namespaces");
  const Prediction prediction;
  const fs::path disk = prediction.own.scratch / "disk", kept = prediction.own.scratch / "kept";
  const auto predict = [&](const fs::path& out, const std::vector<std::string>& more,
                           const std::string& before) {
    std::vector<std::string> words = {
        "predict", "--model",   prediction.own.run, "--images", prediction.photos().string(),
        "--out",   out.string()};
    words.insert(words.end(), more.begin(), more.end());
    return limbusSays(words, before);
  };
  fs::create_directories(disk);
  // A page each: it is full to the last one.
  const Said full = predict(disk / "masks", {},
                            "unshare -rm sh -c 'mount -t tmpfs -o size=100k none " + disk.string() +
                                " && ( \"$@\" ); code=$?; cp -r " + (disk / "masks").string() +
                                " " + kept.string() + "; exit $code' sh");
  INFO(full.err);
  CHECK(full.exitCode == 1);
  CHECK_THAT(full.err, ContainsSubstring("No space left") &&
                           ContainsSubstring("of 40 masks, go on with --resume"));
  CHECK(filesIn(kept).size() > 10);
  const Said rest = predict(kept, {"--resume"}, "");
  INFO(rest.err);
  CHECK(rest.exitCode == 0);
  const fs::path straight = prediction.own.scratch / "straight";
  REQUIRE(predict(straight, {}, "").exitCode == 0);
  CHECK(filesIn(kept) == filesIn(straight));
}

TEST_CASE("predict: an image that the memory cannot hold costs itself") {
  const Prediction prediction;
  // OpenBLAS 0.3.29 asks for ever where there is no room for its buffer.
  const auto within = [&](const std::string& out, int megabytes) {
    return prediction.run(prediction.own.scratch / out, {},
                          "ulimit -t 20; ulimit -v " + std::to_string(megabytes * 1024) + ";");
  };
  int megabytes = 500;  // what the others need, of addresses
  while (within("masks" + std::to_string(megabytes), megabytes).exitCode != 0) {
    megabytes += 500;
    REQUIRE(megabytes < 20000);
  }
  const fs::path huge = prediction.photos() / "1000.ppm";
  REQUIRE(limbus::writeBytes(huge, "P6 16000 16000 255\n", false));
  fs::resize_file(huge, fs::file_size(huge) + 16000 * 16000 * 3);  // a hole, no bytes on the disk
  const Said said = within("all", megabytes);
  INFO(said.err);
  CHECK(said.exitCode == 1);
  CHECK(said.errLines() == 1);
  CHECK_THAT(said.err, ContainsSubstring("1000.ppm: does not fit into memory; make it smaller"));
  CHECK(filesIn(prediction.own.scratch / "all").size() == 2 * prediction.images);
}

TEST_CASE("predict: --resume knows images again whose names are no UTF-8") {
  const Prediction prediction;
  const fs::path photos = prediction.own.scratch / "odd";
  const std::vector<std::string> names = {"\xFE.png", "\xFF.png", "a%FE.png",
                                          "gr\xC3\xB6\xC3\x9F"
                                          "er.png"};
  fs::create_directories(photos);
  for (std::size_t i = 0; i < names.size(); ++i) {
    fs::copy_file(prediction.photos() / (std::to_string(i) + ".png"), photos / names[i]);
  }
  REQUIRE(limbus::writeBytes(photos / "z.png", "", false));
  const auto run = [&] {
    return limbusSays({"predict", "--model", prediction.own.run, "--images", photos.string(),
                       "--out", prediction.out.string(), "--resume"});
  };
  CHECK(run().exitCode == 1);  // of z.png
  std::vector<fs::file_time_type> times;
  for (const std::string& name : names) {
    times.push_back(fs::last_write_time(prediction.out / name));
  }
  const Said again = run();
  INFO(again.err);
  CHECK(again.errLines() == 1);
  CHECK_THAT(again.err,
             ContainsSubstring("1 image could not be segmented") && ContainsSubstring("z.png"));
  for (std::size_t i = 0; i < names.size(); ++i) {
    CHECK(fs::last_write_time(prediction.out / names[i]) == times[i]);
  }
}

TEST_CASE("predict: stopped where one image knows of others, it leaves nothing") {
  const Prediction prediction;
  const Said said = prediction.stopped({"--smooth", "window:frames=1"});
  INFO(said.err);
  CHECK(said.exitCode == 1);
  CHECK_THAT(said.err, ContainsSubstring("interrupted; nothing was written"));
  CHECK(!fs::exists(prediction.out));
}

TEST_CASE("predict: beside its images, and by a model from a pipe, it is all or nothing") {
  const Prediction prediction;
  const std::string file = (prediction.own.scratch / "own.onnx").string();
  REQUIRE(limbusSays({"export", prediction.own.run, "--out", file}).exitCode == 0);
  // As PGM, whose masks have other names.
  const fs::path beside = prediction.own.scratch / "beside";
  fs::create_directories(beside);
  for (std::size_t i = 0; i < prediction.images; ++i) {
    const limbus::Image image =
        *limbus::readImage(prediction.photos() / (std::to_string(i) + ".png"));
    REQUIRE(limbus::writeBytes(
        beside / (std::to_string(i) + ".pgm"),
        "P5 64 64 255\n" + std::string(image.pixels.begin(), image.pixels.end()), false));
  }
  const std::map<std::string, std::string> before = filesIn(beside);
  const Said stopped = limbusSays(withViews({"predict", "--model", prediction.own.run, "--images",
                                             beside.string(), "--out", beside.string(), "--force"}),
                                  prediction.stopAt("beside/.beside.part-*/*.png"));
  INFO(stopped.err);
  CHECK(stopped.exitCode == 1);
  CHECK_THAT(stopped.err, ContainsSubstring("interrupted; nothing was written"));
  CHECK(filesIn(beside) == before);

  const Said piped = limbusSays({"predict", "--model", "/dev/stdin", "--images",
                                 prediction.photos().string(), "--out", prediction.out.string()},
                                "cat " + shellQuoted(file) + " |");
  INFO(piped.err);
  CHECK(piped.exitCode == 0);
  CHECK(filesIn(prediction.out).size() == prediction.images);
}
