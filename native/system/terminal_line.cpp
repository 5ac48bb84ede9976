#include "native/system/terminal_line.h"

#include <unistd.h>

#include <cstdio>

namespace limbus {
namespace {

constexpr auto kInterval = std::chrono::milliseconds(150);

void draw(const char* text) {
  std::fprintf(stderr, "\r\033[K%s", text);
  std::fflush(stderr);
}

}  // namespace

TerminalLine::TerminalLine(bool wanted) : possible_(wanted && isatty(STDERR_FILENO) == 1) {}

TerminalLine::~TerminalLine() { clear(); }

bool TerminalLine::due() const { return possible_ && Clock::now() - drawn_ >= kInterval; }

void TerminalLine::soon() { drawn_ = {}; }

void TerminalLine::show(const std::string& text) {
  if (!possible_) return;
  drawn_ = Clock::now();
  draw(text.c_str());
  shown_ = true;
}

void TerminalLine::clear() {
  if (shown_) draw("");
  shown_ = false;
}

}  // namespace limbus
