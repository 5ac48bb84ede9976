#include "native/train/watch.h"

namespace limbus {

// Of the files of watchers/.
WatcherRow tensorBoardRow();
WatcherRow tableRow();
WatcherRow dashboardRow();

const std::vector<WatcherRow>& watchers() {
  static const std::vector<WatcherRow> kRows = {tensorBoardRow(), tableRow(), dashboardRow()};
  return kRows;
}

}  // namespace limbus
