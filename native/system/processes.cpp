#include "native/system/processes.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <thread>

#include "native/system/interrupt.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

constexpr auto kPause = std::chrono::milliseconds(20);  // between looks at who has ended

struct Running {
  std::size_t index;
  pid_t pid;
};

// In the child, between fork and exec: only what is safe there.
[[noreturn]] void become(char* const* words, char* const* environment, int output, pid_t parent,
                         const sigset_t& mask) {
  ::setpgid(0, 0);  // a Ctrl-C comes once, from the parent
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  const int input = ::open("/dev/null", O_RDONLY);
  ::dup2(input, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::signal(SIGINT, SIG_DFL);
  ::signal(SIGTERM, SIG_DFL);
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
  ::execve(words[0], words, environment);
  ::_exit(127);
}

std::vector<std::string> environmentWith(const Process& process) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) all.emplace_back(*entry);
  for (const auto& [name, value] : process.environment) {
    if (std::getenv(name.c_str()) != nullptr) continue;
    all.push_back(name);
    all.back().append("=").append(value);
  }
  return all;
}

std::vector<char*> pointersTo(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

Result<pid_t> start(Process process) {
  const int output = ::open(process.output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (output < 0) {
    return fail(ErrorCode::io, process.output.string() + ": " + std::strerror(errno));
  }
  std::vector<std::string> environment = environmentWith(process);
  const std::vector<char*> words = pointersTo(process.words), names = pointersTo(environment);
  const pid_t parent = ::getpid();
  // A signal for the child waits until it has let go of our handlers.
  sigset_t all, mask;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &mask);
  const pid_t child = ::fork();
  if (child == 0) become(words.data(), names.data(), output, parent, mask);
  const int reason = errno;
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
  ::close(output);
  if (child > 0) return child;
  return fail(ErrorCode::io,
              process.words.front() + ": cannot be started: " + std::strerror(reason));
}

// Empty: it still runs.
std::optional<int> exitCodeOf(pid_t pid) {
  int status = 0;
  if (::waitpid(pid, &status, WNOHANG) != pid) return std::nullopt;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Result<bool> runProcesses(
    std::size_t count, std::size_t atOnce,
    const std::function<Result<Process>(std::size_t index)>& make,
    const std::function<Result<void>(std::size_t index, int exitCode)>& finished) {
  std::vector<Running> running;
  Result<void> said = {};
  std::size_t next = 0;
  bool told = false;
  const auto ending = [&] { return !said || InterruptGuard::requested(); };
  while (!running.empty() || (next < count && !ending())) {
    if (next < count && running.size() < atOnce && !ending()) {
      Result<Process> process = make(next);
      const Result<pid_t> pid = process ? start(std::move(*process)) : fail(process.error());
      if (pid) {
        running.push_back({next++, *pid});
      } else {
        said = fail(pid.error());
      }
      continue;
    }
    if (ending() && !told) {
      for (const Running& one : running) ::kill(one.pid, SIGINT);
      told = true;
    }
    for (std::size_t i = 0; i < running.size();) {
      const std::optional<int> exitCode = exitCodeOf(running[i].pid);
      if (!exitCode) {
        ++i;
        continue;
      }
      const Result<void> heard = finished(running[i].index, *exitCode);
      if (!heard && said) said = heard;
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (!running.empty()) std::this_thread::sleep_for(kPause);
  }
  if (!said) return fail(said.error());
  return next == count && !InterruptGuard::requested();
}

Result<fs::path> ownProgram() {
  std::error_code error;
  const fs::path file = fs::read_symlink("/proc/self/exe", error);
  if (!error) return file;
  return fail(ErrorCode::unsupported, "/proc/self/exe cannot be read: " + error.message());
}

}  // namespace limbus
