// Options: a plain struct with defaults, and one function that describes it.
//
//   struct FocalOptions {
//     double gamma = 2;
//     Range zoom{0.7, 1.6};
//     void describe(OptionVisitor& v) {
//       v.number("gamma", gamma, {0, 10}, "exponent of (1 - p)");
//       v.range("zoom", zoom, {0.05, 20}, {"factor, evenly spread in its logarithm", "px"});
//     }
//   };
//
// Everything else comes from that description: reading from JSON with ranges and full paths in
// every error, and writing it complete (json.h); help texts, tables and the JSON schema
// (description.h).
//
// A row of a table (a net, a loss, ...) holds its options as `Options`, of whatever struct they
// are; who names a row in a recipe gets a `Chosen<Row>`: the row, and its options as given.
#pragma once

#include <cassert>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "shared/options/range.h"
#include "shared/options/rows.h"
#include "shared/result.h"

namespace limbus {

using Json = nlohmann::ordered_json;

template <class Enum>
struct EnumName {
  Enum value;
  const char* name;
};

struct Limits {  // both ends allowed
  double low = 0;
  double high = 0;
};

// What an option says of itself.
struct About {
  const char* help;  // one line
  const char* unit = "";
  bool required = false;

  constexpr About(const char* help_, const char* unit_ = "") : help(help_), unit(unit_) {}
};

constexpr About required(About about) {
  about.required = true;
  return about;
}

class Options;
class OptionVisitor;
using Fields = std::function<void(OptionVisitor&)>;

// A table of rows as descriptions see it.
struct TableRow {
  const char* name;
  const char* summary;
  const Options* options;  // their defaults
};
struct Table {
  const char* kind;  // "loss", as in "unknown loss 'dcie'"
  std::vector<TableRow> rows;
};

// A row of a table with its options; no row: none chosen yet.
template <class Row>
struct Chosen;

// One element after the other of a list of objects.
struct ListFields {
  std::size_t size = 0;             // before reading
  std::size_t least = 0, most = 0;  // how many there may be
  const char* noun = "entries";
  const char* shorthand = nullptr;  // a plain text is taken for an object with this one key
  std::function<void(std::size_t count)> resize;                // new ones hold their defaults
  std::function<void(std::size_t index, OptionVisitor&)> each;  // describes one
};

// Reader, writer or describer: a describe() function calls it once per option.
class OptionVisitor {
 public:
  enum class Purpose { read, write, describe };

  virtual ~OptionVisitor() = default;
  virtual Purpose purpose() const = 0;

  virtual void flag(const char* key, bool& value, About about) = 0;
  virtual void number(const char* key, double& value, Limits limits, About about) = 0;
  virtual void whole(const char* key, std::int64_t& value, Limits limits, About about) = 0;
  void whole(const char* key, int& value, Limits limits, About about);
  // Or `word` in the number's place: 0, which is outside of the limits.
  virtual void wholeOr(const char* word, const char* key, int& value, Limits limits,
                       About about) = 0;
  virtual void seed(const char* key, std::uint64_t& value, About about) = 0;
  virtual void text(const char* key, std::string& value, About about,
                    std::size_t maxLength = 65536) = 0;
  // `value` is one of `known`, or stays as it was.
  virtual void choice(const char* key, std::string& value, const std::vector<std::string>& known,
                      About about) = 0;
  template <class Enum>
  void choice(const char* key, Enum& value, const std::vector<EnumName<Enum>>& names, About about);
  virtual void range(const char* key, Range& value, Limits limits, About about) = 0;
  // Empty lists are not written.
  virtual void numbers(const char* key, std::vector<double>& value, Limits limits, About about) = 0;
  virtual void wholes(const char* key, std::vector<int>& value, Limits limits, About about) = 0;
  virtual void texts(const char* key, std::vector<std::string>& value, About about) = 0;
  // Any names. What is not finite is not written.
  virtual void numberMap(const char* key, std::map<std::string, double>& value, About about) = 0;

  // Options within options. `shorthand`: a plain text is taken for an object with this one key.
  virtual void object(const char* key, About about, const Fields& fields,
                      const char* shorthand = nullptr) = 0;
  template <class T>
  void object(const char* key, T& value, About about) {
    object(key, about, [&value](OptionVisitor& v) { value.describe(v); });
  }
  template <class T>
  void optional(const char* key, std::optional<T>& value, About about);
  virtual void list(const char* key, About about, const ListFields& fields) = 0;

  // The row of a table that stands under `key` in this object, and its options beside it.
  template <class Row>
  void row(const char* key, Chosen<Row>& value, const std::vector<Row>& rows, const char* kind,
           About about);
  // {"name": ROW, options} under `key`, or ROW alone.
  template <class Row>
  void named(const char* key, Chosen<Row>& value, const std::vector<Row>& rows, const char* kind,
             About about);
  // Says of the text under `key` that it is made of names of `table`; for descriptions only.
  virtual void namesFrom(const char*, const Table&) {}

  // For readers, who know what was given; nothing to others.
  virtual bool given(const char*) { return false; }
  virtual void refuse(const char*, const std::string&) {}  // an error at this key
  virtual bool failed() const { return false; }
  // Before anything else of this object: brings a shorter or older form into the one described.
  virtual void rewrite(const std::function<Result<void>(Json& object)>&) {}
  void require(bool holds, const char* key, const std::string& message) {
    if (!holds) refuse(key, message);
  }

