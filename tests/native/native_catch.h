// Catch2 after LibTorch, whose logging has a CHECK of its own.
#pragma once

#ifdef CHECK
#undef CHECK
#endif
#include "result_text.h"
