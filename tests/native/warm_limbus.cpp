// Preloaded into the real executable: stops it before its main(), with its libraries loaded, and
// forks it for each command line that comes (warm_limbus.h). Loading them costs 0.4 s of processor
// time, more than most commands that tests run.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "warm_line.h"

namespace {

using Main = int (*)(int, char**, char**);
using StartMain = int (*)(Main, int, char**, void (*)(), void (*)(), void (*)(), void*);

Main limbusMain = nullptr;

void write(const char* file, int stream) {
  ::dup2(::open(file, O_WRONLY | O_CREAT | O_TRUNC, 0666), stream);
}

int run(std::string& packet) {
  auto& lists = *new std::vector<std::vector<char*>>(1);
  for (char* text = packet.data(); text < packet.data() + packet.size();
       text += std::strlen(text) + 1) {
    if (*text == '\0')
      lists.emplace_back();
    else
      lists.back().push_back(text + 1);
  }
  const std::vector<char*>& places = lists[0];
  std::vector<char*>&words = lists[1], &environment = lists[2];
  for (std::vector<char*>* list : {&words, &environment}) list->push_back(nullptr);
  if (::chdir(places[0]) != 0) return 127;
  ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
  write(places[1], STDOUT_FILENO);
  write(places[2], STDERR_FILENO);
  ::close(kWarmLine);
  environ = environment.data();
  return limbusMain(static_cast<int>(words.size()) - 1, words.data(), environ);
}

int serve(int, char**, char**) {
  // Kept for good, as libraries look into the environment when the process ends.
  auto& packet = *new std::string;
  for (;;) {
    packet.resize(kLongestPacket);
    const ssize_t size = ::recv(kWarmLine, packet.data(), packet.size(), 0);
    if (size <= 0) ::_exit(0);  // the tests have ended
    packet.resize(static_cast<std::size_t>(size));
    const pid_t child = ::fork();
    if (child == 0) return run(packet);
    int status = 0;
    ::waitpid(child, &status, 0);
    ::send(kWarmLine, &status, sizeof status, 0);
  }
}

}  // namespace

extern "C" int __libc_start_main(Main main, int argc, char** argv, void (*init)(), void (*fini)(),
                                 void (*loaderFini)(), void* stackEnd) {
  limbusMain = main;
  const auto next = reinterpret_cast<StartMain>(::dlsym(RTLD_NEXT, "__libc_start_main"));
  return next(serve, argc, argv, init, fini, loaderFini, stackEnd);
}
