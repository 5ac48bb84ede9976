// What a person sees on a terminal while a network trains.
#include <pty.h>
#include <torch/torch.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <thread>

#include "native/train/loop.h"
#include "native_catch.h"
#include "scratch_folder.h"
#include "shared/nets/nets.h"

using namespace limbus;

namespace {

// One batch of three images, which comes in parts as they differ in size; slow enough to be shown.
class InParts : public BatchSource {
 public:
  void start(std::uint32_t, std::int64_t) override { at_ = 0; }
  Result<std::optional<DeviceBatch>> next() override {
    if (at_ == 3) return std::optional<DeviceBatch>();
    std::this_thread::sleep_for(std::chrono::milliseconds(160));
    const std::int64_t side = 32 + 16 * at_++;
    return DeviceBatch{.images = torch::zeros({1, 1, side, side}),
                       .target = torch::zeros({1, side, side}, torch::kInt64)};
  }
  std::int64_t batchesPerEpoch() const override { return 1; }

 private:
  int at_ = 0;
};

// What `work` writes to stderr while that is a terminal.
std::string shownOnTerminal(const std::function<void()>& work) {
  int terminal = 0, other = 0;
  REQUIRE(openpty(&terminal, &other, nullptr, nullptr, nullptr) == 0);
  const int kept = dup(STDERR_FILENO);
  dup2(other, STDERR_FILENO);
  work();
  dup2(kept, STDERR_FILENO);
  char text[4096];
  const ssize_t length = read(terminal, text, sizeof text);
  for (const int file : {terminal, other, kept}) close(file);
  return {text, static_cast<std::size_t>(std::max<ssize_t>(length, 0))};
}

}  // namespace

TEST_CASE("loop: a batch of unequal images in parts is one on the progress bar") {
  const ScratchFolder scratch;
  Executor net(buildNet("eye-s").value(), 1);
  InParts source;
  const Loss loss;
  const std::string shown = shownOnTerminal([&] {
    Progress progress(scratch / "log", false);
    progress.begin("validation", source.batchesPerEpoch(), 0, "");
    const auto report = evaluate(
        net, source,
        {.loss = loss, .convention = *findRow(conventions(), "dataset"), .classes = 4, .batch = 3},
        progress);
    CHECK(report);
  });
  CHECK(shown.find(" 1/1 ") != std::string::npos);
  CHECK(shown.find(" 3/1 ") == std::string::npos);
}
