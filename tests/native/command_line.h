// Runs the real executable and keeps what it said.
#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "scratch_folder.h"

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

inline Said saidBy(const std::string& line) {
  const ScratchFolder scratch;
  const std::string kept = "( " + line + " ) >" + shellQuoted((scratch / "out").string()) + " 2>" +
                           shellQuoted((scratch / "err").string()) + " </dev/null";
  const int status = std::system(kept.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), textOf(scratch / "out"),
          textOf(scratch / "err")};
}

// `before` is shell code in front of the command ("ulimit -f 8;").
inline Said limbusSays(const std::vector<std::string>& arguments, const std::string& before = "") {
  std::string line = before + " exec " + shellQuoted(LIMBUS_EXE);
  for (const std::string& argument : arguments) line.append(" ").append(shellQuoted(argument));
  return saidBy(line);
}
