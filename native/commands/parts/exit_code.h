// What the process ends with where a verb has more to say than done, failed and wrong usage.
#pragma once

namespace limbus {

constexpr int kStoppedExit = 3;  // told to stop by a signal; what was done is saved
// A search tells its trainings by this variable what they are, and they tell it by this code of a
// system that refused (ErrorCode::io), which their values have no part in. Others end with 1.
constexpr const char* kTrialVariable = "LIMBUS_TRIAL";
constexpr int kRefusedExit = 4;

void leaveWith(int exitCode);
int chosenExit();  // 0 until leaveWith()

}  // namespace limbus
