// Sentences that begin with how many.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace limbus {

// `what` opens with a noun in its plural: "3 images have no mask", "1 image has no mask".
inline std::string counted(std::size_t count, std::string what) {
  if (count != 1) return std::to_string(count) + " " + what;
  using Verb = std::pair<std::string_view, std::string_view>;
  std::size_t at = std::string::npos;
  Verb verb;  // the first one alone is the noun's
  for (const Verb& each :
       {Verb{" are ", " is "}, Verb{" have ", " has "}, Verb{" do ", " does "},
        Verb{" belong ", " belongs "}, Verb{" differ ", " differs "}, Verb{" hold ", " holds "},
        Verb{" seem ", " seems "}, Verb{" stand ", " stands "}, Verb{" use ", " uses "}}) {
    if (what.find(each.first) >= at) continue;
    at = what.find(each.first);
    verb = each;
  }
  if (at != std::string::npos) what.replace(at, verb.first.size(), verb.second);
  constexpr std::string_view kTheirs = " their images";
  if (const std::size_t theirs = what.find(kTheirs); theirs != std::string::npos) {
    what.replace(theirs, kTheirs.size(), " its image");
  }
  const std::size_t end = std::min(what.find(' '), what.size());
  const std::size_t ending = what.rfind("sses ", end) == end - 4 ? 2 : 1;  // classes, images
  return "1 " + what.erase(end - ending, ending);
}

}  // namespace limbus
