#include "shared/options/description.h"

#include <algorithm>
#include <cmath>

namespace limbus {
namespace {

using Kind = OptionDescription::Kind;

class Describer : public OptionVisitor {
 public:
  // Rows may hold rows of their own table: `open` names the tables that are being described.
  explicit Describer(std::vector<std::string>& open) : open_(open) {}
  std::vector<OptionDescription> options;

  Purpose purpose() const override { return Purpose::describe; }

  void flag(const char* key, bool& value, About about) override {
    add(key, Kind::flag, about).byDefault = value;
  }
  void number(const char* key, double& value, Limits limits, About about) override {
    add(key, Kind::number, about, limits).byDefault = plainNumber(value);
  }
  void whole(const char* key, std::int64_t& value, Limits limits, About about) override {
    add(key, Kind::whole, about, limits).byDefault = value;
  }
  void wholeOr(const char* word, const char* key, int& value, Limits limits, About about) override {
    OptionDescription& option = add(key, Kind::whole, about, limits);
    option.choices = {word};
    option.byDefault = value == 0 ? Json(word) : Json(value);
  }
  void seed(const char* key, std::uint64_t& value, About about) override {
    add(key, Kind::whole, about, {0, 18446744073709551615.0}).byDefault = value;
  }
  void text(const char* key, std::string& value, About about, std::size_t) override {
    OptionDescription& option = add(key, Kind::text, about);
    if (!value.empty()) option.byDefault = value;
  }
  void choice(const char* key, std::string& value, const std::vector<std::string>& known,
              About about) override {
    OptionDescription& option = add(key, Kind::choice, about);
    if (!value.empty()) option.byDefault = value;
    option.choices = known;
  }
  // A number that was described under this key is another form of it.
  void range(const char* key, Range& value, Limits limits, About about) override {
    const auto same = std::find_if(options.begin(), options.end(),
                                   [&](const OptionDescription& one) { return one.key == key; });
    const bool orNumber = same != options.end();
    if (orNumber) options.erase(same);
    OptionDescription& option = add(key, Kind::range, about, limits);
    option.orNumber = orNumber;
    option.byDefault = Json::array({plainNumber(value.low), plainNumber(value.high)});
  }
  void numbers(const char* key, std::vector<double>& value, Limits limits, About about) override {
    listOf(add(key, Kind::numbers, about, limits), value);
  }
  void wholes(const char* key, std::vector<int>& value, Limits limits, About about) override {
    listOf(add(key, Kind::wholes, about, limits), value);
  }
  void texts(const char* key, std::vector<std::string>& value, About about) override {
    listOf(add(key, Kind::texts, about), value);
  }
  void numberMap(const char* key, std::map<std::string, double>&, About about) override {
    add(key, Kind::numberMap, about);
  }
  void object(const char* key, About about, const Fields& fields, const char* shorthand) override {
    OptionDescription& option = add(key, Kind::object, about);
    if (shorthand != nullptr) option.shorthand = shorthand;
    option.fields = inner(fields);
  }
  void list(const char* key, About about, const ListFields& fields) override {
    OptionDescription& option = add(key, Kind::list, about);
    if (fields.shorthand != nullptr) option.shorthand = fields.shorthand;
    fields.resize(1);
    option.fields = inner([&](OptionVisitor& v) { fields.each(0, v); });
  }
  void namesFrom(const char* key, const Table& table) override {
    for (OptionDescription& option : options) {
      if (option.key == key) fillTable(option, table);
    }
  }

 protected:
  void maybe(const char* key, bool&, About about, const Fields& fields) override {
    object(key, about, fields, nullptr);
    options.back().mayBeAbsent = true;
  }
  void chooseRow(const char* key, std::string& name, const Table& table,
                 const std::function<Options&(const std::string&)>&, About about) override {
    OptionDescription& option = add(key, Kind::row, about);
    option.required |= name.empty();
    if (!name.empty()) option.byDefault = name;
    fillTable(option, table);
  }

