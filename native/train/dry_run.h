// What a training would come to: everything is opened and built as for the run, a few real steps
// are taken and measured, and nothing is written.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "native/train/train.h"
#include "shared/result.h"

namespace limbus {

struct DryRun {
  int batch = 0;
  std::string batchFound = {};  // what is to be told of a batch "auto"
  std::int64_t trainingImages = 0, validationImages = 0;
  std::int64_t stepsPerEpoch = 0, totalSteps = 0;
  std::int64_t validationBatches = 0;  // each time
  std::string device;                  // "cpu", "cuda:0"
  std::string images = {};             // where training images are: "on cuda:0, 12.3 MB of 8 bits"
  std::int64_t residentBytes = 0;      // of theirs on the device; 0: the loader brings them
  int threads = 0;
  std::string start = {};   // what was said of `init`
  std::string absent = {};  // what there is to tell of classes that no mask holds
  std::int64_t parameters = 0;
  std::int64_t multiplyAdds = 0;     // for one image
  std::int64_t activationBytes = 0;  // that a step keeps for its backward pass, by the graph
  // Of the steps and of the validation: on the CPU all that the process had taken at one time, on
  // CUDA what its tensors had; 0: unknown.
  std::int64_t peakBytes = 0;
  std::int64_t measuredSteps = 0;  // behind the first, which sets everything up
  double secondsPerStep = 0;
  double waitedPerStep = 0;  // s of these, for the loader
  double secondsPerValidationBatch = 0;
  double secondsInAll = 0;  // estimated, if it does not stop early
  struct Rate {
    std::int64_t step = 0;
    double epoch = 0, lr = 0;
  };
  std::vector<Rate> rates =
      {};  // from the first step to the last, as if validation always improved
  std::int64_t bestBytes = 0, lastBytes = 0;  // of the checkpoints, but for what they say in words
};

// `request.run` is not looked at, no watcher is opened and no self-check made. `known` is told what
// is known before the first step, which may be more than the machine has memory for.
Result<DryRun> dryRun(const TrainRequest& request,
                      const std::function<void(const DryRun& plan)>& known = {});

}  // namespace limbus
