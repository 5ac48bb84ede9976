#include "native/train/loss_terms.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "native/train/losses.h"
#include "shared/options/description.h"

namespace limbus {
namespace {

constexpr double kLargestNumber = 1e6;  // behind a term's name

// "focal/10" -> {"focal", 0.1}. Names may hold '-', so only '/' and '*' split.
Result<std::pair<std::string, double>> splitTerm(const std::string& term) {
  const std::size_t mark = term.find_first_of("/*");
  if (mark == std::string::npos) return std::pair(term, 1.0);
  const std::string number = term.substr(mark + 1);
  char* end = nullptr;
  const double value = std::strtod(number.c_str(), &end);
  if (number.empty() || *end != '\0' || !(value > 0) || value > kLargestNumber) {
    return fail(ErrorCode::badArgument, "loss term '" + term + "' needs a number above 0 after '" +
                                            term[mark] + "', got '" + number + "'");
  }
  return std::pair(term.substr(0, mark), term[mark] == '/' ? 1.0 / value : value);
}

std::vector<std::string> splitSum(const std::string& text) {
  std::vector<std::string> terms(1);
  for (char c : text) {
    if (c == '+') {
      terms.emplace_back();
    } else if (c != ' ') {
      terms.back() += c;
    }
  }
  return terms;
}

// A weight of 1/n is said as one: numbers such as 0.1 have no exact form.
std::string termText(const LossTerm& term) {
  if (term.weight == 1) return term.loss.name();
  const double inverse = 1 / term.weight;
  const double whole = std::round(inverse);
  if (term.weight < 1 && whole <= kLargestNumber && 1 / whole == term.weight) {
    return std::string(term.loss.name()) + "/" + dumpJson(plainNumber(whole));
  }
  return std::string(term.loss.name()) + "*" + dumpJson(plainNumber(term.weight));
}

std::string textOf(const std::vector<LossTerm>& terms) {
  std::string text;
  for (const LossTerm& term : terms) text += (text.empty() ? "" : "+") + termText(term);
  return text;
}

// Options of a sum that stand beside its name go to the one term that knows them.
Result<void> handOut(Json& object, const std::vector<LossTerm>& terms) {
  std::map<std::string, std::vector<std::string>> owners;  // by option: who knows it
  for (const LossTerm& term : terms) {
    for (const OptionDescription& option : describeOptions(term.loss.options)) {
      owners[option.key].emplace_back(term.loss.name());
    }
  }
  for (const auto& [option, names] : owners) {
    if (!object.contains(option)) continue;
    if (names.size() > 1) {
      std::string places;
      for (const std::string& name : names) {
        places += (places.empty() ? "" : " or ") + name + "." + option;
      }
      return fail(ErrorCode::badData,
                  "'" + option + "' is an option of " + joinNames(names) + "; say " + places);
    }
    Json& own = object[names[0]];
    if (!own.is_null() && !own.is_object()) continue;  // refused where it is read
    own[option] = object[option];
    object.erase(option);
  }
  return {};
}

// One loss alone takes its options in an object of its name too, as a term of a sum does, so that
// loss.focal.gamma is the same wherever focal stands.
Result<void> bringBeside(Json& object, const std::string& name) {
  const auto own = object.find(name);
  if (own == object.end() || !own->is_object()) return {};
  const Json options = *own;
  object.erase(own);
  for (const auto& [key, value] : options.items()) {
    if (object.contains(key)) {
      return fail(ErrorCode::badData, "'" + key + "' stands twice, also as " + name + "." + key);
    }
    object[key] = value;
  }
  return {};
}

// Empty where it is none.
std::string textAt(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

bool isTermOf(const std::vector<LossTerm>& terms, const std::string& name) {
  return std::any_of(terms.begin(), terms.end(),
                     [&](const LossTerm& term) { return term.loss.name() == name; });
}

// All options in the objects of their terms, whichever way they were said.
Result<std::vector<LossTerm>> bringApart(Json& loss) {
  const Result<LossTerms> parsed = parseLossTerms(textAt(loss, "name"));
  if (!parsed) return fail(parsed.error());
  if (parsed->terms.size() > 1) {
    if (auto done = handOut(loss, parsed->terms); !done) return fail(done.error());
    return parsed->terms;
  }
  const std::string name = parsed->terms[0].loss.name();
  if (auto done = bringBeside(loss, name); !done) return fail(done.error());
  Json options = loss, whole = {{"name", loss.at("name")}};
  options.erase("name");
  if (loss.contains("ramps")) whole["ramps"] = loss.at("ramps");
  options.erase("ramps");
  if (!options.empty()) whole[name] = std::move(options);
  loss = std::move(whole);
  return parsed->terms;
}

void describeRamps(OptionVisitor& v, LossTerms& loss) {
  std::vector<LossRamp>& ramps = loss.ramps;
  if (ramps.empty() && v.purpose() == OptionVisitor::Purpose::write) return;
  v.list("ramps", "weights of terms that change over the run",
         {.size = ramps.size(),
          .most = 64,
          .noun = "ramps",
          .resize = [&](std::size_t count) { ramps.assign(count, {}); },
          .each =
              [&](std::size_t i, OptionVisitor& inner) {
                ramps[i].describe(inner);
                if (inner.purpose() != OptionVisitor::Purpose::read) return;
                inner.require(isTermOf(loss.terms, ramps[i].term), "term",
                              "'" + ramps[i].term + "' is none of " + textOf(loss.terms));
              }});
}

}  // namespace

void LossRamp::describe(OptionVisitor& v) {
  v.text("term", term, required("the one whose weight is multiplied"));
  v.wholes("epochs", epochs, {0, 1000000}, "epochs finished, ascending; twice the same is a jump");
  v.numbers("weights", weights, {0, 1e6}, "one for each of the epochs, straight lines between");
  if (v.purpose() != OptionVisitor::Purpose::read) return;
  v.require(!epochs.empty() && epochs.size() == weights.size(), "weights",
            "expected as many as epochs, and at least one; got " + std::to_string(weights.size()) +
                " for " + std::to_string(epochs.size()));
  v.require(std::is_sorted(epochs.begin(), epochs.end()), "epochs", "they must ascend");
}

double LossRamp::at(int epoch) const {
  const auto next = std::upper_bound(epochs.begin(), epochs.end(), epoch);
  const auto index = static_cast<std::size_t>(next - epochs.begin());
  if (index == 0) return weights.front();
  if (index == epochs.size()) return weights.back();
  const double share = static_cast<double>(epoch - epochs[index - 1]) /
                       static_cast<double>(epochs[index] - epochs[index - 1]);
  return weights[index - 1] + (weights[index] - weights[index - 1]) * share;
}

LossTerms::LossTerms() : terms{{chosen(losses(), "ce"), 1}} {}

double LossTerms::weightOf(const LossTerm& term, int epoch) const {
  double weight = term.weight;
  for (const LossRamp& ramp : ramps) {
    if (ramp.term == term.loss.name()) weight *= ramp.at(epoch);
  }
  return weight;
}

Result<LossTerms> parseLossTerms(const std::string& text) {
  LossTerms loss;
  loss.terms.clear();
  for (const std::string& part : splitSum(text)) {
    const Result<std::pair<std::string, double>> term = splitTerm(part);
    if (!term) return fail(term.error());
    if (findRow(losses(), term->first) == nullptr) {
      return fail(ErrorCode::badArgument, unknownName("loss", term->first, namesOf(losses())) +
                                              "; sums are written like dice+focal/10");
    }
    for (const LossTerm& earlier : loss.terms) {
      if (term->first != earlier.loss.name()) continue;
      return fail(ErrorCode::badArgument,
                  "loss term '" + term->first + "' stands twice; give it one weight");
    }
    loss.terms.push_back({chosen(losses(), term->first), term->second});
  }
  return loss;
}

Json lossOver(const Json& below, const Json& above) {
  Json old = below, loss = above;
  if (!loss.contains("name") && old.contains("name")) loss["name"] = old.at("name");
  const Result<std::vector<LossTerm>> terms = bringApart(loss), before = bringApart(old);
  if (!terms || !before) {  // refused where it is read
    if (textAt(old, "name") != textAt(loss, "name")) return above;
    Json both = below;
    both.update(above);
    return both;
  }
  for (const LossTerm& term : *terms) {
    const std::string name = term.loss.name();
    const auto told = old.find(name);
    if (told == old.end() || !told->is_object()) continue;
    Json options = *told;
    if (loss.contains(name)) {
      if (!loss.at(name).is_object()) continue;  // refused where it is read
      options.update(loss.at(name));
    }
    loss[name] = std::move(options);
  }
  if (loss.contains("ramps") || !old.contains("ramps")) return loss;
  Json ramps = Json::array();
  for (const Json& ramp : old.at("ramps")) {
    if (ramp.is_object() && isTermOf(*terms, textAt(ramp, "term"))) ramps.push_back(ramp);
  }
  if (!ramps.empty()) loss["ramps"] = std::move(ramps);
  return loss;
}

void LossTerms::describe(OptionVisitor& v) {
  std::string text = textOf(terms);
  v.text("name", text, "one loss, or a weighted sum of them");
  v.namesFrom("name", tableOf("loss", losses()));
  if (v.purpose() == OptionVisitor::Purpose::describe) describeRamps(v, *this);
  if (v.purpose() == OptionVisitor::Purpose::describe || v.failed()) return;
  if (text != textOf(terms)) {
    const Result<LossTerms> parsed = parseLossTerms(text);
    if (!parsed) {
      v.refuse("name", parsed.error().message);
      return;
    }
    *this = *parsed;
  }
  describeRamps(v, *this);
  if (terms.size() == 1) {
    v.rewrite([this](Json& object) { return bringBeside(object, terms[0].loss.name()); });
    terms[0].loss.options.describe(v);
    return;
  }
  v.rewrite([this](Json& object) { return handOut(object, terms); });
  for (LossTerm& term : terms) {
    if (describeOptions(term.loss.options).empty()) continue;
    v.object(term.loss.name(), term.loss.options, "options of this term");
  }
}

}  // namespace limbus
