#include "native/commands/parts/exit_code.h"

namespace limbus {
namespace {

int exitChosen = 0;

}  // namespace

void leaveWith(int exitCode) { exitChosen = exitCode; }

int chosenExit() { return exitChosen; }

}  // namespace limbus
