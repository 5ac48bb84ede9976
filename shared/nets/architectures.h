// The rows of the table in nets.cpp, one per file of this folder.
#pragma once

#include "shared/nets/nets.h"

namespace limbus {

NetRow albunetRow();
NetRow dabnetRow();
NetRow ddrnetRow();
NetRow deeplabv3plusRow();
NetRow ducHdcRow();
NetRow enetRow();
NetRow eyeSRow();
NetRow fcn8sRow();
NetRow fpnRow();
NetRow gcnRow();
NetRow linknetRow();
NetRow lrasppRow();
NetRow mobilenetv2CsRow();
NetRow pspnetRow();
NetRow ritnetRow();
NetRow scseUnetRow();
NetRow segnetRow();
NetRow segresnetRow();
NetRow smpUnetRow();
NetRow smpUnetPlusPlusRow();
NetRow ternausnetRow();
NetRow ternausnetv2Row();
NetRow unetRow();
NetRow upernetRow();

}  // namespace limbus
