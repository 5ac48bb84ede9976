// The whole terminal to draw on, and its keys; as it was before when this ends.
#pragma once

#include <termios.h>

#include <string>

namespace limbus {

class TerminalScreen {
 public:
  static bool possible();  // standard input and output are a terminal that can be drawn on

  TerminalScreen();  // only where it is possible()
  ~TerminalScreen();
  TerminalScreen(const TerminalScreen&) = delete;
  TerminalScreen& operator=(const TerminalScreen&) = delete;

  struct Size {
    int columns = 80, rows = 24;
  };
  Size size() const;
  bool showsMillionsOfColours() const;
  void show(const std::string& text) const;  // escape sequences and all
  // The key that was pressed, waiting for one at most so long; 0: none.
  char key(int waitMs) const;

 private:
  termios before_{};
};

}  // namespace limbus
