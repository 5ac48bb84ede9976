// Catch2 after LibTorch, whose logging has a CHECK of its own.
#pragma once

#ifndef CATCH_TEST_MACROS_HPP_INCLUDED  // by another test of the same batch
#undef CHECK
#endif
#include "result_text.h"
