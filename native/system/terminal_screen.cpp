#include "native/system/terminal_screen.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace limbus {

bool TerminalScreen::possible() {
  const char* kind = std::getenv("TERM");
  return isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 && kind != nullptr &&
         std::strcmp(kind, "dumb") != 0;
}

TerminalScreen::TerminalScreen() {
  ::tcgetattr(STDIN_FILENO, &before_);
  termios now = before_;
  now.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);  // Ctrl-C stays what it is
  ::tcsetattr(STDIN_FILENO, TCSANOW, &now);
  show("\033[?1049h\033[?25l\033[2J");  // the other screen, no cursor, empty
}

TerminalScreen::~TerminalScreen() {
  show("\033[?25h\033[?1049l");
  ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
}

TerminalScreen::Size TerminalScreen::size() const {
  winsize window{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col == 0) return {};
  return {window.ws_col, window.ws_row};
}

bool TerminalScreen::showsMillionsOfColours() const {
  const char* colours = std::getenv("COLORTERM");
  return colours != nullptr &&
         (std::strcmp(colours, "truecolor") == 0 || std::strcmp(colours, "24bit") == 0);
}

void TerminalScreen::show(const std::string& text) const {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t wrote = ::write(STDOUT_FILENO, text.data() + done, text.size() - done);
    if (wrote <= 0) return;
    done += static_cast<std::size_t>(wrote);
  }
}

char TerminalScreen::key(int waitMs) const {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  char pressed = 0;
  if (::poll(&input, 1, waitMs) != 1 || (input.revents & POLLIN) == 0) return 0;
  return ::read(STDIN_FILENO, &pressed, 1) == 1 ? pressed : '\0';
}

}  // namespace limbus
