// What others' published weights call the parameters of our networks, where the names differ.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace limbus {

// `from` anywhere in a name becomes `to`; of a number right behind it `shift` more.
struct NameRewrite {
  const char* from;
  const char* to;
  unsigned shift = 0;
};

// Of a net of the table in nets.cpp, one rewrite after the other; none for a net that is called as
// its authors call it.
const std::vector<NameRewrite>& sourceNames(std::string_view net);

std::string rewritten(std::string name, const std::vector<NameRewrite>& rewrites);

}  // namespace limbus