 private:
  OptionDescription& add(const char* key, Kind kind, const About& about, Limits limits = {}) {
    OptionDescription option;
    option.key = key;
    option.kind = kind;
    option.help = about.help;
    option.unit = about.unit;
    option.required = about.required;
    option.limits = limits;
    return options.emplace_back(std::move(option));
  }
  template <class T>
  static void listOf(OptionDescription& option, const std::vector<T>& values) {
    if (!values.empty()) option.byDefault = values;
  }
  std::vector<OptionDescription> inner(const Fields& fields) {
    Describer describer(open_);
    fields(describer);
    return std::move(describer.options);
  }
  void fillTable(OptionDescription& option, const Table& table) {
    option.table = table.kind;
    option.choices = namesOf(table.rows);
    if (std::find(open_.begin(), open_.end(), table.kind) != open_.end()) return;
    open_.emplace_back(table.kind);
    for (const TableRow& row : table.rows) {
      Options copy = *row.options;
      option.rows.push_back(
          {row.name, row.summary, inner([&copy](OptionVisitor& v) { copy.describe(v); })});
    }
    open_.pop_back();
  }

  std::vector<std::string>& open_;
};

std::string limitsText(const Limits& limits) {
  const auto show = [](double value) {
    if (value > 1e18) return std::string("2^64 - 1");
    return std::fabs(value) < 1e15 ? dumpJson(plainNumber(value)) : showNumber(value);
  };
  return show(limits.low) + " to " + show(limits.high);
}

class Schema {
 public:
  Json definitions = Json::object();  // "$defs"

  Json object(const std::vector<OptionDescription>& options) {
    Json json = {{"type", "object"}, {"properties", Json::object()}};
    addProperties(options, json);
    for (const OptionDescription& option : options) {
      if (option.kind == Kind::text) addTerms(option, json["properties"]);
    }
    json["additionalProperties"] = false;
    return json;
  }

 private:
  void addProperties(const std::vector<OptionDescription>& options, Json& json) {
    for (const OptionDescription& option : options) {
      json["properties"][option.key] = property(option);
      if (option.required) json["required"].push_back(option.key);
    }
  }
  // A text of names: options stand in an object of their row's name, or beside the text.
  void addTerms(const OptionDescription& names, Json& properties) {
    for (const RowDescription& row : names.rows) {
      if (row.options.empty()) continue;
      properties[row.name] = object(row.options);
      for (const OptionDescription& option : row.options) {
        properties[option.key] = property(option);
      }
    }
  }
  static Json number(const char* type, const Limits& limits) {
    return {{"type", type},
            {"minimum", plainNumber(limits.low)},
            {"maximum", plainNumber(limits.high)}};
  }

  // An object, or in its place the text that its shorthand takes.
  Json objectOrName(const OptionDescription& option) {
    const auto row = std::find_if(option.fields.begin(), option.fields.end(),
                                  [](const auto& field) { return field.kind == Kind::row; });
    if (row != option.fields.end()) return holderOf(option, *row);
    Json full = object(option.fields);
    if (option.shorthand.empty()) return full;
    return {{"anyOf", Json::array({shortForm(option), std::move(full)})}};
  }

  static Json shortForm(const OptionDescription& option) {
    Json names = {{"type", "string"}};
    for (const OptionDescription& field : option.fields) {
      const bool oneOf = field.kind == Kind::row || field.kind == Kind::choice;
      if (field.key == option.shorthand && oneOf) names["enum"] = field.choices;
    }
    return names;
  }

  // An object that holds a row: one form for each row of the table. The row may be left out where
  // it has a default, whose form it is then.
  Json holderOf(const OptionDescription& holder, const OptionDescription& row) {
    Json any = Json::array();
    if (!holder.shorthand.empty()) any.push_back(shortForm(holder));
    std::size_t byDefault = 0;
    for (const RowDescription& each : row.rows) {
      std::vector<OptionDescription> options = each.options;
      for (const OptionDescription& field : holder.fields) {
        if (field.kind != Kind::row) options.push_back(field);
      }
      Json form = object(options);
      form["description"] = each.summary;
      form["properties"][row.key] = {{"const", each.name}};
      if (row.byDefault == each.name) byDefault = any.size();
      any.push_back(std::move(form));
    }
    const Json forms = shared(holder.key, {{"anyOf", std::move(any)}});
    Json named = forms;
    named["required"].push_back(row.key);
    if (row.byDefault.is_null()) return named;
    const std::string place = forms["$ref"].get<std::string>() + "/anyOf/";
    return {
        {"anyOf", Json::array({std::move(named), {{"$ref", place + std::to_string(byDefault)}}})}};
  }

