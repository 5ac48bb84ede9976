// Runs that go on while images of theirs were changed under their names.
#include <catch2/matchers/catch_matchers_string.hpp>
#include <chrono>

#include "native/data/file_states.h"
#include "native/data/files/image_files.h"
#include "native/train/files/run_folder.h"
#include "own_images.h"
#include "ranks_training.h"
#include "small_runs.h"

using namespace limbus;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

// A run of one epoch of two, and what a resumed one says of its files.
struct HalfRun {
  OwnImages own{5};
  TrainRequest request;

  HalfRun() {
    request = requestFor(own.scratch / "straight", {R"(data={"dataset":"folder"})", "epochs=2"});
    request.data = own.data;
    request.selfCheck = false;
    request.afterEpoch = [this](int epoch) {
      if (epoch == 1) fs::copy(own.scratch / "straight", own.scratch / "half");
    };
    trained(request);
    request.afterEpoch = nullptr;
    request.resume = true;
  }

  fs::path file(const std::string& name) const { return fs::path(own.data) / name; }

  std::string resumed() {
    fs::remove_all(own.scratch / "run");
    fs::copy(own.scratch / "half", own.scratch / "run");
    request.run = own.scratch / "run";
    trained(request);
    const std::string log = readBytes(request.run / "train.log").value();
    const std::size_t at = log.find("changed since");
    if (at == std::string::npos) return "";
    const std::size_t begin = log.rfind('\n', at) + 1;
    return log.substr(begin, log.find('\n', at) - begin);
  }

  void draw(const std::string& name, std::uint32_t seed) const {
    const Render render = *renderEye("usb", 4, seed, 64, 64);
    REQUIRE(writePng(file(name), render.image.view(), false));
  }
};

}  // namespace

TEST_CASE("changed files: a run that goes on names what is no longer as it read it") {
  HalfRun half;
  CHECK(half.resumed().empty());

  const fs::path image = half.file("images/1.png"), mask = half.file("masks/3.png");
  const std::uintmax_t bytes = fs::file_size(image);
  half.draw("images/1.png", 17);
  REQUIRE(fs::file_size(image) != bytes);
  CHECK(half.resumed() == "1 image or mask file changed since this run last read them: " +
                              image.string() + "; it goes on with what they hold now");

  // Newer by the clock that is asked, whatever the file system counts in.
  const auto later = fs::file_time_type::clock::now() + std::chrono::seconds(2);
  half.draw("images/1.png", 1);
  for (const fs::path& file : {image, mask}) fs::last_write_time(file, later);
  CHECK(half.resumed() ==
        "2 image or mask files changed since this run last read them: " + image.string() + ", " +
            mask.string() + " (each as large as before); it goes on with what they hold now");

  half.draw("images/1.png", 17);
  for (const fs::path& file : {image, mask})
    fs::last_write_time(file, later - std::chrono::hours(9));
  CHECK_THAT(half.resumed(), ContainsSubstring("images or masks changed since this run last read "
                                               "them, by their sizes; it goes on"));
}

TEST_CASE("changed files: of a run of before nothing is known") {
  HalfRun half;
  half.draw("images/1.png", 17);
  const fs::path file = half.own.scratch / "half" / "data.json";
  Json place = Json::parse(readBytes(file).value());
  REQUIRE(place.erase("files") == 1);
  REQUIRE(writeBytes(file, place.dump()));
  CHECK(half.resumed().empty());
  CHECK(!readDataPlace(half.request.run).value()->files.sizes.empty());
}
