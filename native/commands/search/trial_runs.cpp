#include "native/commands/search/trial_runs.h"

#include <algorithm>
#include <csignal>
#include <iostream>
#include <map>
#include <set>

#include "native/commands/commands.h"
#include "native/commands/parts/exit_code.h"
#include "native/report/runs.h"
#include "native/report/text_table.h"
#include "native/system/files.h"
#include "native/system/interrupt.h"
#include "native/system/json_files.h"
#include "native/system/processes.h"
#include "native/system/processors.h"
#include "native/train/device.h"
#include "native/train/exceptions.h"
#include "native/train/files/run_folder.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

// Of search.json: which images all trials see.
constexpr const char *kTraining = "images", *kValidation = "validationImages";

// Somebody ended it, or the system for lack of memory; nothing that its values did.
bool wasStopped(int exitCode) {
  switch (exitCode - 128) {
    case SIGSEGV:
    case SIGABRT:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGTRAP:
    case SIGSYS:
      return false;
    default:
      return exitCode == kStoppedExit || exitCode > 128;
  }
}

// The last that a training said of itself, without the program's name.
std::string complaintIn(const fs::path& file) {
  const std::string text = readBytes(file).value_or("");
  const std::string opening = "limbus: ";
  const std::size_t at = text.rfind(opening);
  if (at == std::string::npos) return "ended without a word; see " + file.string();
  const std::size_t begin = at + opening.size();
  return text.substr(begin, text.find('\n', begin) - begin);
}

// Each training's GPU, where it may be any: one that fewest others have.
class SharedGpus {
 public:
  explicit SharedGpus(int gpus) : trainings_(static_cast<std::size_t>(gpus)) {}

  // The device of a training; `device` where there is no choice.
  std::string take(std::size_t training, const std::string& device) {
    if (trainings_.size() < 2) return device;
    const auto least = std::min_element(trainings_.begin(), trainings_.end());
    ++*least;
    const auto gpu = static_cast<std::size_t>(least - trainings_.begin());
    taken_[training] = gpu;
    return "cuda:" + std::to_string(gpu);
  }
  void leave(std::size_t training) {
    const auto found = taken_.find(training);
    if (found == taken_.end()) return;
    --trainings_[found->second];
    taken_.erase(found);
  }

 private:
  std::vector<int> trainings_;  // on each GPU
  std::map<std::size_t, std::size_t> taken_;
};

// The keys of a search's space as they stand: what is drawn for one hangs on its place.
std::string drawnKeys(const Json& search) {
  std::string keys;
  const Json space = search.value("space", Json());
  for (const auto& item : space.items()) keys += (keys.empty() ? "" : ", ") + item.key();
  return keys;
}

// DIR, new with `search` in it or that of the same one, and nobody else's.
Result<FolderLock> takeFolder(const TrialOptions& options, const Json& search) {
  const fs::path file = options.out / "search.json";
  std::error_code error;
  if (!options.resume) {
    if (fs::exists(file, error)) {
      return fail(ErrorCode::badArgument,
                  options.out.string() +
                      ": holds a search already; go on with --resume or choose another --out");
    }
    if (auto free = checkOutput(options.out, false); !free) return fail(free.error());
    if (auto made = makeFolder(options.out); !made) return fail(made.error());
    Result<FolderLock> lock = FolderLock::take(options.out);
    if (!lock) return lock;
    if (auto done = writeBytes(file, search.dump(2) + "\n"); !done) return fail(done.error());
    return lock;
  }
  Result<Json> before = readLongJson(file);
  if (!before && before.error().code == ErrorCode::notFound) {
    return fail(ErrorCode::notFound,
                options.out.string() + ": no search to go on with; leave --resume out");
  }
  if (!before) return fail(before.error());
  Json now = search;
  for (const char* images : {kTraining, kValidation}) {
    if (!before->contains(images)) now.erase(images);  // of a search of before
  }
  completeRecipe(*before);
  const std::vector<RecipeDifference> differ = differencesOf({*before, now});
  if (!differ.empty()) {
    return fail(ErrorCode::badArgument, options.out.string() + " was begun with another '" +
                                            differ.front().key +
                                            "'; pass the same, or choose another --out");
  }
  const std::string order = drawnKeys(*before);
  if (order == drawnKeys(now)) return FolderLock::take(options.out);
  return fail(ErrorCode::badArgument,
              options.out.string() + " was begun with the keys of its space in the order " + order +
                  ", by which values are drawn; put them so, or choose another --out");
}

}  // namespace

