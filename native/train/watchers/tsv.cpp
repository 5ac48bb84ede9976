// RUN/log.tsv, as OpenEDS 2019's second place wrote its log: rate, losses and validation Dice of
// each epoch, five decimals. The Dice is that of the classes behind the first, the background,
// where one that is neither there nor predicted counts as 1. Its authors took it batch by batch;
// here it is by the recipe's convention, none of which depends on the size of a batch. Epochs that
// are not validated leave the last two empty.
#include <cstdio>
#include <sstream>

#include "native/system/files.h"
#include "native/train/watch.h"

namespace limbus {
namespace {

constexpr const char* kHeader = "Learning Rate\tTrain Loss\tValid Loss\tDice\n";

double foregroundDice(const Scores& scores) {
  double sum = 0;
  for (std::size_t i = 1; i < scores.classes.size(); ++i) sum += scores.classes[i].dice.value_or(1);
  return sum / static_cast<double>(scores.classes.size() - 1);
}

class Table : public Watcher {
 public:
  explicit Table(std::filesystem::path file) : file_(std::move(file)) {}

  Result<void> after(const EpochFacts& facts) override {
    char line[128];
    if (facts.validation == nullptr) {
      std::snprintf(line, sizeof line, "%.5f\t%.5f\t\t\n", facts.trained.lr, facts.trained.loss);
    } else {
      std::snprintf(line, sizeof line, "%.5f\t%.5f\t%.5f\t%.5f\n", facts.trained.lr,
                    facts.trained.loss, facts.validation->loss,
                    foregroundDice(facts.validation->scores));
    }
    return appendBytes(file_, line);
  }

 private:
  std::filesystem::path file_;
};

// The lines of epochs that the run goes on from.
std::string linesOf(const std::filesystem::path& file, int epochs) {
  std::istringstream lines(readBytes(file).value_or(""));
  std::string kept = kHeader, line;
  std::getline(lines, line);
  for (int epoch = 0; epoch < epochs && std::getline(lines, line); ++epoch) kept += line + "\n";
  return kept;
}

Result<std::unique_ptr<Watcher>> openTsv(const WatchRequest& request) {
  const std::filesystem::path file = request.run / "log.tsv";
  if (auto written = writeBytes(file, linesOf(file, request.epochs)); !written) {
    return fail(written.error());
  }
  return std::unique_ptr<Watcher>(std::make_unique<Table>(file));
}

}  // namespace

WatcherRow tableRow() {
  return {"tsv", "RUN/log.tsv: learning rate, losses and Dice (without class 0) of each epoch",
          openTsv};
}

}  // namespace limbus
