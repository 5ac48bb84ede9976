// What a test and the executable that it keeps warm (warm_limbus.h) speak over: a packet for each
// command line, answered by what wait() told of it.
#pragma once

#include <cstddef>

constexpr int kWarmLine = 3;  // the descriptor on which the executable hears
// Of three lists: the folder and the files of the two streams, the words, the environment. Each
// text follows a '-' and ends with a zero byte, a further one ends the list.
constexpr std::size_t kLongestPacket = 1 << 17;
