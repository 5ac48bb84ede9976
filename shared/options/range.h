// Two numbers between which something is drawn or chosen.
#pragma once

namespace limbus {

struct Range {  // both ends included; low <= high
  double low = 0;
  double high = 0;
  bool operator==(const Range& other) const { return low == other.low && high == other.high; }
};

}  // namespace limbus
