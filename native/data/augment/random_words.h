// Many draws of a stream at once.
#pragma once

#include <cstdint>
#include <span>

#include "shared/random.h"

namespace limbus {

// Fills `words` with what as many calls of stream.bits() would give, and leaves the stream behind
// them. Several blocks of Philox side by side: vector units take them together.
void drawWords(Random& stream, std::span<std::uint32_t> words);

}  // namespace limbus