void addTrialOptions(CLI::App& command, TrialOptions& options) {
  command.add_option("--data", options.data, "Folder of the data set; not needed for renders");
  addOtherDataset(command, options.other);
  command.add_option("--out", options.out, "DIR: takes a RUN for each trial")
      ->required()
      ->type_name("DIR");
  command
      .add_option("--set", options.overrides, "Override a value in all trials, as in limbus train")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->take_all();
  command.add_option("--device", options.device, "auto, cpu, cuda or cuda:N")
      ->capture_default_str();
  command
      .add_option(
          "--jobs", options.jobs,
          "Trainings at a time, each a process with its share of the cores and, where there "
          "are several, of the GPUs")
      ->type_name("N")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command.add_flag_callback(
      "--no-self-check", [&options] { options.selfCheck = false; }, kNoSelfCheckHelp);
  command.add_flag("--resume", options.resume, "Go on with what DIR holds");
  command.add_flag("--json", options.json, "Print the table as JSON");
}

Result<void> overrideDataset(TrialOptions& options) {
  return overrideDataset(options.other, options.recipe, options.data, options.overrides);
}

TrialRuns::TrialRuns(TrialOptions options, FolderLock lock, Recipe recipe, TrialJournal journal,
                     fs::path program)
    : options_(std::move(options)),
      lock_(std::move(lock)),
      recipe_(std::move(recipe)),
      journal_(std::move(journal)),
      program_(std::move(program)),
      metric_(findRow(bestMetrics(), recipe_.bestMetric)) {}

Result<TrialRuns> TrialRuns::open(const TrialOptions& options, const Json& search) {
  Result<Recipe> recipe = readRecipe(options.recipe, options.overrides);
  if (!recipe) return fail(recipe.error());
  Result<fs::path> program = ownProgram();
  if (!program) return fail(program.error());
  Json whole = {{"recipe", Json::parse(completeJson(*recipe))}};
  // A wrong folder would fail trial by trial, and the failures would stay.
  for (const auto& [key, split] :
       {std::pair(kTraining, "train"), std::pair(kValidation, "validation")}) {
    const Result<std::unique_ptr<Dataset>> images = openDivided(
        recipe->data,
        {.root = options.data, .split = split, .classes = recipe->classes, .divide = true},
        withoutWriting(recipe->split));
    if (!images) return fail(images.error());
    whole[key] = whichSamples(**images);
  }
  whole.update(search);
  Result<FolderLock> lock = takeFolder(options, whole);
  if (!lock) return fail(lock.error());
  Result<TrialJournal> journal = TrialJournal::open(options.out / "trials.jsonl");
  if (!journal) return fail(journal.error());
  return TrialRuns(options, std::move(*lock), std::move(*recipe), std::move(*journal),
                   std::move(*program));
}

std::vector<std::string> TrialRuns::commandFor(const Trial& trial,
                                               const std::string& device) const {
  const fs::path run = options_.out / trial.name;
  std::vector<std::string> words = {program_.string(), "train", options_.recipe.string(),
                                    "--out",           run,     "--quiet",
                                    "--device",        device};
  if (!options_.selfCheck) words.push_back("--no-self-check");
  if (!options_.data.empty()) words.insert(words.end(), {"--data", options_.data.string()});
  for (const std::vector<std::string>* set : {&options_.overrides, &trial.set}) {
    for (const std::string& one : *set) words.insert(words.end(), {"--set", one});
  }
  if (trial.epochs > 0) {
    words.insert(words.end(), {"--set", "epochs=" + std::to_string(trial.epochs)});
  }
  // Of a search that was killed.
  const bool begun = !RunFolder{run}.found("last").empty();
  words.push_back(begun ? "--resume" : "--force");
  return words;
}

