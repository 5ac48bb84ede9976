// The real executable with its libraries loaded, which forks itself for each command line
// (warm_limbus.cpp): the same program and the same main() as after a start of its own.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "warm_line.h"

class WarmLimbus {
 public:
  // The one of this process, started at the first call.
  static WarmLimbus& ours() {
    static WarmLimbus warm;
    return warm;
  }

  // Runs a command line in this process's folder and environment; what it says goes into the two
  // files, what wait() tells of it is returned.
  int statusOf(const std::vector<std::string>& arguments, const std::filesystem::path& out,
               const std::filesystem::path& err) const {
    std::string packet;
    const auto add = [&](const std::string& text) { packet += "-" + text + '\0'; };
    const auto endList = [&] { packet += '\0'; };
    for (const auto& place : {std::filesystem::current_path(), out, err}) add(place.string());
    endList();
    add(LIMBUS_EXE);
    for (const std::string& argument : arguments) add(argument);
    endList();
    for (char** variable = environ; *variable != nullptr; ++variable) add(*variable);
    int status = 0;
    if (packet.size() > kLongestPacket || ::send(line_, packet.data(), packet.size(), 0) < 0 ||
        ::recv(line_, &status, sizeof status, 0) != sizeof status)
      throw std::runtime_error("limbus cannot be run: " + std::string(std::strerror(errno)));
    return status;
  }

 private:
  WarmLimbus() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
      throw std::runtime_error("no socket: " + std::string(std::strerror(errno)));
    if (::fork() == 0) {
      ::dup2(ends[1], kWarmLine);
      ::fcntl(kWarmLine, F_SETFD, 0);
      ::setenv("LD_PRELOAD", LIMBUS_WARM, 1);
      ::execl(LIMBUS_EXE, LIMBUS_EXE, nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    line_ = ends[0];
  }

  int line_ = -1;
};
