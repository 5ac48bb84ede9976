#include "native/train/ranks/rank_address.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

namespace limbus {

std::string addressTowards(const std::string& host, std::uint16_t port) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_DGRAM;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return "";
  std::string address;
  for (const addrinfo* one = found; one != nullptr && address.empty(); one = one->ai_next) {
    const int way = ::socket(one->ai_family, one->ai_socktype, one->ai_protocol);
    sockaddr_storage own{};
    socklen_t length = sizeof own;
    char text[NI_MAXHOST];
    if (way >= 0 && ::connect(way, one->ai_addr, one->ai_addrlen) == 0 &&
        ::getsockname(way, reinterpret_cast<sockaddr*>(&own), &length) == 0 &&
        ::getnameinfo(reinterpret_cast<sockaddr*>(&own), length, text, sizeof text, nullptr, 0,
                      NI_NUMERICHOST) == 0) {
      address = text;
    }
    if (way >= 0) ::close(way);
  }
  ::freeaddrinfo(found);
  return address;
}

bool isLoopback(const std::string& address) {
  return address == "::1" || address.rfind("127.", 0) == 0 || address.rfind("::ffff:127.", 0) == 0;
}

}  // namespace limbus
