#include "native/infer/smoothing.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <regex>

#include "native/infer/choice_text.h"
#include "native/infer/predictor.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

constexpr double kLeastWeight = 1e-3;  // a frame that weighs less is not looked at

struct DecayOptions {
  double keep = 0.5;
  bool both = false;

  void describe(OptionVisitor& v) {
    v.number("keep", keep, {0, 0.99}, "weight of a frame against that of the next one");
    v.flag("both", both, "later frames count as earlier ones do; without it those seen so far");
  }
};

SmoothingKernel decayKernel(const DecayOptions& options) {
  SmoothingKernel kernel;
  for (double weight = options.keep; weight >= kLeastWeight; weight *= options.keep) {
    kernel.weights.insert(kernel.weights.begin(), weight);
    ++kernel.before;
  }
  for (std::size_t i = 0; options.both && i < kernel.before; ++i) {
    kernel.weights.push_back(kernel.weights[kernel.before - 1 - i]);
  }
  return kernel;
}

struct WindowOptions {
  int frames = 2;

  void describe(OptionVisitor& v) {
    v.whole("frames", frames, {0, 100}, {"before, and as many after", "frames"});
  }
};

SmoothingKernel window(const WindowOptions& options) {
  const auto frames = static_cast<std::size_t>(options.frames);
  return {frames, std::vector<double>(2 * frames + 1, 1.0)};
}

bool isDigit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

// The digits from `at` on without leading zeros; moves `at` behind them.
std::string numberAt(const std::string& text, std::size_t& at) {
  std::string digits;
  for (; at < text.size() && isDigit(text[at]); ++at) {
    if (text[at] != '0' || !digits.empty()) digits += text[at];
  }
  return digits;
}

bool inNaturalOrder(const std::string& a, const std::string& b) {
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (isDigit(a[i]) && isDigit(b[j])) {
      const std::string one = numberAt(a, i), other = numberAt(b, j);
      if (one.size() != other.size()) return one.size() < other.size();
      if (one != other) return one < other;
    } else {
      if (a[i] != b[j]) return a[i] < b[j];
      ++i;
      ++j;
    }
  }
  if (i < a.size() || j < b.size()) return i == a.size();
  return a < b;  // "1" and "01"
}

}  // namespace

const std::vector<SmoothingRow>& smoothings() {
  static const std::vector<SmoothingRow> rows = {
      {"exponential", "each earlier frame counts less by a factor", DecayOptions{},
       typed<decayKernel>},
      {"window", "the mean of some frames before and after", WindowOptions{}, typed<window>}};
  return rows;
}

Result<Chosen<SmoothingRow>> parseSmoothing(const std::string& text) {
  return parseChoice(smoothings(), "smoothing", "--smooth", text);
}

Result<std::vector<std::vector<std::size_t>>> sequencesOf(const std::vector<fs::path>& files,
                                                          const std::string& pattern) {
  std::map<std::string, std::vector<std::size_t>> found;
  try {
    const std::regex expression(pattern);
    for (std::size_t i = 0; i < files.size(); ++i) {
      const std::string path = files[i].generic_string();
      std::smatch match;
      if (pattern.empty()) {
        found[files[i].parent_path().generic_string()].push_back(i);
      } else if (std::regex_search(path, match, expression)) {
        found[match[match.size() > 1 ? 1 : 0]].push_back(i);
      } else {
        return fail(ErrorCode::badArgument,
                    "--sequences: '" + pattern + "' does not match " + path);
      }
    }
  } catch (const std::regex_error& error) {
    return fail(ErrorCode::badArgument,
                "--sequences is no regular expression: " + std::string(error.what()));
  }
  std::vector<std::vector<std::size_t>> sequences;
  for (auto& [name, frames] : found) {
    std::sort(frames.begin(), frames.end(), [&](std::size_t a, std::size_t b) {
      return inNaturalOrder(files[a].generic_string(), files[b].generic_string());
    });
    sequences.push_back(std::move(frames));
  }
  return sequences;
}

SmoothedMasks::SmoothedMasks(Source source, std::vector<std::vector<std::size_t>> sequences,
                             SmoothingKernel kernel)
    : source_(std::move(source)), sequences_(std::move(sequences)), kernel_(std::move(kernel)) {
  for (std::size_t s = 0; s < sequences_.size(); ++s) {
    for (std::size_t f = 0; f < sequences_[s].size(); ++f) {
      order_.push_back(sequences_[s][f]);
      places_[sequences_[s][f]] = {s, f};
    }
  }
}

const Result<Planes>& SmoothedMasks::planes(std::size_t index) {
  const auto held = held_.find(index);
  return held != held_.end() ? held->second : held_.emplace(index, source_(index)).first->second;
}

Result<Field> SmoothedMasks::field(std::size_t index) {
  const Place place = places_.at(index);
  const std::vector<std::size_t>& frames = sequences_[place.sequence];
  const std::size_t first = place.frame - std::min(place.frame, kernel_.before);
  const std::size_t ahead = kernel_.weights.size() - 1 - kernel_.before;
  const std::size_t last = std::min(frames.size() - 1, place.frame + ahead);
  const auto isNear = [&](std::size_t other) {
    const Place there = places_.at(other);
    return there.sequence == place.sequence && there.frame >= first && there.frame <= last;
  };
  std::erase_if(held_, [&](const auto& one) { return !isNear(one.first); });
  if (const Result<Planes>& own = planes(index); !own) return fail(own.error());
  Planes mean;
  double weights = 0;
  for (std::size_t frame = first; frame <= last; ++frame) {
    const Result<Planes>& part = planes(frames[frame]);
    if (!part) continue;
    const double weight = kernel_.weights[frame + kernel_.before - place.frame];
    if (const Result<void> added = addTo(mean, *part, static_cast<float>(weight)); !added) {
      return fail(added.error());
    }
    weights += weight;
  }
  for (float& value : mean.values) value /= static_cast<float>(weights);
  return fieldOf(std::move(mean), Averaged::probabilities);
}

Result<Mask> SmoothedMasks::mask(std::size_t index) {
  const Result<Field> mean = field(index);
  return mean ? maskOf(*mean) : fail(mean.error());
}

}  // namespace limbus
