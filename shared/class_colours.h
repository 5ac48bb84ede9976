// The palette: colours of classes that name none, in their order.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace limbus {

using Rgb = std::array<std::uint8_t, 3>;

// Different for every class of a model (there are at most 255): a dark one for the background,
// seven that people with any colour vision tell apart (Okabe and Ito), then each as far from all
// before it as can be. Repeats from index 256 on.
Rgb classColour(std::size_t index);

}  // namespace limbus
