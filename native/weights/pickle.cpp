#include "native/weights/pickle.h"

#include <array>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

namespace limbus {
namespace {

using Kind = PickleValue::Kind;

constexpr std::size_t kMostValues = std::size_t{1} << 21;

tl::unexpected<Error> bad(const std::string& why) {
  return fail(ErrorCode::badData, "a damaged pickle: " + why);
}

tl::unexpected<Error> refused(const std::string& what) {
  return fail(ErrorCode::badData,
              "the pickle asks for " + what +
                  ", which weights do not need; nothing in it was run. Save the tensors alone: "
                  "torch.save(model.state_dict(), FILE)");
}

struct StorageName {
  std::string_view name;
  Element element;
};

constexpr std::array<StorageName, 10> kStorages{{{"torch.DoubleStorage", Element::float64},
                                                 {"torch.FloatStorage", Element::float32},
                                                 {"torch.HalfStorage", Element::float16},
                                                 {"torch.BFloat16Storage", Element::bfloat16},
                                                 {"torch.LongStorage", Element::int64},
                                                 {"torch.IntStorage", Element::int32},
                                                 {"torch.ShortStorage", Element::int16},
                                                 {"torch.CharStorage", Element::int8},
                                                 {"torch.ByteStorage", Element::uint8},
                                                 {"torch.BoolStorage", Element::boolean}}};

constexpr std::string_view kDict = "collections.OrderedDict", kSize = "torch.Size",
                           kDevice = "torch.device", kTensor = "torch._utils._rebuild_tensor",
                           kTensor2 = "torch._utils._rebuild_tensor_v2",
                           kParameter = "torch._utils._rebuild_parameter";

std::optional<Element> storageElement(std::string_view name) {
  for (const StorageName& known : kStorages) {
    if (known.name == name) return known.element;
  }
  return std::nullopt;
}

// The allowed name as a constant, so that it outlives what it was put together from.
std::optional<std::string_view> allowed(const std::string& name) {
  for (std::string_view known : {kDict, kSize, kDevice, kTensor, kTensor2, kParameter}) {
    if (known == name) return known;
  }
  for (const StorageName& known : kStorages) {
    if (known.name == name) return known.name;
  }
  return std::nullopt;
}

// As it may be shown: short, and nothing but printable characters.
std::string shown(std::string_view text) {
  std::string out;
  for (char c : text.substr(0, 100)) out += c >= ' ' && c < 127 ? c : '?';
  return "'" + out + "'";
}

// The machine: a stack, marks on it, a memo.
class Machine {
 public:
  explicit Machine(std::string_view bytes) : bytes_(bytes) {}

  Result<Pickle> run() {
    while (!stopped_) {
      const auto code = byte();
      if (!code) return bad("it ends early");
      if (Result<void> done = step(*code); !done) return fail(done.error());
      if (pickle_.values.size() + copied_ > kMostValues) return bad("it holds too many values");
    }
    pickle_.sizeBytes = at_;
    return std::move(pickle_);
  }

 private:
  Result<void> step(unsigned char code);
  Result<void> number(unsigned char code);
  Result<void> text(unsigned char code);
  Result<void> container(unsigned char code);
  Result<void> memo(unsigned char code);
  Result<void> call(unsigned char code);

  std::optional<unsigned char> byte() {
    if (at_ == bytes_.size()) return std::nullopt;
    return static_cast<unsigned char>(bytes_[at_++]);
  }

  std::optional<std::string_view> take(std::uint64_t count) {
    if (count > bytes_.size() - at_) return std::nullopt;
    const std::string_view taken = bytes_.substr(at_, static_cast<std::size_t>(count));
    at_ += taken.size();
    return taken;
  }

  // Little-endian, of up to 8 bytes.
  std::optional<std::uint64_t> whole(std::size_t count) {
    const auto taken = take(count);
    if (!taken) return std::nullopt;
    std::uint64_t value = 0;
    std::memcpy(&value, taken->data(), count);
    return value;
  }

  std::optional<std::string_view> line() {
    const std::size_t end = bytes_.find('\n', at_);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view taken = bytes_.substr(at_, end - at_);
    at_ = end + 1;
    return taken;
  }

  Result<void> push(PickleValue value) {
    stack_.push_back(static_cast<PickleId>(pickle_.values.size()));
    pickle_.values.push_back(std::move(value));
    return {};
  }

