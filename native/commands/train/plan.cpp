#include "native/commands/train/plan.h"

#include <algorithm>
#include <cstdio>
#include <iostream>

#include "native/commands/parts/held_out_text.h"
#include "native/commands/parts/score_json.h"
#include "native/system/files.h"
#include "native/system/text.h"
#include "native/train/dry_run.h"
#include "native/train/files/run_folder.h"
#include "native/train/progress.h"
#include "shared/json_reader.h"

namespace limbus {
namespace {

std::string megabytesText(std::int64_t bytes) {
  return format("%.1f MB", static_cast<double>(bytes) / 1e6);
}

// Checkpoints of epochs beside the best and the last.
int keptEpochs(const TrainRequest& request) {
  const int epochs = request.recipe.epochs;
  const int every = request.save.everyEpochs > 0 ? epochs / request.save.everyEpochs : 0;
  const int best = request.save.best > 1 ? std::min(request.save.best, epochs) : 0;
  return std::min(epochs, every + best);
}

// Empty: a run may begin there.
std::string obstacleAt(const TrainRequest& request) {
  if (request.run.empty() || request.force || isBegun(request.run)) return "";
  const Result<void> free = checkOutput(request.run, false);
  return free ? "" : free.error().message;
}

Json jsonOf(const DryRun& plan, const TrainRequest& request) {
  Json rates = Json::array();
  for (const DryRun::Rate& rate : plan.rates) {
    rates.push_back({{"step", rate.step}, {"epoch", rate.epoch}, {"lr", rate.lr}});
  }
  const std::string obstacle = obstacleAt(request);
  return {{"run", orNull(request.run.string())},
          {"mayBegin", obstacle.empty()},
          {"trainingImages", plan.trainingImages},
          {"validationImages", plan.validationImages},
          {"stepsPerEpoch", plan.stepsPerEpoch},
          {"epochs", request.recipe.epochs},
          {"batch", plan.batch},
          {"steps", plan.totalSteps},
          {"validationBatches", plan.validationBatches},
          {"device", plan.device},
          {"threads", plan.threads},
          {"residentBytes", plan.residentBytes},
          {"parameters", plan.parameters},
          {"multiplyAdds", plan.multiplyAdds},
          {"absent", orNull(plan.absent)},
          {"activationBytes", plan.activationBytes},
          {"peakBytes", plan.peakBytes},
          {"measuredSteps", plan.measuredSteps},
          {"secondsPerStep", plan.secondsPerStep},
          {"waitedPerStep", plan.waitedPerStep},
          {"secondsPerValidationBatch", plan.secondsPerValidationBatch},
          {"secondsInAll", plan.secondsInAll},
          {"lr", std::move(rates)},
          {"bestBytes", plan.bestBytes},
          {"lastBytes", plan.lastBytes}};
}

std::string dataLine(const DryRun& plan, const TrainRequest& request) {
  const Recipe& recipe = request.recipe;
  std::string text = std::string(recipe.data.name());
  if (!request.data.empty()) text += " at " + request.data.string();
  text += format(": %lld training and %lld validation images",
                 static_cast<long long>(plan.trainingImages),
                 static_cast<long long>(plan.validationImages));
  const std::string part = heldOutText(recipe.split);
  return part.empty() ? text : text + " (" + part + ")";
}

std::string timeLine(const DryRun& plan) {
  return format("%.1f ms per step (%.1f ms of it for data), %.1f ms per validation batch; ",
                1e3 * plan.secondsPerStep, 1e3 * plan.waitedPerStep,
                1e3 * plan.secondsPerValidationBatch) +
         "about " + showDuration(plan.secondsInAll) + " in all" +
         format(", by %lld steps measured", static_cast<long long>(plan.measuredSteps));
}

std::string filesLine(const DryRun& plan, const TrainRequest& request) {
  const int kept = keptEpochs(request);
  const std::int64_t all = plan.lastBytes + plan.bestBytes * (kept + 1);
  std::string text = (request.run.empty() ? "RUN" : request.run.string()) +
                     "/: recipe.json, config.json, " + (request.data.empty() ? "" : "data.json, ") +
                     "train.log, log.jsonl, best.safetensors (" + megabytesText(plan.bestBytes) +
                     "), last.safetensors (" + megabytesText(plan.lastBytes) + ")";
  if (kept > 0) text += ", " + std::to_string(kept) + " of epoch-N.safetensors";
  return text + "; " + megabytesText(all) + " in all";
}

void planLine(const char* title, const std::string& text) {
  std::cout << format("%-9s", title) << text << "\n";
}

void printKnown(const DryRun& plan, const TrainRequest& request) {
  const Recipe& recipe = request.recipe;
  planLine("network", std::string(recipe.net.name()) +
                          format(", %lld parameters, %.4g million multiply-adds for an image",
                                 static_cast<long long>(plan.parameters),
                                 static_cast<double>(plan.multiplyAdds) / 1e6));
  const int channels = recipe.input.channels();
  planLine("input", format("%d x %d, %d channel%s", recipe.input.width, recipe.input.height,
                           channels, channels == 1 ? "" : "s"));
  planLine("data", dataLine(plan, request));
  if (!plan.absent.empty()) planLine("", plan.absent);
  planLine("steps",
           format("%lld per epoch, %d epochs: %lld of %d images; then %lld batches validate",
                  static_cast<long long>(plan.stepsPerEpoch), recipe.epochs,
                  static_cast<long long>(plan.totalSteps), plan.batch,
                  static_cast<long long>(plan.validationBatches)) +
               (recipe.validateEvery > 1 ? format(", every %d epochs", recipe.validateEvery) : ""));
  if (!plan.batchFound.empty()) planLine("", plan.batchFound);
  if (!plan.start.empty()) planLine("weights", plan.start);
  std::string rates = std::string(recipe.schedule.name()) + ":";
  for (const DryRun::Rate& rate : plan.rates) {
    rates += format(" %.3g (epoch %.4g)", rate.lr, rate.epoch) +
             (&rate == &plan.rates.back() ? "" : ",");
  }
  planLine("lr", rates);
  planLine("device",
           plan.device + format(", %d threads; training images ", plan.threads) + plan.images);
  planLine("memory", megabytesText(plan.activationBytes) + " of activations, by the layers' sizes");
  std::cout << std::flush;
}

void printMeasured(const DryRun& plan, const TrainRequest& request) {
  if (plan.peakBytes > 0) {
    planLine("", megabytesText(plan.peakBytes) +
                     (plan.device == "cpu" ? " at most, of the process" : " at most, of tensors"));
  }
  planLine("time", timeLine(plan));
  planLine("files", filesLine(plan, request));
  const std::string obstacle = obstacleAt(request);
  std::cout << "nothing was written" << (obstacle.empty() ? "" : "; the run would be refused: ")
            << obstacle << "\n";
}

}  // namespace

Result<void> printPlan(const TrainRequest& request, bool json) {
  const Result<DryRun> plan = dryRun(request, [&](const DryRun& known) {
    if (!json) printKnown(known, request);
  });
  if (!plan) return fail(plan.error());
  if (json) {
    std::cout << dumpJson(jsonOf(*plan, request)) << "\n";
  } else {
    printMeasured(*plan, request);
  }
  return {};
}

}  // namespace limbus
