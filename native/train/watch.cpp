#include "native/train/watch.h"

namespace limbus {

const std::vector<WatcherRow>& watchers() {
  static const std::vector<WatcherRow> kRows = {tensorBoardRow(), tableRow(), dashboardRow()};
  return kRows;
}

}  // namespace limbus
