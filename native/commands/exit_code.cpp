#include "native/commands/exit_code.h"

namespace limbus {
namespace {

int chosen = 0;

}  // namespace

void leaveWith(int exitCode) { chosen = exitCode; }

int chosenExit() { return chosen; }

}  // namespace limbus
