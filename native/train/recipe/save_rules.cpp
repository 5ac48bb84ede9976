#include "native/train/recipe/save_rules.h"

#include <algorithm>
#include <cmath>

namespace limbus {
namespace {

bool isRegular(const SaveRules& rules, int epoch) {
  return rules.everyEpochs > 0 && epoch % rules.everyEpochs == 0;
}

bool isAmong(const std::vector<int>& epochs, int epoch) {
  return std::find(epochs.begin(), epochs.end(), epoch) != epochs.end();
}

}  // namespace

bool SaveClock::due() {
  ++steps_;
  if (rules_.steps > 0 && steps_ >= rules_.steps) return true;
  return rules_.minutes > 0 &&
         Clock::now() - saved_ >= std::chrono::duration<double, std::ratio<60>>(rules_.minutes);
}

void SaveClock::saved() {
  steps_ = 0;
  saved_ = Clock::now();
}

std::vector<int> bestEpochs(const History& history, const BestMetricRow& metric, int count) {
  std::vector<int> epochs;
  for (std::size_t i = 0; i < history.size(); ++i) {
    const auto found = history[i].find(metric.name);
    if (found != history[i].end() && std::isfinite(found->second))
      epochs.push_back(static_cast<int>(i) + 1);
  }
  const auto value = [&](int epoch) {
    return history[static_cast<std::size_t>(epoch) - 1].at(metric.name);
  };
  std::stable_sort(epochs.begin(), epochs.end(),
                   [&](int a, int b) { return better(metric, value(a), value(b)); });
  epochs.resize(std::min(epochs.size(), static_cast<std::size_t>(std::max(0, count))));
  return epochs;
}

bool keepsEpoch(const SaveRules& rules, const History& history, const BestMetricRow& metric) {
  const int epoch = static_cast<int>(history.size());
  return isRegular(rules, epoch) ||
         (rules.best > 1 && isAmong(bestEpochs(history, metric, rules.best), epoch));
}

int droppedEpoch(const SaveRules& rules, const History& history, const BestMetricRow& metric) {
  if (rules.best < 2 || history.empty()) return 0;
  const History before(history.begin(), history.end() - 1);
  const std::vector<int> now = bestEpochs(history, metric, rules.best);
  for (const int epoch : bestEpochs(before, metric, rules.best)) {
    if (!isAmong(now, epoch) && !isRegular(rules, epoch)) return epoch;
  }
  return 0;
}

}  // namespace limbus