 protected:
  // `present`: whether there is such an object at all.
  virtual void maybe(const char* key, bool& present, About about, const Fields& fields) = 0;
  // `take` makes a row the chosen one, with its defaults unless it was that already.
  virtual void chooseRow(const char* key, std::string& name, const Table& table,
                         const std::function<Options&(const std::string& name)>& take,
                         About about) = 0;
};

// Any struct with a describe(); copies are deep.
class Options {
 public:
  Options() = default;  // none
  template <class T, class = decltype(std::declval<T&>().describe(std::declval<OptionVisitor&>()))>
  Options(T value) : held_(std::make_unique<Holding<T>>(std::move(value))) {}
  Options(const Options& other) : held_(other.held_ ? other.held_->copy() : nullptr) {}
  Options(Options&&) = default;
  Options& operator=(Options other) {
    held_ = std::move(other.held_);
    return *this;
  }

  void describe(OptionVisitor& v) {
    if (held_) held_->describe(v);
  }
  // The struct that these options are made of.
  template <class T>
  const T& as() const {
    const auto* holding = dynamic_cast<const Holding<T>*>(held_.get());
    assert(holding != nullptr);
    return holding->value;
  }

 private:
  struct Held {
    virtual ~Held() = default;
    virtual std::unique_ptr<Held> copy() const = 0;
    virtual void describe(OptionVisitor& v) = 0;
  };
  template <class T>
  struct Holding : Held {
    explicit Holding(T value_) : value(std::move(value_)) {}
    std::unique_ptr<Held> copy() const override { return std::make_unique<Holding>(value); }
    void describe(OptionVisitor& v) override { value.describe(v); }
    T value;
  };
  std::unique_ptr<Held> held_;
};

struct NoOptions {
  void describe(OptionVisitor&) {}
};

template <class Row>
struct Chosen {
  const Row* row = nullptr;
  Options options;

  const char* name() const { return row == nullptr ? "" : row->name; }
};

// A row with its defaults; the name must be in the table.
template <class Row>
Chosen<Row> chosen(const std::vector<Row>& rows, const std::string& name) {
  const Row* row = findRow(rows, name);
  assert(row != nullptr);
  return {row, row->options};
}

template <class Row>
Table tableOf(const char* kind, const std::vector<Row>& rows) {
  Table table{kind, {}};
  for (const Row& row : rows) table.rows.push_back({row.name, row.summary, &row.options});
  return table;
}

// A function over its own struct of options, last, as one over Options: rows of one table have
// functions of one type. {.options = PolyOptions{}, .at = typed<poly>}.
template <auto function>
struct Typed {
  template <class Return, class... Arguments>
  using Function = Return (*)(Arguments...);

  template <class Return, class... Arguments>
  constexpr operator Function<Return, Arguments...>() const {
    return [](Arguments... arguments) -> Return {
      return call(std::forward_as_tuple(arguments...),
                  std::make_index_sequence<sizeof...(Arguments) - 1>());
    };
  }

 private:
  template <class Return, class... Own>
  static std::tuple_element_t<sizeof...(Own) - 1, std::tuple<std::decay_t<Own>...>> lastOf(
      Return (*)(Own...));

  template <class Tuple, std::size_t... Index>
  static decltype(auto) call(Tuple arguments, std::index_sequence<Index...>) {
    using Own = decltype(lastOf(function));
    return function(std::get<Index>(arguments)...,
                    std::get<sizeof...(Index)>(arguments).template as<Own>());
  }
};
template <auto function>
inline constexpr Typed<function> typed{};

template <class Enum>
void OptionVisitor::choice(const char* key, Enum& value, const std::vector<EnumName<Enum>>& names,
                           About about) {
  std::vector<std::string> known;
  std::string name;
  for (const EnumName<Enum>& entry : names) {
    known.emplace_back(entry.name);
    if (entry.value == value) name = entry.name;
  }
  choice(key, name, known, about);
  for (const EnumName<Enum>& entry : names) {
    if (name == entry.name) value = entry.value;
  }
}

template <class T>
void OptionVisitor::optional(const char* key, std::optional<T>& value, About about) {
  bool present = value.has_value();
  T held = value.value_or(T{});
  maybe(key, present, about, [&held](OptionVisitor& v) { held.describe(v); });
  if (present) {
    value = std::move(held);
  } else {
    value.reset();
  }
}

template <class Row>
void OptionVisitor::row(const char* key, Chosen<Row>& value, const std::vector<Row>& rows,
                        const char* kind, About about) {
  std::string name = value.name();
  chooseRow(
      key, name, tableOf(kind, rows),
      [&](const std::string& taken) -> Options& {
        if (taken != value.name()) value = chosen(rows, taken);
        return value.options;
      },
      about);
}

template <class Row>
void OptionVisitor::named(const char* key, Chosen<Row>& value, const std::vector<Row>& rows,
                          const char* kind, About about) {
  object(
      key, about, [&](OptionVisitor& v) { v.row("name", value, rows, kind, "which of them"); },
      "name");
}

}  // namespace limbus
