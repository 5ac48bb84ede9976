// What the process ends with where a verb has more to say than done, failed and wrong usage.
#pragma once

namespace limbus {

constexpr int kStoppedExit = 3;  // told to stop by a signal; what was done is saved

void leaveWith(int exitCode);
int chosenExit();  // 0 until leaveWith()

}  // namespace limbus
