#include "shared/options/json.h"

#include <cmath>
#include <deque>

namespace limbus {
namespace {

class Reader : public OptionVisitor {
 public:
  // `made` keeps objects that stand for shorter forms for as long as the whole reading goes on.
  Reader(JsonReader reader, std::deque<Json>& made) : reader_(std::move(reader)), made_(made) {}

  Purpose purpose() const override { return Purpose::read; }

  void flag(const char* key, bool& value, About about) override { at(key, about).read(key, value); }
  void number(const char* key, double& value, Limits limits, About about) override {
    at(key, about).read(key, value, limits.low, limits.high);
  }
  void whole(const char* key, std::int64_t& value, Limits limits, About about) override {
    at(key, about)
        .read(key, value, static_cast<std::int64_t>(limits.low),
              static_cast<std::int64_t>(limits.high));
  }
  void wholeOr(const char* word, const char* key, int& value, Limits limits, About about) override {
    const Json* given = reader_.value(key);
    if (given == nullptr || !given->is_string()) {
      OptionVisitor::whole(key, value, limits, about);
    } else if (*given == word) {
      value = 0;
    } else {
      reader_.refuse(key, "expected a whole number or \"" + std::string(word) + "\", got " +
                              describeJson(*given));
    }
  }
  void seed(const char* key, std::uint64_t& value, About about) override {
    at(key, about).read(key, value);
  }
  void text(const char* key, std::string& value, About about, std::size_t maxLength) override {
    at(key, about).read(key, value, maxLength);
  }
  void choice(const char* key, std::string& value, const std::vector<std::string>& known,
              About about) override {
    if (const auto index = at(key, about).readName(key, known)) value = known[*index];
  }
  void range(const char* key, Range& value, Limits limits, About about) override {
    std::vector<double> ends{value.low, value.high};
    at(key, about).read(key, ends, limits.low, limits.high);
    if (reader_.failed()) return;
    if (ends.size() != 2 || ends[0] > ends[1]) {
      reader_.refuse(
          key, "expected a range [low, high] with low not above high, got " + dumpJson(Json(ends)));
      return;
    }
    value = {ends[0], ends[1]};
  }
  void numbers(const char* key, std::vector<double>& value, Limits limits, About about) override {
    at(key, about).read(key, value, limits.low, limits.high);
  }
  void wholes(const char* key, std::vector<int>& value, Limits limits, About about) override {
    at(key, about).read(key, value, static_cast<int>(limits.low), static_cast<int>(limits.high));
  }
  void texts(const char* key, std::vector<std::string>& value, About about) override {
    at(key, about).read(key, value);
  }
  void numberMap(const char* key, std::map<std::string, double>& value, About about) override {
    at(key, about);
    const Json* object = reader_.value(key);
    if (object == nullptr) return;
    if (!object->is_object()) {
      reader_.refuse(key, "expected an object of numbers, got " + describeJson(*object));
      return;
    }
    for (const auto& entry : object->items()) {
      if (!entry.value().is_number()) {
        reader_.refuse((key + ("." + entry.key())).c_str(),
                       "expected a number, got " + describeJson(entry.value()));
        return;
      }
      value[entry.key()] = entry.value().get<double>();
    }
  }

  void object(const char* key, About about, const Fields& fields, const char* shorthand) override {
    at(key, about);
    const Json* value = reader_.value(key);
    if (value != nullptr && value->is_string() && shorthand != nullptr) {
      made_.push_back(Json{{shorthand, *value}});
      describe(reader_.objectOf(key, made_.back()), fields);
    } else if (value != nullptr && shorthand != nullptr && !value->is_object()) {
      reader_.refuse(key, std::string("expected a name or an object with a \"") + shorthand +
                              "\", got " + describeJson(*value));
    } else {
      describe(reader_.object(key), fields);
    }
  }
  void list(const char* key, About about, const ListFields& fields) override {
    const Json* value = at(key, about).value(key);
    if (!reader_.has(key)) return;
    std::vector<JsonReader> readers = reader_.objects(key, fields.most, spelledOut(value, fields));
    if (reader_.failed()) return;
    if (readers.size() < fields.least) {
      reader_.refuse(key, "expected " + std::to_string(fields.least) + " to " +
                              std::to_string(fields.most) + " " + fields.noun + ", got " +
                              std::to_string(value == nullptr ? 0 : readers.size()));
      return;
    }
    fields.resize(readers.size());
    for (std::size_t i = 0; i < readers.size(); ++i) {
      describe(std::move(readers[i]), [&](OptionVisitor& v) { fields.each(i, v); });
    }
  }

