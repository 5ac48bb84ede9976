// A live dashboard in the terminal, and `q` as a clean stop. Where there is no terminal it does
// nothing: the run's plain lines say the same.
#include "native/report/dashboard.h"

#include <unistd.h>

#include <atomic>
#include <cmath>
#include <csignal>
#include <fstream>
#include <mutex>
#include <thread>

#include "native/system/files.h"
#include "native/system/interrupt.h"
#include "native/system/terminal_screen.h"
#include "native/train/watch.h"
#include "native/train/watchers/sample_pictures.h"

namespace limbus {
namespace {

constexpr int kSamples = 4;
constexpr int kRedrawMs = 500;
constexpr std::size_t kNewsBytes = 4096;  // of the end of the log: more than its last line

std::int64_t memoryOfProcess() {
  std::int64_t whole = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> whole >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

std::string lastLine(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::ate);
  const std::streamoff size = in.tellg();
  in.seekg(std::max<std::streamoff>(0, size - static_cast<std::streamoff>(kNewsBytes)));
  std::string last;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) last = line;
  }
  return last;
}

class Screenful : public Watcher {
 public:
  explicit Screenful(const WatchRequest& request)
      : log_(request.run / "train.log"), classes_(request.recipe.classes) {
    run_.title = request.recipe.name + ": " + request.recipe.net.name();
    run_.metric = request.recipe.bestMetric;
    run_.epoch = resumedAt_ = request.epochs;
    run_.epochs = request.recipe.epochs;
    if (request.bestEpoch > 0) run_.best = request.best;
    run_.bestEpoch = request.bestEpoch;
    drawing_ = std::thread([this] { draw(); });
  }
  ~Screenful() override {
    ended_ = true;
    drawing_.join();
  }

  Result<void> after(const EpochFacts& facts) override {
    std::vector<Dashboard::Sample> samples;
    if (facts.validation != nullptr) {
      for (SamplePictures& one : samplePictures(facts, classes_, kSamples)) {
        samples.push_back({std::move(one.image), std::move(one.truth), std::move(one.prediction)});
      }
    }
    const double steps = static_cast<double>(std::max<std::int64_t>(1, facts.trained.steps));
    const std::lock_guard lock(mutex_);
    run_.epoch = facts.epoch;
    run_.trainingLoss.push_back(facts.trained.loss);
    if (facts.validation != nullptr) {
      run_.samples = std::move(samples);
      count(*facts.validation, facts.epoch);
    } else {  // the curves stay over their epochs
      for (std::vector<double>* curve : {&run_.validationLoss, &run_.mIoU}) {
        curve->push_back(curve->empty() ? NAN : curve->back());
      }
    }
    run_.lr = facts.trained.lr;
    run_.stepsPerSecond = steps / std::max(1e-9, facts.trained.seconds);
    run_.waitForDataMs = facts.trained.loader.waitedMs / steps;
    const double perEpoch = secondsSince(started_) / (facts.epoch - resumedAt_);
    leftSeconds_ = perEpoch * (run_.epochs - facts.epoch);
    epochEnded_ = Clock::now();
    return {};
  }

 private:
  using Clock = std::chrono::steady_clock;

  void count(const Validation& validation, int epoch) {
    const BestMetricRow& metric = *findRow(bestMetrics(), run_.metric);
    const double value = metric.value(validation);
    run_.validationLoss.push_back(validation.loss);
    run_.mIoU.push_back(validation.scores.mIoU);
    if (run_.best && !better(metric, value, *run_.best)) return;
    run_.best = value;
    run_.bestEpoch = epoch;
  }

  void draw() {
    const TerminalScreen screen;
    const TerminalColours colours =
        screen.showsMillionsOfColours() ? TerminalColours::millions : TerminalColours::cube256;
    bool stop = false;
    while (!ended_) {
      Dashboard now;
      {
        const std::lock_guard lock(mutex_);
        now = run_;
        if (leftSeconds_) now.leftSeconds = *leftSeconds_ - secondsSince(epochEnded_);
      }
      now.elapsedSeconds = secondsSince(started_);
      now.memoryBytes = memoryOfProcess();
      now.news = lastLine(log_);
      now.stopping = stop || InterruptGuard::requested();
      const auto [columns, rows] = screen.size();
      screen.show(screenOf(now, columns, rows, colours));
      const char key = screen.key(kRedrawMs);
      stop = stop || key == 'q' || key == 'Q';
      // The run takes signals over just before its first epoch, and forgets those of before.
      if (stop && !InterruptGuard::requested()) InterruptGuard::askToStop("q");
    }
  }

  const InterruptGuard guard_;  // a key before the run's own is set up must not kill
  std::filesystem::path log_;
  std::vector<ClassSpec> classes_;
  Clock::time_point started_ = Clock::now(), epochEnded_ = started_;
  int resumedAt_ = 0;
  std::mutex mutex_;  // over run_, leftSeconds_ and epochEnded_
  Dashboard run_;
  std::optional<double> leftSeconds_;
  std::atomic<bool> ended_{false};
  std::thread drawing_;  // the last: it uses all the others
};

class Nothing : public Watcher {
 public:
  Result<void> after(const EpochFacts&) override { return {}; }
};

Result<std::unique_ptr<Watcher>> openDashboard(const WatchRequest& request) {
  if (!TerminalScreen::possible()) return std::unique_ptr<Watcher>(std::make_unique<Nothing>());
  return std::unique_ptr<Watcher>(std::make_unique<Screenful>(request));
}

}  // namespace

WatcherRow dashboardRow() {
  return {"ui", "on the terminal: curves, throughput, predictions; q stops the run", openDashboard};
}

}  // namespace limbus
