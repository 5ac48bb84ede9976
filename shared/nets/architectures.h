// The rows of the table in nets.cpp, one per file of this folder.
#pragma once

#include "shared/nets/nets.h"

namespace limbus {

NetRow dabnetRow();
NetRow eyeSRow();
NetRow ritnetRow();
NetRow unetRow();

}  // namespace limbus
