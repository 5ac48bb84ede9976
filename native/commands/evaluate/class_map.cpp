#include "native/commands/evaluate/class_map.h"

#include <algorithm>
#include <set>
#include <sstream>

#include "native/infer/overlay.h"
#include "native/system/text.h"
#include "shared/options/rows.h"

namespace limbus {
namespace {

constexpr std::size_t kNamedLabels = 12;
constexpr const char* kRest = "rest";

struct LabelSide {
  const char* what;  // "label", as in messages
  const char* whose;
  const std::vector<ClassSpec>& classes;
  int most;
};

tl::unexpected<Error> refuseMap(const std::string& why) {
  return fail(ErrorCode::badArgument, "--map: " + why);
}

std::vector<std::string> namesOfClasses(const std::vector<ClassSpec>& classes) {
  std::vector<std::string> names;
  for (const ClassSpec& spec : classes) names.push_back(spec.name);
  return names;
}

// A number, or a name.
Result<int> parseLabel(const std::string& text, const LabelSide& side) {
  for (std::size_t i = 0; i < side.classes.size(); ++i) {
    if (side.classes[i].name == text) return static_cast<int>(i);
  }
  const bool number = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  if (number && text.size() < 4 && std::stoi(text) <= side.most) return std::stoi(text);
  if (number || text.empty()) {
    return refuseMap("expected a " + std::string(side.what) + " of " + side.whose + ", 0 to " +
                     std::to_string(side.most) + " or its name, got '" + text + "'");
  }
  if (side.classes.empty()) {
    return refuseMap("'" + text + "' is a name, but " + side.whose +
                     " names no classes; say its number");
  }
  return refuseMap(unknownName(std::string(side.what) + " of " + side.whose, text,
                               namesOfClasses(side.classes)));
}

ClassMap identity(const std::vector<ClassSpec>& classes) {
  ClassMap map;
  for (int i = 0; i < 256; ++i) {
    map.truth[i] = map.prediction[i] = map.ours[i] = map.measured[i] = static_cast<std::uint8_t>(i);
  }
  map.names = namesOfClasses(classes);
  return map;
}

// What is scored as one class, in the order in which it is named.
struct Merged {
  std::vector<int> theirs, ours;
};

bool holds(const std::vector<int>& list, int value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

void addOnce(std::vector<int>& list, int value) {
  if (!holds(list, value)) list.push_back(value);
}

// Joins everything that either of the two belongs to.
void join(std::vector<Merged>& all, int theirs, int ours) {
  Merged joined;
  std::vector<Merged> apart;
  for (Merged& one : all) {
    if (!holds(one.theirs, theirs) && !holds(one.ours, ours)) {
      apart.push_back(std::move(one));
      continue;
    }
    joined.theirs.insert(joined.theirs.end(), one.theirs.begin(), one.theirs.end());
    joined.ours.insert(joined.ours.end(), one.ours.begin(), one.ours.end());
  }
  addOnce(joined.theirs, theirs);
  addOnce(joined.ours, ours);
  apart.push_back(std::move(joined));
  all = std::move(apart);
}

Result<std::vector<Merged>> parsePairs(const std::string& text, const LabelSide& their,
                                       const LabelSide& our) {
  std::vector<Merged> merged;
  std::set<std::pair<int, int>> known;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    const std::size_t colon = part.find(':');
    if (colon == std::string::npos)
      return refuseMap("expected THEIRS:OURS[,...], got '" + part + "'");
    const Result<int> theirs = parseLabel(part.substr(0, colon), their);
    if (!theirs) return fail(theirs.error());
    const Result<int> ours = parseLabel(part.substr(colon + 1), our);
    if (!ours) return fail(ours.error());
    if (!known.emplace(*theirs, *ours).second) return refuseMap("'" + part + "' is named twice");
    join(merged, *theirs, *ours);
  }
  std::sort(merged.begin(), merged.end(), [](const Merged& a, const Merged& b) {
    return *std::min_element(a.ours.begin(), a.ours.end()) <
           *std::min_element(b.ours.begin(), b.ours.end());
  });
  return merged;
}

// |A and B| / |A or B| of a label and what the model says.
double overlap(const ConfusionMatrix& counts, int truth, int prediction) {
  const std::int64_t both = counts.at(truth, prediction);
  const std::int64_t either = counts.truthPixels(truth) + counts.predictedPixels(prediction) - both;
  return either == 0 ? 0 : static_cast<double>(both) / static_cast<double>(either);
}

}  // namespace

std::uint8_t backgroundLabel(const std::vector<ClassSpec>& classes) {
  const std::size_t background = backgroundOf(classes);
  return static_cast<std::uint8_t>(background < classes.size() ? background : kVoidLabel);
}

Result<ClassMap> parseClassMap(const std::string& text, const std::vector<ClassSpec>& ours,
                               const std::vector<ClassSpec>& theirs, bool rest) {
  if (text.empty()) return identity(ours);
  std::size_t named = 0;
  const Result<std::vector<Merged>> merged =
      parsePairs(text, {"label", "the data set", theirs, 254},
                 {"class", "the model", ours, static_cast<int>(ours.size()) - 1});
  if (!merged) return fail(merged.error());
  ClassMap map;
  map.rest = rest;
  if (rest) {
    map.names.push_back(kRest);
  } else {
    map.truth.fill(kVoidLabel);
  }
  // The model's own class of this name is the same.
  const auto own = std::find_if(ours.begin(), ours.end(),
                                [](const ClassSpec& one) { return one.name == kRest; });
  const int ownRest = rest && own != ours.end() ? static_cast<int>(own - ours.begin()) : -1;
  map.ours.fill(ownRest >= 0 ? static_cast<std::uint8_t>(ownRest) : backgroundLabel(ours));
  map.truth[kVoidLabel] = map.ours[kVoidLabel] = kVoidLabel;
  for (int i = 0; i < 256; ++i) map.measured[i] = static_cast<std::uint8_t>(i);
  for (const Merged& one : *merged) {
    const bool others = holds(one.ours, ownRest);
    const auto index = static_cast<std::uint8_t>(others ? 0 : map.names.size());
    const std::uint8_t first = static_cast<std::uint8_t>(one.ours.front());
    std::string name;
    named += one.ours.size();
    for (int label : one.ours) {
      name += (name.empty() ? "" : "+") + ours[label].name;
      map.prediction[label] = index;
      map.measured[label] = first;
    }
    for (int label : one.theirs) {
      map.truth[label] = index;
      map.ours[label] = first;
      map.labels.push_back(label);
    }
    if (others) {
      map.names[0] = name;
    } else {
      map.names.push_back(name);
    }
  }
  std::sort(map.labels.begin(), map.labels.end());
  map.namesModel = named == ours.size();
  return map;
}

bool hasUnnamed(const ClassMap& map, MaskView mask) {
  std::array<bool, 256> named{};
  named[kVoidLabel] = true;
  for (const int label : map.labels) named[static_cast<std::size_t>(label)] = true;
  for (int y = 0; y < mask.height; ++y) {
    const std::uint8_t* row = mask.row(y);
    if (!std::all_of(row, row + mask.width, [&](std::uint8_t label) { return named[label]; })) {
      return true;
    }
  }
  return false;
}

Mask translated(const Mask& mask, const std::array<std::uint8_t, 256>& table) {
  Mask out = mask;
  for (std::uint8_t& label : out.pixels) label = table[label];
  return out;
}

std::string unheldLabelsHint(const ClassMap& map, const std::array<bool, 256>& held,
                             const std::vector<ClassSpec>& theirs) {
  const auto nameOf = [&](int label) {
    const auto index = static_cast<std::size_t>(label);
    return std::to_string(label) + (index < theirs.size() ? " (" + theirs[index].name + ")" : "");
  };
  std::vector<std::string> unheld, known;
  for (const int label : map.labels) {
    if (!held[static_cast<std::size_t>(label)]) unheld.push_back(nameOf(label));
  }
  if (unheld.empty()) return "";
  for (int label = 0; label < kVoidLabel; ++label) {
    if (held[static_cast<std::size_t>(label)]) known.push_back(nameOf(label));
  }
  return "--map: no mask holds " + joinFirst(unheld, kNamedLabels) + "; they hold " +
         (known.empty() ? "void alone" : joinFirst(known, kNamedLabels));
}

std::string missingMapHint(const ConfusionMatrix& counts, const std::vector<ClassSpec>& ours) {
  constexpr double kHardly = 0.1, kMostly = 0.4;
  std::string pairs, absent;
  for (int truth = 0; truth < counts.classes(); ++truth) {
    if (counts.truthPixels(truth) == 0) {
      absent += (absent.empty() ? "" : ", ") + ours[truth].name;
      continue;
    }
    if (overlap(counts, truth, truth) > kHardly) continue;
    for (int prediction = 0; prediction < counts.classes(); ++prediction) {
      if (overlap(counts, truth, prediction) < kMostly) continue;
      pairs += (pairs.empty() ? "" : ",") + std::to_string(truth) + ":" + ours[prediction].name;
    }
  }
  if (!pairs.empty()) {
    return "labels lie where the model sees another class, so that these scores say little; where "
           "they mean other things than its classes, say so with --map, such as --map " +
           pairs;
  }
  if (absent.empty()) return "";
  return "no label means " + absent +
         "; where the labels mean other things than the model's classes, say which with --map "
         "THEIRS:OURS";
}

}  // namespace limbus
