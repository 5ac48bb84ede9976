#include "shared/json_reader.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <set>

namespace limbus {
namespace {

constexpr std::size_t kMaxTextBytes = std::size_t{1} << 20;
constexpr int kMaxDepth = 32;
constexpr int kMaxLongDepth = 512;
constexpr std::size_t kMaxKeys = 1024;

// Deepest nesting of brackets outside strings; the text need not be valid.
int nestingDepth(std::string_view text) {
  int depth = 0;
  int deepest = 0;
  bool inString = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (inString) {
      if (c == '\\') ++i;
      if (c == '"') inString = false;
    } else if (c == '"') {
      inString = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return deepest;
}

// Keys that nobody has checked go into messages, which are one line.
std::string shown(std::string text) {
  constexpr std::size_t kLongest = 200;
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = '?';
  }
  return text.size() > kLongest ? text.substr(0, kLongest) + "..." : text;
}

// Watches keys while the parser runs: the document keeps only the last of two equal ones.
class KeyWatch {
 public:
  bool operator()(Json::parse_event_t event, const Json& parsed) {
    if (event == Json::parse_event_t::object_start) open_.emplace_back();
    if (event == Json::parse_event_t::object_end && !open_.empty()) open_.pop_back();
    if (event != Json::parse_event_t::key || open_.empty()) return true;
    const std::string key = parsed.get<std::string>();
    if (open_.back().size() >= kMaxKeys) {
      problem_ = "an object has more than " + std::to_string(kMaxKeys) + " keys";
      return false;
    }
    if (!open_.back().insert(key).second)
      problem_ = "the key '" + shown(key) + "' stands there twice";
    return true;
  }
  const std::string& problem() const { return problem_; }