  bool given(const char* key) override { return reader_.has(key); }
  void refuse(const char* key, const std::string& message) override {
    reader_.refuse(key, message);
  }
  bool failed() const override { return reader_.failed(); }
  void rewrite(const std::function<Result<void>(Json&)>& change) override {
    const Json* object = reader_.whole();
    if (object == nullptr || reader_.failed()) return;
    made_.push_back(*object);
    if (const Result<void> done = change(made_.back()); !done) {
      reader_.refuse(done.error().message);
      return;
    }
    reader_.replace(made_.back());
  }

  std::optional<Error> finish() { return reader_.finish(); }

 protected:
  void maybe(const char* key, bool& present, About about, const Fields& fields) override {
    const Json* value = at(key, about).value(key);
    if (!reader_.has(key)) return;
    present = value != nullptr;  // null: none
    if (present) object(key, about, fields, nullptr);
  }
  void chooseRow(const char* key, std::string& name, const Table& table,
                 const std::function<Options&(const std::string&)>& take, About about) override {
    if (name.empty()) about.required = true;
    text(key, name, about, 4096);
    if (reader_.failed() || name.empty()) return;
    const std::vector<std::string> known = namesOf(table.rows);
    if (findRow(table.rows, name) == nullptr) {
      reader_.refuse(key, unknownName(table.kind, name, known));
      return;
    }
    take(name).describe(*this);
  }

 private:
  JsonReader& at(const char* key, const About& about) {
    return about.required ? reader_.required(key) : reader_;
  }
  // The list with objects in place of plain texts; null: as it is.
  const Json* spelledOut(const Json* list, const ListFields& fields) {
    if (list == nullptr || !list->is_array() || fields.shorthand == nullptr) return nullptr;
    made_.push_back(*list);
    for (Json& one : made_.back()) {
      if (one.is_string()) one = Json{{fields.shorthand, one}};
    }
    return &made_.back();
  }
  void describe(JsonReader reader, const Fields& fields) {
    Reader inner(std::move(reader), made_);
    fields(inner);
    inner.finish();
  }

  JsonReader reader_;
  std::deque<Json>& made_;
};

class Writer : public OptionVisitor {
 public:
  Json json = Json::object();

  Purpose purpose() const override { return Purpose::write; }

  void flag(const char* key, bool& value, About) override { json[key] = value; }
  void number(const char* key, double& value, Limits, About) override {
    json[key] = plainNumber(value);
  }
  void whole(const char* key, std::int64_t& value, Limits, About) override { json[key] = value; }
  void wholeOr(const char* word, const char* key, int& value, Limits, About) override {
    json[key] = value == 0 ? Json(word) : Json(value);
  }
  void seed(const char* key, std::uint64_t& value, About) override { json[key] = value; }
  void text(const char* key, std::string& value, About, std::size_t) override { json[key] = value; }
  void choice(const char* key, std::string& value, const std::vector<std::string>&,
              About) override {
    json[key] = value;
  }
  void range(const char* key, Range& value, Limits, About) override {
    json[key] = Json::array({plainNumber(value.low), plainNumber(value.high)});
  }
  void numbers(const char* key, std::vector<double>& values, Limits, About) override {
    for (const double value : values) json[key].push_back(plainNumber(value));
  }
  void wholes(const char* key, std::vector<int>& values, Limits, About) override {
    if (!values.empty()) json[key] = values;
  }
  void texts(const char* key, std::vector<std::string>& values, About) override {
    json[key] = values;  // an empty list, too, which may not be the default
  }
  void numberMap(const char* key, std::map<std::string, double>& values, About) override {
    json[key] = Json::object();
    for (const auto& [name, value] : values) {
      if (std::isfinite(value)) json[key][name] = plainNumber(value);
    }
  }
  void object(const char* key, About, const Fields& fields, const char*) override {
    json[key] = writeObject(fields);
  }
  void list(const char* key, About, const ListFields& fields) override {
    Json array = Json::array();
    for (std::size_t i = 0; i < fields.size; ++i) {
      array.push_back(writeObject([&](OptionVisitor& v) { fields.each(i, v); }));
    }
    json[key] = std::move(array);
  }

 protected:
  void maybe(const char* key, bool& present, About about, const Fields& fields) override {
    if (present) object(key, about, fields, nullptr);
  }
  void chooseRow(const char* key, std::string& name, const Table&,
                 const std::function<Options&(const std::string&)>& take, About) override {
    json[key] = name;
    if (!name.empty()) take(name).describe(*this);
  }
};

}  // namespace

Json plainNumber(double value) {
  if (std::floor(value) == value && std::fabs(value) < 1e15) {
    return static_cast<std::int64_t>(value);
  }
  return value;
}

Result<void> readObject(const Json& json, const std::string& where, const Fields& fields) {
  std::deque<Json> made;
  Reader reader(JsonReader(json, where), made);
  fields(reader);
  if (auto error = reader.finish()) return fail(*error);
  return {};
}

Json writeObject(const Fields& fields) {
  Writer writer;
  fields(writer);
  return std::move(writer.json);
}

}  // namespace limbus