Result<TrialResult> TrialRuns::resultOf(const Trial& trial, int exitCode, bool alone) const {
  TrialResult result{.trial = trial};
  const fs::path folder = options_.out / trial.name;
  if (exitCode != 0) {
    result.error = complaintIn(folder.string() + ".log");
    if (exitCode > 128) result.error += " (signal " + std::to_string(exitCode - 128) + ")";
    // Alone, what does not fit is its values' doing, and what is killed each time may be.
    const bool ownDevice = result.error.find("CUDA") != std::string::npos &&
                           options_.jobs <= gpusToChoose(options_.device);
    const bool crowded = !alone && !ownDevice && isOutOfMemory(result.error);
    const bool again = alone && exitCode == 128 + SIGKILL && journal_.wasStopped(trial.name);
    result.stopped = crowded || (wasStopped(exitCode) && !again);
    if (result.stopped) {
      result.error =
          (crowded ? "no memory beside others, --resume with fewer --jobs runs it again: "
                   : "stopped from outside, --resume runs it again: ") +
          result.error;
    }
    return result;
  }
  const Result<RunSummary> run = summariseRun(folder);
  if (!run) return fail(run.error());
  result.best = run->best;
  result.bestEpoch = run->bestEpoch;
  result.epochs = run->epochs;
  result.seconds = run->seconds;
  return result;
}

void TrialRuns::show(const TrialResult& result) const {
  if (options_.json) return;
  std::cout << result.trial.name << "  ";
  if (result.best) {
    std::cout << metric_->name << " " << shownNumber(*result.best) << " @" << result.bestEpoch;
  } else {
    std::cout << "failed: " << result.error;
  }
  for (const std::string& one : result.trial.set) std::cout << "  " << one;
  std::cout << std::endl;
}

Result<std::vector<TrialResult>> TrialRuns::run(const std::vector<Trial>& trials) {
  std::vector<Trial> missing;
  for (const Trial& trial : trials) {
    if (journal_.find(trial.name) == nullptr) missing.push_back(trial);
  }
  const int threads = std::max(1, coreCount() / options_.jobs);
  SharedGpus gpus(options_.jobs > 1 ? gpusToChoose(options_.device) : 0);
  std::set<std::size_t> running, crowd;  // those that run, and that did so beside others
  const auto make = [&](std::size_t index) -> Result<Process> {
    const fs::path run = options_.out / missing[index].name;
    if (auto made = makeFolder(run.parent_path()); !made) return fail(made.error());
    for (const std::size_t other : running) crowd.insert({index, other});
    running.insert(index);
    return Process{commandFor(missing[index], gpus.take(index, options_.device)),
                   run.string() + ".log",
                   {{"OMP_NUM_THREADS", std::to_string(threads)}, {kTrialVariable, "1"}}};
  };
  bool refused = false;  // by the system
  const auto finished = [&](std::size_t index, int exitCode) -> Result<void> {
    gpus.leave(index);
    running.erase(index);
    if (refused || InterruptGuard::requested()) return {};  // it goes on with --resume
    if (exitCode == kRefusedExit) {  // as it will the others; nothing that its values did
      refused = true;
      const std::string& name = missing[index].name;
      return fail(ErrorCode::io,
                  name + ": " + complaintIn((options_.out / name).string() + ".log"));
    }
    const Result<TrialResult> result = resultOf(missing[index], exitCode, crowd.count(index) == 0);
    if (!result) return fail(result.error());
    show(*result);
    return journal_.add(*result);
  };
  const InterruptGuard guard;
  const Result<bool> all =
      runProcesses(missing.size(), static_cast<std::size_t>(options_.jobs), make, finished);
  if (!all && all.error().code == ErrorCode::io) {
    leaveWith(kStoppedExit);
    return fail(ErrorCode::io, all.error().message + "; " + options_.out.string() +
                                   " holds what is done, go on with --resume");
  }
  if (!all) return fail(all.error());
  if (!*all) {
    leaveWith(kStoppedExit);
    return fail(ErrorCode::io, "interrupted; " + options_.out.string() +
                                   " holds what is done, go on with --resume");
  }
  std::vector<TrialResult> results;
  for (const Trial& trial : trials) results.push_back(*journal_.find(trial.name));
  return results;
}

}  // namespace limbus
