#include "native/commands/class_map.h"

#include <map>
#include <sstream>

namespace limbus {
namespace {

Result<std::pair<int, int>> parsePair(const std::string& text, int classes) {
  int theirs = -1, ours = -1;
  char colon = 0, end = 0;
  std::istringstream in(text);
  const bool read =
      static_cast<bool>(in >> theirs >> colon >> ours) && colon == ':' && !(in >> end);
  if (!read || theirs < 0 || theirs > 254 || ours < 0 || ours >= classes) {
    return fail(ErrorCode::badArgument,
                "--map: expected THEIRS:OURS[,...] with labels 0 to 254 and classes 0 to " +
                    std::to_string(classes - 1) + ", got '" + text + "'");
  }
  return std::pair<int, int>(theirs, ours);
}

ClassMap identity(const std::vector<ClassSpec>& classes) {
  ClassMap map;
  for (int i = 0; i < 256; ++i) {
    map.truth[i] = map.prediction[i] = map.ours[i] = static_cast<std::uint8_t>(i);
  }
  for (const ClassSpec& spec : classes) map.names.push_back(spec.name);
  return map;
}

}  // namespace

Result<ClassMap> parseClassMap(const std::string& text, const std::vector<ClassSpec>& classes) {
  if (text.empty()) return identity(classes);
  std::map<int, int> oursOf;  // by their label
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    Result<std::pair<int, int>> pair = parsePair(part, static_cast<int>(classes.size()));
    if (!pair) return fail(pair.error());
    if (!oursOf.insert(*pair).second) {
      return fail(ErrorCode::badArgument,
                  "--map: label " + std::to_string(pair->first) + " is named twice");
    }
  }
  ClassMap map;
  map.names.push_back("rest");
  map.truth[255] = map.ours[255] = 255;
  std::map<int, std::uint8_t> compact;  // by our class
  for (const auto& [theirs, ours] : oursOf) compact.emplace(ours, 0);
  for (auto& [ours, index] : compact) {
    index = static_cast<std::uint8_t>(map.names.size());
    map.names.push_back(classes[ours].name);
    map.prediction[ours] = index;
  }
  for (const auto& [theirs, ours] : oursOf) {
    map.truth[theirs] = compact.at(ours);
    map.ours[theirs] = static_cast<std::uint8_t>(ours);
  }
  return map;
}

Mask translated(const Mask& mask, const std::array<std::uint8_t, 256>& table) {
  Mask out = mask;
  for (std::uint8_t& label : out.pixels) label = table[label];
  return out;
}

}  // namespace limbus