  // What several others name (the encoders, of every net; data sets beside one) is written once.
  Json shared(const std::string& key, Json schema) {
    std::string name;
    for (const auto& [known, definition] : definitions.items()) {
      if (definition == schema) name = known;
    }
    if (name.empty()) {
      name = key;
      for (int n = 2; definitions.contains(name); ++n) name = key + std::to_string(n);
      definitions[name] = std::move(schema);
    }
    return {{"$ref", "#/$defs/" + name}};
  }

  Json property(const OptionDescription& option) {
    Json json = typed(option);
    if (option.mayBeAbsent) json = {{"anyOf", Json::array({std::move(json), {{"type", "null"}}})}};
    json["description"] = option.help + (option.unit.empty() ? "" : " (" + option.unit + ")");
    if (!option.byDefault.is_null()) json["default"] = option.byDefault;
    return json;
  }

  Json typed(const OptionDescription& option) {
    switch (option.kind) {
      case Kind::flag:
        return {{"type", "boolean"}};
      case Kind::number:
        return number("number", option.limits);
      case Kind::whole:
        return option.choices.empty()
                   ? number("integer", option.limits)
                   : Json{{"anyOf", Json::array({number("integer", option.limits),
                                                 {{"enum", option.choices}}})}};
      case Kind::choice:
      case Kind::row:
        return {{"enum", option.choices}};
      case Kind::range: {
        Json pair = {{"type", "array"},
                     {"items", number("number", option.limits)},
                     {"minItems", 2},
                     {"maxItems", 2}};
        if (!option.orNumber) return pair;
        return {{"anyOf", Json::array({std::move(pair), number("number", option.limits)})}};
      }
      case Kind::numbers:
        return {{"type", "array"}, {"items", number("number", option.limits)}};
      case Kind::wholes:
        return {{"type", "array"}, {"items", number("integer", option.limits)}};
      case Kind::texts:
        return {{"type", "array"}, {"items", {{"type", "string"}}}};
      case Kind::numberMap:
        return {{"type", "object"}, {"additionalProperties", {{"type", "number"}}}};
      case Kind::object:
        return objectOrName(option);
      case Kind::list:
        return {{"type", "array"}, {"items", objectOrName(option)}};
      case Kind::text:
        break;
    }
    return {{"type", "string"}};
  }
};

}  // namespace

std::string OptionDescription::type() const {
  const std::string of = unit.empty() ? "" : " " + unit;
  switch (kind) {
    case Kind::flag:
      return "true or false";
    case Kind::number:
      return "a number from " + limitsText(limits) + of;
    case Kind::whole:
      return "a whole number from " + limitsText(limits) + of +
             (choices.empty() ? "" : ", or " + joinNames(choices));
    case Kind::text:
      return choices.empty() ? "a text" : "a text of names: " + joinNames(choices);
    case Kind::choice:
    case Kind::row:
      return "one of " + joinNames(choices);
    case Kind::range:
      return "[low, high] within " + limitsText(limits) + of + (orNumber ? ", or a number" : "");
    case Kind::numbers:
      return "numbers from " + limitsText(limits) + of;
    case Kind::wholes:
      return "whole numbers from " + limitsText(limits) + of;
    case Kind::texts:
      return "texts";
    case Kind::numberMap:
      return "names and numbers";
    case Kind::object:
      return shorthand.empty() ? "an object" : "a " + shorthand + ", or an object with options";
    case Kind::list:
      return shorthand.empty() ? "a list of objects" : "a list of names, or objects with options";
  }
  return "";
}

std::string OptionDescription::defaultText() const {
  if (byDefault.is_null()) return "";
  return byDefault.is_string() ? byDefault.get<std::string>() : dumpJson(byDefault);
}

std::vector<OptionDescription> describeFields(const Fields& fields) {
  std::vector<std::string> open;
  Describer describer(open);
  fields(describer);
  return std::move(describer.options);
}

Json schemaOf(const std::vector<OptionDescription>& options, const std::string& title) {
  Json json = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", title}};
  Schema schema;
  Json object = schema.object(options);
  object["properties"]["$schema"] = {{"type", "string"}};
  json.update(object);
  json["$defs"] = std::move(schema.definitions);
  return json;
}

}  // namespace limbus