 private:
  std::vector<std::set<std::string>> open_;
  std::string problem_;
};

std::string numberText(double value) {
  char text[32];  // not a stream: that would put 50 KB of locales into the page
  std::snprintf(text, sizeof text, "%.12g", value);
  return text;
}

// Without the library's own prefix "[json.exception.parse_error.101] ".
std::string parserMessage(const std::exception& error) {
  const std::string text = error.what();
  const std::size_t end = text.find("] ");
  return end == std::string::npos ? text : text.substr(end + 2);
}

}  // namespace

Result<Json> parseJson(std::string_view text, const std::string& where) {
  if (text.size() > kMaxTextBytes) {
    return fail(ErrorCode::badData, where + ": expected at most " + std::to_string(kMaxTextBytes) +
                                        " bytes of JSON, got " + std::to_string(text.size()));
  }
  if (nestingDepth(text) > kMaxDepth) {
    return fail(ErrorCode::badData,
                where + ": JSON is nested more than " + std::to_string(kMaxDepth) + " levels deep");
  }
  KeyWatch watch;
  try {
    Json json = Json::parse(
        text.begin(), text.end(),
        [&watch](int, Json::parse_event_t event, Json& parsed) { return watch(event, parsed); });
    if (!watch.problem().empty()) {
      return fail(ErrorCode::badData, where + ": " + watch.problem());
    }
    return json;
  } catch (const std::exception& error) {
    return fail(ErrorCode::badData, where + ": not valid JSON: " + parserMessage(error));
  }
}

Json parseLongJson(std::string_view text, const Json::parser_callback_t& wanted) {
  if (nestingDepth(text) > kMaxLongDepth) return Json(Json::value_t::discarded);
  return Json::parse(text.begin(), text.end(), wanted, false);
}

std::string dumpJson(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string describeJson(const Json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "an array of " + std::to_string(value.size());
  const std::string text = dumpJson(value);
  if (text.size() <= 60) return text;
  return value.is_string() ? "a text of " + std::to_string(text.size()) + " bytes" : "a number";
}

JsonReader::JsonReader(const Json& value, std::string where)
    : where_(std::move(where)), errors_(std::make_shared<std::optional<Error>>()) {
  check(&value);
}

JsonReader::JsonReader(const Json* value, std::string where,
                       std::shared_ptr<std::optional<Error>> errors)
    : where_(std::move(where)), errors_(std::move(errors)) {
  check(value);
}

void JsonReader::check(const Json* value) {
  if (value == nullptr) return;
  if (value->is_object()) {
    object_ = value;
  } else {
    refuse("expected an object, got " + describeJson(*value));
  }
}

void JsonReader::refuseAt(const std::string& place, const std::string& message) {
  if (!errors_->has_value()) *errors_ = Error{ErrorCode::badData, shown(place) + ": " + message};
}

void JsonReader::refuse(const std::string& message) { refuseAt(where_, message); }

void JsonReader::refuse(const char* key, const std::string& message) {
  refuseAt(place(key), message);
}

JsonReader& JsonReader::required(const char* key) {
  required_.emplace_back(key);
  return *this;
}

bool JsonReader::has(const char* key) const {
  return object_ != nullptr && object_->find(key) != object_->end();
}

const Json* JsonReader::find(const char* key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  if (failed() || object_ == nullptr) return nullptr;
  const auto entry = object_->find(key);
  return entry == object_->end() ? nullptr : &*entry;
}

const Json* JsonReader::value(const char* key) {
  const Json* value = find(key);
  return value != nullptr && value->is_null() ? nullptr : value;
}

JsonReader& JsonReader::read(const char* key, std::string& out, std::size_t maxLength) {
  const Json* value = find(key);
  if (value == nullptr) return *this;
  if (!value->is_string()) {
    refuse(key, "expected a text, got " + describeJson(*value));
    return *this;
  }
  std::string text = value->get<std::string>();
  if (text.size() > maxLength) {
    refuse(key, "expected at most " + std::to_string(maxLength) + " bytes, got " +
                    std::to_string(text.size()));
    return *this;
  }
  out = std::move(text);
  return *this;
}

JsonReader& JsonReader::read(const char* key, bool& out) {
  const Json* value = find(key);
  if (value == nullptr) return *this;
  if (value->is_boolean()) {
    out = value->get<bool>();
  } else {
    refuse(key, "expected true or false, got " + describeJson(*value));
  }
  return *this;
}

// 3 and 3.0 and 3e0 are the integer three; 3.5 is none.
bool JsonReader::readInteger(const Json& value, const std::string& place, std::int64_t low,
                             std::int64_t high, std::int64_t& out) {
  bool fits = false;
  std::int64_t number = 0;
  if (value.is_number_unsigned()) {
    const std::uint64_t wide = value.get<std::uint64_t>();
    fits = wide <= static_cast<std::uint64_t>(INT64_MAX);
    number = static_cast<std::int64_t>(wide);
  } else if (value.is_number_integer()) {
    fits = true;
    number = value.get<std::int64_t>();
  } else if (value.is_number_float()) {
    const double wide = value.get<double>();
    fits = std::floor(wide) == wide && std::fabs(wide) < 9007199254740992.0;
    if (fits) number = static_cast<std::int64_t>(wide);
  }
  if (!fits || number < low || number > high) {
    refuseAt(place, "expected an integer from " + std::to_string(low) + " to " +
                        std::to_string(high) + ", got " + describeJson(value));
    return false;
  }
  out = number;
  return true;
}

bool JsonReader::readNumber(const Json& value, const std::string& place, double low, double high,
                            double& out) {
  if (value.is_number()) {
    const double number = value.get<double>();
    if (number >= low && number <= high) {
      out = number;
      return true;
    }
  }
  refuseAt(place, "expected a number from " + numberText(low) + " to " + numberText(high) +
                      ", got " + describeJson(value));
  return false;
}

JsonReader& JsonReader::read(const char* key, int& out, int low, int high) {
  std::int64_t wide = out;
  read(key, wide, static_cast<std::int64_t>(low), static_cast<std::int64_t>(high));
  out = static_cast<int>(wide);
  return *this;
}

JsonReader& JsonReader::read(const char* key, std::int64_t& out, std::int64_t low,
                             std::int64_t high) {
  const Json* value = find(key);
  if (value != nullptr) readInteger(*value, place(key), low, high, out);
  return *this;
}

JsonReader& JsonReader::read(const char* key, std::uint64_t& out) {
  const Json* value = find(key);
  if (value == nullptr) return *this;
  if (value->is_number_unsigned()) {
    out = value->get<std::uint64_t>();
  } else {
    refuse(key, "expected an integer from 0 to 18446744073709551615, got " + describeJson(*value));
  }
  return *this;
}

JsonReader& JsonReader::read(const char* key, double& out, double low, double high) {
  const Json* value = find(key);
  if (value != nullptr) readNumber(*value, place(key), low, high, out);
  return *this;
}

JsonReader& JsonReader::read(const char* key, std::vector<double>& out, double low, double high) {
  const Json* value = find(key);
  if (value == nullptr) return *this;
  if (!value->is_array()) {
    refuse(key, "expected an array of numbers, got " + describeJson(*value));
    return *this;
  }
  std::vector<double> numbers(value->size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const std::string where = place(key) + "[" + std::to_string(i) + "]";
    if (!readNumber((*value)[i], where, low, high, numbers[i])) return *this;
  }
  out = std::move(numbers);
  return *this;
}

JsonReader& JsonReader::read(const char* key, std::vector<int>& out, int low, int high) {
  const Json* value = find(key);
  if (value == nullptr) return *this;
  if (!value->is_array()) {
    refuse(key, "expected an array of integers, got " + describeJson(*value));
    return *this;
  }
  std::vector<int> numbers(value->size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    std::int64_t number = 0;
    const std::string where = place(key) + "[" + std::to_string(i) + "]";
    if (!readInteger((*value)[i], where, low, high, number)) return *this;
    numbers[i] = static_cast<int>(number);
  }
  out = std::move(numbers);
  return *this;
}

JsonReader& JsonReader::read(const char* key, std::vector<std::string>& out) {
  const Json* value = find(key);
  if (value == nullptr) return *this;
  std::vector<std::string> texts;
  bool fits = value->is_array();
  for (std::size_t i = 0; fits && i < value->size(); ++i) {
    fits = (*value)[i].is_string();
    if (fits) texts.push_back((*value)[i].get<std::string>());
  }
  if (fits) {
    out = std::move(texts);
  } else {
    refuse(key, "expected an array of texts, got " + describeJson(*value));
  }
  return *this;
}

std::optional<std::size_t> JsonReader::readName(const char* key,
                                                const std::vector<std::string>& known) {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) {
    const auto match = std::find(known.begin(), known.end(), value->get<std::string>());
    if (match != known.end()) return static_cast<std::size_t>(match - known.begin());
  }
  const std::string nearest =
      value->is_string() ? nearestName(value->get<std::string>(), known) : "";
  refuse(key, "unknown " + std::string(key) + " " + describeJson(*value) +
                  "; known: " + joinNames(known) +
                  (nearest.empty() ? "" : "; did you mean \"" + nearest + "\"?"));
  return std::nullopt;
}

JsonReader JsonReader::objectOf(const char* key, const Json& value) {
  find(key);
  return JsonReader(&value, place(key), errors_);
}

JsonReader JsonReader::object(const char* key) {
  return JsonReader(find(key), place(key), errors_);
}

std::vector<JsonReader> JsonReader::objects(const char* key, std::size_t maxCount,
                                            const Json* instead) {
  std::vector<JsonReader> readers;
  const Json* value = find(key);
  if (value == nullptr) return readers;
  if (instead != nullptr) value = instead;
  if (!value->is_array() || value->size() > maxCount) {
    refuse(key, "expected an array of at most " + std::to_string(maxCount) + " objects, got " +
                    describeJson(*value));
    return readers;
  }
  for (std::size_t i = 0; i < value->size(); ++i) {
    readers.push_back(
        JsonReader(&(*value)[i], place(key) + "[" + std::to_string(i) + "]", errors_));
  }
  return readers;
}

std::optional<Error> JsonReader::finish() {
  if (!failed() && object_ != nullptr) {
    for (const auto& entry : object_->items()) {
      if (std::find(known_.begin(), known_.end(), entry.key()) == known_.end()) {
        const std::string nearest = nearestName(entry.key(), known_);
        refuseAt(place(entry.key()),
                 "unknown key; known: " + joinNames(known_) +
                     (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
        break;
      }
    }
  }
  for (const std::string& key : required_) {
    if (object_ != nullptr && !has(key.c_str())) refuseAt(place(key), "missing; it must be given");
  }
  return *errors_;
}

}  // namespace limbus
