#include "native/train/watch.h"

namespace limbus {

const std::vector<WatcherRow>& watchers() {
  static const std::vector<WatcherRow> kRows = {tensorBoardRow(), tableRow()};
  return kRows;
}

}  // namespace limbus