  Result<void> pushInteger(std::int64_t integer) {
    PickleValue value;
    value.kind = Kind::number;
    value.integer = integer;
    return push(std::move(value));
  }

  // The topmost value above the last mark.
  std::optional<PickleId> pop() {
    const std::size_t floor = marks_.empty() ? 0 : marks_.back();
    if (stack_.size() <= floor) return std::nullopt;
    const PickleId id = stack_.back();
    stack_.pop_back();
    return id;
  }

  // Everything above the last mark, which goes too.
  std::optional<std::vector<PickleId>> popToMark() {
    if (marks_.empty()) return std::nullopt;
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<PickleId> items(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return items;
  }

  PickleValue* top(Kind kind) {
    const std::size_t floor = marks_.empty() ? 0 : marks_.back();
    if (stack_.size() <= floor) return nullptr;
    PickleValue& value = pickle_.values[stack_.back()];
    return value.kind == kind ? &value : nullptr;
  }

  Result<void> append(Kind kind, const std::vector<PickleId>& items) {
    PickleValue* into = top(kind);
    if (into == nullptr || (kind == Kind::dict && items.size() % 2 != 0)) {
      return bad("it fills what is no container");
    }
    into->items.insert(into->items.end(), items.begin(), items.end());
    return {};
  }

  Result<void> pushName(std::string_view module, std::string_view name) {
    const std::string full = std::string(module) + "." + std::string(name);
    const auto known = allowed(full);
    if (!known) return refused(shown(full));
    PickleValue value;
    value.kind = Kind::name;
    value.text = *known;
    return push(std::move(value));
  }

  std::optional<Dims> integers(PickleId id) const {
    const PickleValue& list = pickle_.at(id);
    if (list.kind != Kind::sequence || list.items.size() > 8) return std::nullopt;
    Dims dims;
    for (PickleId item : list.items) {
      if (pickle_.at(item).kind != Kind::number) return std::nullopt;
      dims.push_back(pickle_.at(item).integer);
    }
    return dims;
  }

  Result<void> pushStorage(const std::vector<PickleId>& parts);
  Result<void> pushTensor(const std::vector<PickleId>& arguments);
  Result<void> pushDict(const std::vector<PickleId>& arguments);

  std::string_view bytes_;
  std::size_t at_ = 0;
  std::size_t copied_ = 0;  // items that stand in a second container
  bool stopped_ = false;
  Pickle pickle_;
  std::vector<PickleId> stack_;
  std::vector<std::size_t> marks_;
  std::map<std::uint64_t, PickleId> memo_;
};

// ("storage", torch.FloatStorage, key, location, count[, None])
Result<void> Machine::pushStorage(const std::vector<PickleId>& parts) {
  if (parts.size() < 5 || pickle_.at(parts[0]).text != "storage" ||
      pickle_.at(parts[1]).kind != Kind::name || pickle_.at(parts[2]).kind != Kind::text ||
      pickle_.at(parts[4]).kind != Kind::number) {
    return bad("it names a storage in words that torch does not use");
  }
  if (parts.size() > 5 && pickle_.at(parts[5]).kind != Kind::nothing) {
    return fail(ErrorCode::unsupported,
                "its tensors are views in a form that torch no longer "
                "writes; load and save the file again with a newer torch");
  }
  const std::string_view name = pickle_.at(parts[1]).text;
  const std::optional<Element> element = storageElement(name);
  if (!element) return bad("it names " + shown(name) + " as a storage");
  PickleValue storage;
  storage.kind = Kind::storage;
  storage.element = *element;
  storage.text = pickle_.at(parts[2]).text;
  storage.integer = pickle_.at(parts[4]).integer;
  return push(std::move(storage));
}

// (storage, offset, size, stride, ...)
Result<void> Machine::pushTensor(const std::vector<PickleId>& arguments) {
  if (arguments.size() < 4 || pickle_.at(arguments[0]).kind != Kind::storage ||
      pickle_.at(arguments[1]).kind != Kind::number) {
    return bad("it builds a tensor of something else");
  }
  const std::optional<Dims> shape = integers(arguments[2]), strides = integers(arguments[3]);
  if (!shape || !strides || shape->size() != strides->size()) {
    return bad("a tensor's size and strides do not fit each other");
  }
  PickleValue tensor;
  tensor.kind = Kind::tensor;
  tensor.storage = arguments[0];
  tensor.integer = pickle_.at(arguments[1]).integer;
  tensor.shape = *shape;
  tensor.strides = *strides;
  return push(std::move(tensor));
}

// (), or ([[key, value], ...],)
Result<void> Machine::pushDict(const std::vector<PickleId>& arguments) {
  PickleValue dict;
  dict.kind = Kind::dict;
  if (arguments.size() > 1) return bad("it builds a dict of something else");
  if (arguments.size() == 1) {
    for (PickleId pair : pickle_.at(arguments[0]).items) {
      const PickleValue& entry = pickle_.at(pair);
      if (entry.kind != Kind::sequence || entry.items.size() != 2) {
        return bad("it builds a dict of something else");
      }
      dict.items.insert(dict.items.end(), entry.items.begin(), entry.items.end());
    }
    copied_ += dict.items.size();
  }
  return push(std::move(dict));
}

Result<void> Machine::call(unsigned char code) {
  if (code == 'Q') {  // BINPERSID
    const auto id = pop();
    if (!id || pickle_.at(*id).kind != Kind::sequence) return bad("a storage has no name");
    return pushStorage(std::vector<PickleId>(pickle_.at(*id).items));
  }
  const auto state = pop();
  if (!state) return bad("it calls without arguments");
  if (code == 'b') {  // BUILD: attributes, such as the _metadata of a state dict
    if (top(Kind::dict) == nullptr) return bad("it gives attributes to what is no dict");
    return {};
  }
  const auto callee = pop();  // REDUCE, NEWOBJ
  if (!callee || pickle_.at(*callee).kind != Kind::name ||
      pickle_.at(*state).kind != Kind::sequence) {
    return bad("it calls what cannot be called");
  }
  const std::string_view name = pickle_.at(*callee).text;
  const std::vector<PickleId> arguments = pickle_.at(*state).items;
  if (name == kDict) return pushDict(arguments);
  if (name == kTensor || name == kTensor2) return pushTensor(arguments);
  if (name == kDevice) return push({});
  if (name == kSize && arguments.size() == 1 && integers(arguments[0])) {
    return push(PickleValue(pickle_.at(arguments[0])));
  }
  if (name == kParameter && !arguments.empty() && pickle_.at(arguments[0]).kind == Kind::tensor) {
    return push(PickleValue(pickle_.at(arguments[0])));
  }
  return bad("it calls " + shown(name) + " with something else than torch does");
}

Result<void> Machine::number(unsigned char code) {
  const auto sized = [this](std::size_t count, bool isSigned) -> Result<void> {
    const auto value = whole(count);
    if (!value) return bad("it ends early");
    const int unused = 64 - 8 * static_cast<int>(count);
    const auto integer = static_cast<std::int64_t>(*value << unused);
    return pushInteger(isSigned ? integer >> unused : static_cast<std::int64_t>(*value));
  };
  switch (code) {
    case 'J':  // BININT
      return sized(4, true);
    case 'K':  // BININT1
      return sized(1, false);
    case 'M':  // BININT2
      return sized(2, false);
    case 0x88:  // NEWTRUE
    case 0x89:  // NEWFALSE
      return pushInteger(code == 0x88 ? 1 : 0);
    case 'G':  // BINFLOAT
      if (!take(8)) return bad("it ends early");
      return pushInteger(0);
    case 0x8a: {  // LONG1
      const auto count = byte();
      if (!count) return bad("it ends early");
      if (*count == 0) return pushInteger(0);
      if (*count > 8) return bad("an integer is too large");
      return sized(*count, true);
    }
    default:
      return push({});  // 'N': None
  }
}

Result<void> Machine::text(unsigned char code) {
  // By opcode: SHORT_BINUNICODE, SHORT_BINBYTES, SHORT_BINSTRING; BINUNICODE, BINBYTES, BINSTRING;
  // BINUNICODE8, BINBYTES8.
  const bool isShort = code == 0x8c || code == 'C' || code == 'U';
  const bool isLong = code == 0x8d || code == 0x8e;
  const auto count = whole(isShort ? 1 : isLong ? 8 : 4);
  const auto taken = count ? take(*count) : std::nullopt;
  if (!taken) return bad("it ends early");
  PickleValue value;
  value.kind = Kind::text;
  value.text = *taken;
  return push(std::move(value));
}

Result<void> Machine::container(unsigned char code) {
  PickleValue sequence;
  sequence.kind = Kind::sequence;
  switch (code) {
    case '}':  // EMPTY_DICT
      sequence.kind = Kind::dict;
      return push(std::move(sequence));
    case ']':  // EMPTY_LIST
    case ')':  // EMPTY_TUPLE
      return push(std::move(sequence));
    case 't': {  // TUPLE
      auto items = popToMark();
      if (!items) return bad("a tuple has no beginning");
      sequence.items = std::move(*items);
      return push(std::move(sequence));
    }
    case 'a':    // APPEND
    case 's': {  // SETITEM
      std::vector<PickleId> items(code == 'a' ? 1 : 2);
      for (std::size_t i = items.size(); i-- > 0;) {
        const auto id = pop();
        if (!id) return bad("it appends nothing");
        items[i] = *id;
      }
      return append(code == 'a' ? Kind::sequence : Kind::dict, items);
    }
    case 'e':    // APPENDS
    case 'u': {  // SETITEMS
      const auto items = popToMark();
      if (!items) return bad("it appends nothing");
      return append(code == 'e' ? Kind::sequence : Kind::dict, *items);
    }
    default: {  // TUPLE1, TUPLE2, TUPLE3
      sequence.items.resize(code - 0x84);
      for (std::size_t i = sequence.items.size(); i-- > 0;) {
        const auto id = pop();
        if (!id) return bad("a tuple has too few items");
        sequence.items[i] = *id;
      }
      return push(std::move(sequence));
    }
  }
}

Result<void> Machine::memo(unsigned char code) {
  const bool wide = code == 'r' || code == 'j';
  const auto place =
      code == 0x94 ? std::optional<std::uint64_t>(memo_.size()) : whole(wide ? 4 : 1);
  if (!place) return bad("it ends early");
  if (code == 'h' || code == 'j') {  // BINGET, LONG_BINGET
    const auto found = memo_.find(*place);
    if (found == memo_.end()) return bad("it recalls what it never kept");
    stack_.push_back(found->second);
    return {};
  }
  if (stack_.empty()) return bad("it keeps nothing");  // BINPUT, LONG_BINPUT, MEMOIZE
  memo_[*place] = stack_.back();
  return {};
}

Result<void> Machine::step(unsigned char code) {
  switch (code) {
    case 0x80: {  // PROTO
      const auto version = byte();
      if (!version || *version > 5) return bad("its protocol is none of 0 to 5");
      return {};
    }
    case 0x95:  // FRAME
      if (!take(8)) return bad("it ends early");
      return {};
    case '.': {  // STOP
      const auto root = pop();
      if (!root) return bad("it holds nothing");
      pickle_.root = *root;
      stopped_ = true;
      return {};
    }
    case '(':  // MARK
      marks_.push_back(stack_.size());
      if (marks_.size() > kMostValues) return bad("it holds too many values");
      return {};
    case 'c': {  // GLOBAL
      const auto module = line(), name = line();
      if (!module || !name) return bad("it ends early");
      return pushName(*module, *name);
    }
    case 0x93: {  // STACK_GLOBAL
      const auto name = pop(), module = pop();
      if (!name || !module) return bad("it names nothing");
      return pushName(pickle_.at(*module).text, pickle_.at(*name).text);
    }
    case 'N':
    case 'J':
    case 'K':
    case 'M':
    case 'G':
    case 0x88:
    case 0x89:
    case 0x8a:
      return number(code);
    case 'X':
    case 'B':
    case 'T':
    case 'U':
    case 'C':
    case 0x8c:
    case 0x8d:
    case 0x8e:
      return text(code);
    case '}':
    case ']':
    case ')':
    case 't':
    case 'a':
    case 's':
    case 'e':
    case 'u':
    case 0x85:
    case 0x86:
    case 0x87:
      return container(code);
    case 'q':
    case 'r':
    case 'h':
    case 'j':
    case 0x94:
      return memo(code);
    case 'Q':
    case 'R':
    case 'b':
    case 0x81:
      return call(code);
    default:
      return refused("its instruction " + std::to_string(code));
  }
}

}  // namespace

Result<Pickle> readPickle(std::string_view bytes) { return Machine(bytes).run(); }

}  // namespace limbus
