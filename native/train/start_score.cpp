// What a network scores before a run trains it.
#include "native/system/interrupt.h"
#include "native/train/exceptions.h"
#include "native/train/executor/cuda_graph.h"
#include "native/train/session/session.h"

namespace limbus {
namespace {

Result<std::optional<double>> scored(TrainRequest request) {
  Session session;
  if (auto opened = openData(request, session); !opened) return fail(opened.error());
  if (auto found = chooseBatch(request, session); !found) return fail(found.error());
  if (auto built = buildLearner(request, session); !built) return fail(built.error());
  const OwnStream stream(session.learner.device);
  if (auto started = startFrom(*request.init, session.learner); !started) {
    return fail(started.error());
  }
  Progress progress({}, request.quiet);
  progress.begin("validation", session.validationBatches->batchesPerEpoch(), 0, "");
  const InterruptGuard guard;
  const Result<ValidationReport> report =
      evaluate(session.learner.evaluated(), *session.validationBatches,
               rulesOf(request.recipe, session), progress);
  if (!report) return fail(report.error());
  if (report->interrupted) return std::nullopt;
  return session.metric->value(report->validation);
}

}  // namespace

Result<std::optional<double>> scoreOfStart(const TrainRequest& request) {
  const TrainRequest dry = writingNoSplit(request);
  return withoutExceptions([&] { return scored(dry); });
}

}  // namespace limbus
