// What a training holds while it runs, and its parts. Only train.cpp uses them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "native/train/files/run_folder.h"
#include "native/train/loop.h"
#include "native/train/ranks/ranks.h"
#include "native/train/recipe/save_rules.h"
#include "native/train/train.h"
#include "native/train/watch.h"

namespace limbus {

struct Session {
  std::unique_ptr<Ranks> ranks;  // null: this process alone
  RunFolder run;
  std::unique_ptr<Dataset> trainingSet, validationSet;
  std::unique_ptr<Dataset> unlabelledSet;  // null: no mean teacher
  std::string heldLine;                    // of images that data.also would have shared; or empty
  DataPlace place;
  std::unique_ptr<BatchSource> trainingBatches, validationBatches;
  Learner learner;
  const BestMetricRow* metric = nullptr;
  std::vector<std::unique_ptr<Watcher>> watchers;
  DeviceBatch sample;    // what watchers show
  EpochReport underWay;  // what the epoch came to that is gone on with
  SaveClock saveClock;
  bool replaces = false;  // checkpoints in the folder are another run's, until the first save
  std::int64_t residentBytes = 0;  // of training images on the device; 0: the loader brings them,
  std::string residentObstacle;    // because
  bool toldOfRecording = false;    // that steps are not replayed
  std::string changedFiles;        // what to tell of them where a run is gone on with
  TrainSummary done;

  bool writes() const { return ranks == nullptr || ranks->first(); }
  std::int64_t stepsPerEpoch() const { return learner.stepsPerEpoch; }
  std::vector<const Dataset*> sets() const;  // all that are open
};

// session_build.cpp: data, loaders, network, optimiser.
// For what only tries: a split's file that is not there yet would be written; the parts are the
// same without it.
TrainRequest writingNoSplit(TrainRequest request);
Result<void> openData(const TrainRequest& request, Session& session);
Result<void> buildLearner(const TrainRequest& request, Session& session);
// For the session's network and optimiser.
std::unique_ptr<Step> makeStep(const TrainRequest& request, const Session& session);
// With `epoch` epochs finished.
ValidationRules rulesOf(const Recipe& recipe, const Session& session, int epoch = 0);
// What to tell of the self-check; empty when all is right, or unchecked.
Result<std::string> checkNumbers(const TrainRequest& request, Learner& learner);

// session_batch.cpp: once data is open, makes a batch "auto" a number: that of the run that is gone
// on with, or one found by real steps. What to tell of it; empty where nothing had to be found.
Result<std::string> chooseBatch(TrainRequest& request, Session& session);
// Refuses a batch norm that sees one value per channel, as behind a pool to one pixel of one image:
// it has nothing to norm by, and its running variance shrinks to nothing. PyTorch refuses it, too.
Result<void> checkNorms(const Recipe& recipe, const Session& session);

// session_more.cpp: further data, unlabelled images, trained networks.
// Once trainingSet and validationSet are open.
Result<void> openMore(const TrainRequest& request, Session& session);
// Puts unlabelled images beside the training batches. `options`: of the labelled ones' loader.
Result<void> startUnlabelled(const Recipe& recipe, LoaderOptions options, Session& session);
// The one that recipe.teacher names, for the loss.
Result<void> openTeacher(const TrainRequest& request, Learner& learner);
// Has the networks give the maps that the teacher tells about, where the loss compares them.
Result<void> watchFeatures(const Recipe& recipe, Learner& learner);

// session_alike.cpp: whether all ranks, which come here together, have the same to train with once
// data is open,
Result<void> checkAlike(const TrainRequest& request, const Session& session);
// and the same weights before the first step.
Result<void> checkSameStart(const Session& session);
// Which of them are true on one of the ranks, of which each has as many.
std::vector<bool> onAnyRank(const Ranks& ranks, const std::vector<bool>& own);

// session_start.cpp: --init, of what modelFile() takes and readWeightFile() reads.
// Takes what fits by name and shape, and says what did not.
Result<std::string> startFrom(const std::filesystem::path& file, Learner& learner);
// What to tell where nothing was taken; empty: nothing.
std::string startFromNothing(const Recipe& recipe, const Graph& graph);

// session_save.cpp: checkpoints and back.
// With what to do about a last checkpoint that cannot be read.
Error withWayOn(const Error& error, const RunFolder& run);
Result<void> resume(const TrainRequest& request, const std::string& lastBytes, Session& session);
// Counts the epoch, with its validation if it had one; true: it is the best so far.
bool settle(Session& session, const Validation* validation);
// After an epoch that settle() has counted.
Result<void> saveEpoch(const TrainRequest& request, Session& session, bool best);
// In the middle of one.
Result<void> saveUnderWay(const TrainRequest& request, Session& session, const EpochReport& soFar);

// session_text.cpp: what is said of it. `validated`: null for an epoch that was not.
Json recordOf(const TrainRequest& request, const Session& session, const EpochReport& trained,
              const ValidationReport* validated);
std::string epochTitle(const TrainRequest& request, int epoch);  // "epoch 3/40"
std::string summaryLine(const TrainRequest& request, const Session& session,
                        const EpochReport& trained, const ValidationReport* validated);
std::string openingLine(const TrainRequest& request, const Session& session);
// Of classes that training never sees; empty: there is none.
std::string absentLine(const TrainRequest& request, const Session& session);
// What to tell of the first training image: faintText(), colours that the network does not see.
std::vector<std::string> imageLines(const TrainRequest& request, const Session& session);
std::string placeOfImages(const Session& session);  // "on cuda:0, 12.3 MB of 8 bits"
std::string resumingLine(const Session& session);
// Of images and masks that are other files than when the run last read them; empty: none, as far as
// is known.
std::string changedLine(const Session& session, const FileStates& before);

}  // namespace limbus
