#include "native/commands/train/ranks.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "native/commands/parts/exit_code.h"
#include "native/system/files.h"
#include "native/system/interrupt.h"
#include "native/system/processors.h"

namespace limbus {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kLook = std::chrono::milliseconds(50);
constexpr auto kGrace = std::chrono::seconds(20);   // for those that a failed rank leaves behind
constexpr const char* kSaid = "LIMBUS_RANKS_SAID";  // the number of a file of lines

// A port that is free now.
Result<int> freePort() {
  const int way = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const plain = reinterpret_cast<sockaddr*>(&address);
  const bool bound =
      way >= 0 && ::bind(way, plain, length) == 0 && ::getsockname(way, plain, &length) == 0;
  const int number = errno;
  if (way >= 0) ::close(way);
  if (bound) return static_cast<int>(ntohs(address.sin_port));
  return fail(ErrorCode::io,
              std::string("no port for the ranks to meet at: ") + std::strerror(number));
}

Result<std::vector<std::string>> ownWords() {
  const Result<std::string> line = readBytes("/proc/self/cmdline");
  if (!line) return fail(line.error());
  std::vector<std::string> words;
  for (std::size_t at = 0; at < line->size();) {
    words.emplace_back(line->c_str() + at);
    at += words.back().size() + 1;
  }
  return words;
}

void setNumber(const char* name, int value, bool replace = true) {
  ::setenv(name, std::to_string(value).c_str(), replace ? 1 : 0);
}

pid_t startRank(const std::vector<std::string>& words, int rank, int count, int port) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::setpgid(0, 0);  // Ctrl-C comes by us, once
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  setNumber("RANK", rank);
  setNumber("LOCAL_RANK", rank);
  setNumber("WORLD_SIZE", count);
  setNumber("MASTER_PORT", port);
  ::setenv("MASTER_ADDR", "127.0.0.1", 1);
  ::unsetenv("TORCHELASTIC_USE_AGENT_STORE");
  setNumber("OMP_NUM_THREADS", std::max(1, coreCount() / count), false);
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execv("/proc/self/exe", arguments.data());
  ::_exit(127);
}

class Children {
 public:
  explicit Children(std::vector<pid_t> all) : running_(std::move(all)) {}

  // The exit code of all, which ends as soon as its parts have.
  int wait() {
    Clock::time_point failedAt;
    bool told = false;
    while (!running_.empty()) {
      collect();
      if (InterruptGuard::requested() && !told) {
        told = true;
        for (const pid_t child : running_) InterruptGuard::passTo(child);
      }
      if (failed_ != 0 && failedAt == Clock::time_point()) failedAt = Clock::now();
      if (failed_ != 0 && Clock::now() - failedAt > kGrace) kill();
      std::this_thread::sleep_for(kLook);
    }
    return failed_ != 0 ? failed_ : ended_;
  }

 private:
  void kill() const {
    for (const pid_t child : running_) ::kill(child, SIGKILL);
  }

  void collect() {
    for (auto child = running_.begin(); child != running_.end();) {
      int status = 0;
      if (::waitpid(*child, &status, WNOHANG) == 0) {
        ++child;
        continue;
      }
      child = running_.erase(child);
      const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      if (code != 0 && code != kStoppedExit && failed_ == 0) failed_ = code;
      ended_ = std::max(ended_, code);
    }
  }

  std::vector<pid_t> running_;
  int failed_ = 0, ended_ = 0;
};

}  // namespace

Result<int> runRanks(int count) {
  const Result<int> port = freePort();
  if (!port) return fail(port.error());
  const Result<std::vector<std::string>> words = ownWords();
  if (!words) return fail(words.error());
  const InterruptGuard guard;
  const int said = ::memfd_create("limbus-said", 0);
  if (said >= 0) setNumber(kSaid, said);
  std::vector<pid_t> children;
  for (int rank = 0; rank < count; ++rank) {
    const pid_t child = startRank(*words, rank, count, *port);
    if (child < 0) {
      for (const pid_t started : children) ::kill(started, SIGKILL);
      return fail(ErrorCode::io, "rank " + std::to_string(rank) +
                                     " could not be started: " + std::strerror(errno));
    }
    children.push_back(child);
  }
  return Children(std::move(children)).wait();
}

bool firstToSay(const std::string& line) {
  const char* number = std::getenv(kSaid);
  if (number == nullptr) return true;
  const int file = std::atoi(number);
  struct flock whole {};
  whole.l_type = F_WRLCK;
  if (::fcntl(file, F_SETLKW, &whole) != 0) return true;
  std::string all(static_cast<std::size_t>(std::max<off_t>(0, ::lseek(file, 0, SEEK_END))), '\0');
  const bool read = ::pread(file, all.data(), all.size(), 0) == static_cast<ssize_t>(all.size());
  const bool isNew = !read || ("\n" + all).find("\n" + line + "\n") == std::string::npos;
  const std::string more = line + "\n";
  if (isNew && ::pwrite(file, more.data(), more.size(), static_cast<off_t>(all.size())) < 0) {
    return true;  // nobody will know: said twice rather than never
  }
  whole.l_type = F_UNLCK;
  ::fcntl(file, F_SETLK, &whole);
  return isNew;
}

}  // namespace limbus
