// Strict reading of JSON objects: every key is known, every value has its type and range, and every
// error says where.
//
// The first error sticks and later reads do nothing, so that a reader is a plain list of lines:
//
//   Result<Json> json = parseJson(text, "recipe");
//   if (!json) return fail(json.error());
//   JsonReader reader(*json, "recipe");
//   reader.required("name").read("name", recipe.name);
//   reader.read("epochs", recipe.epochs, 1, 100000);
//   JsonReader net = reader.object("net");      // shares the error; finish() it as well
//   net.read("width", width, 1, 4096);
//   net.finish();
//   if (auto error = reader.finish()) return fail(*error);
//
// A key that is absent leaves its variable as it was, unless it is required. finish() reports the
// first error: a value that does not fit, an unknown key ("recipe.epoch: unknown key; known: name,
// epochs, net"), or a required key that is missing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/options/rows.h"
#include "shared/result.h"

namespace limbus {

using Json = nlohmann::ordered_json;

// The largest whole number that every reader of JSON, JavaScript too, holds exactly.
constexpr std::int64_t kMaxJsonInteger = std::int64_t{1} << 53;

// Text that nobody has checked: at most 1 MiB, 32 levels deep, 1024 keys per object, no key twice.
Result<Json> parseJson(std::string_view text, const std::string& where);

// Text of any length that others' programs wrote. Discarded (is_discarded()) where it is no JSON,
// or is nested so deeply that a copy of it would use up the stack.
Json parseLongJson(std::string_view text, const Json::parser_callback_t& wanted = nullptr);

// One line. Bytes that are not UTF-8 become U+FFFD.
std::string dumpJson(const Json& json);

class JsonReader {
 public:
  // `value` must outlive the reader. Anything but an object is an error.
  JsonReader(const Json& value, std::string where);

  JsonReader& required(const char* key);  // missing: reported by finish()

  JsonReader& read(const char* key, std::string& out, std::size_t maxLength = 65536);
  JsonReader& read(const char* key, bool& out);
  JsonReader& read(const char* key, int& out, int low, int high);
  JsonReader& read(const char* key, std::int64_t& out, std::int64_t low, std::int64_t high);
  JsonReader& read(const char* key, std::uint64_t& out);  // a seed: the whole range
  JsonReader& read(const char* key, double& out, double low, double high);  // both ends included
  JsonReader& read(const char* key, std::vector<double>& out, double low, double high);
  JsonReader& read(const char* key, std::vector<int>& out, int low, int high);
  JsonReader& read(const char* key, std::vector<std::string>& out);

  // Index of the string value in `known`; empty when the key is absent or the value was refused.
  std::optional<std::size_t> readName(const char* key, const std::vector<std::string>& known);

  // The raw value, marked as known; null when absent (or JSON null).
  const Json* value(const char* key);
  // A nested object; when it is absent the reader behaves like one of an empty object.
  JsonReader object(const char* key);
  // `value`, which must outlive the reader, in the place of what stands under `key`.
  JsonReader objectOf(const char* key, const Json& value);
  // One reader per element of an array of objects; of `instead`, which must outlive them, in the
  // place of the one that is there.
  std::vector<JsonReader> objects(const char* key, std::size_t maxCount,
                                  const Json* instead = nullptr);

  bool has(const char* key) const;
  const Json* whole() const { return object_; }  // null: absent
  // Goes on with another object, which must outlive the reader, before anything was read.
  void replace(const Json& object) { object_ = &object; }
  bool failed() const { return errors_->has_value(); }
  const std::string& where() const { return where_; }
  std::string place(const std::string& key) const {
    return where_.empty() ? key : where_ + "." + key;
  }

  // Records an error at this object ("where: message") or at a key of it.
  void refuse(const std::string& message);
  void refuse(const char* key, const std::string& message);

  // Unknown and missing keys of this object; then the first error of the whole document, if any.
  std::optional<Error> finish();

 private:
  JsonReader(const Json* value, std::string where, std::shared_ptr<std::optional<Error>> errors);
  void check(const Json* value);
  const Json* find(const char* key);
  bool readNumber(const Json& value, const std::string& place, double low, double high,
                  double& out);
  bool readInteger(const Json& value, const std::string& place, std::int64_t low, std::int64_t high,
                   std::int64_t& out);
  void refuseAt(const std::string& place, const std::string& message);

  const Json* object_ = nullptr;  // null: absent
  std::string where_;
  std::shared_ptr<std::optional<Error>> errors_;
  std::vector<std::string> known_;
  std::vector<std::string> required_;
};

// "a number", "an array", or the value itself when that is short: for "expected ..., got ...".
std::string describeJson(const Json& value);

}  // namespace limbus
