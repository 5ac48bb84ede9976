// Which address of this machine the others reach: between CPUs each rank tells the others its own.
#pragma once

#include <cstdint>
#include <string>

namespace limbus {

// This machine's on the way to `host`, a name or an address. Empty: no way found.
std::string addressTowards(const std::string& host, std::uint16_t port);

// One that no other machine reaches.
bool isLoopback(const std::string& address);

}  // namespace limbus
