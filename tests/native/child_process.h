// The real executable as a process of its own, to be killed and told to stop.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

// What it says on stderr goes into `errors`; empty: nowhere, as what it says on stdout.
inline pid_t startLimbus(const std::vector<std::string>& line,
                         const std::filesystem::path& errors = {}) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  const int nowhere = ::open("/dev/null", O_RDWR);
  for (int stream = 0; stream < 3; ++stream) ::dup2(nowhere, stream);
  if (!errors.empty()) ::dup2(::open(errors.c_str(), O_WRONLY | O_CREAT, 0666), 2);
  std::vector<char*> arguments = {const_cast<char*>(LIMBUS_EXE)};
  for (const std::string& word : line) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execv(LIMBUS_EXE, arguments.data());
  ::_exit(127);
}

inline int exitCodeOf(pid_t child) {  // 128 + the signal that ended it
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// When its checkpoint was last renewed, in ns; 0: there is none.
inline std::int64_t renewed(const std::filesystem::path& file) {
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0) return 0;
  return std::int64_t{about.st_mtim.tv_sec} * 1000000000 + about.st_mtim.tv_nsec;
}

// Waits for `child` to renew `file` so many times; false: it ended before.
inline bool sees(pid_t child, const std::filesystem::path& file, int times) {
  std::int64_t before = renewed(file);
  while (times > 0) {
    if (::waitpid(child, nullptr, WNOHANG) != 0) return false;
    const std::int64_t now = renewed(file);
    times -= now != before;
    before = now;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return true;
}
