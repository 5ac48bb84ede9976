// Runs the real executable and keeps what it said.
#pragma once

#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "scratch_folder.h"
#include "warm_limbus.h"

struct Said {
  int exitCode = -1;
  std::string out, err;

  int errLines() const {
    int lines = 0;
    for (char c : err) lines += c == '\n';
    return lines;
  }
};

inline std::string shellQuoted(const std::string& text) {
  std::string out = "'";
  for (char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

inline std::string textOf(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

// What a command says whose two streams go into two files; `statusOf` runs it and is what wait()
// tells of it.
template <class StatusOf>
Said saidInto(const StatusOf& statusOf) {
  const ScratchFolder scratch;
  const std::filesystem::path out = scratch / "out", err = scratch / "err";
  const int status = statusOf(out, err);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), textOf(out),
          textOf(err)};
}

inline Said saidBy(const std::string& line) {
  return saidInto([&](const std::filesystem::path& out, const std::filesystem::path& err) {
    const std::string kept = "( " + line + " ) >" + shellQuoted(out.string()) + " 2>" +
                             shellQuoted(err.string()) + " </dev/null";
    return std::system(kept.c_str());
  });
}

// `before` is shell code in front of the command ("ulimit -f 8;"), which then is a start of its
// own; so are ranks, which are started by the words of the process.
inline Said limbusSays(const std::vector<std::string>& arguments, const std::string& before = "") {
  const bool ranks = std::count(arguments.begin(), arguments.end(), "--ranks") > 0;
  if (before.empty() && !ranks) {
    return saidInto([&](const std::filesystem::path& out, const std::filesystem::path& err) {
      return WarmLimbus::ours().statusOf(arguments, out, err);
    });
  }
  std::string line = before + " exec " + shellQuoted(LIMBUS_EXE);
  for (const std::string& argument : arguments) line.append(" ").append(shellQuoted(argument));
  return saidBy(line);
}
