// The rows of the table in nets.cpp, one per file of this folder.
#pragma once

#include "shared/nets/nets.h"

namespace limbus {

// The options that every net has.
inline OptionRow inputChannelsOption(double usual) {
  return {"inputChannels", usual, 1, 16, "1 for grey, 3 for colour"};
}
inline OptionRow classesOption() { return {"classes", 4, 2, 1000, "output channels"}; }

NetRow dabnetRow();
NetRow eyeSRow();
NetRow ritnetRow();
NetRow unetRow();

}  // namespace limbus
