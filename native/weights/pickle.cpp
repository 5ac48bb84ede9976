#include "native/weights/pickle.h"

#include "native/weights/pickle_machine.h"

namespace limbus {
namespace {

using Kind = PickleValue::Kind;

constexpr std::size_t kMostValues = std::size_t{1} << 21;

}  // namespace

tl::unexpected<Error> badPickle(const std::string& why) {
  return fail(ErrorCode::badData, "a damaged pickle: " + why);
}

tl::unexpected<Error> refusedPickle(const std::string& what) {
  return fail(ErrorCode::badData,
              "the pickle asks for " + what +
                  ", which weights do not need; nothing in it was run. Save the tensors alone: "
                  "torch.save(model.state_dict(), FILE)");
}

Result<Pickle> PickleMachine::run() {
  while (!stopped_) {
    const auto code = byte();
    if (!code) return badPickle("it ends early");
    if (Result<void> done = step(*code); !done) return fail(done.error());
    if (pickle_.values.size() + copied_ > kMostValues) return badPickle("it holds too many values");
  }
  pickle_.sizeBytes = at_;
  return std::move(pickle_);
}

Result<void> PickleMachine::append(Kind kind, const std::vector<PickleId>& items) {
  PickleValue* into = top(kind);
  if (into == nullptr && top(Kind::object) != nullptr) return {};
  if (into == nullptr || (kind == Kind::dict && items.size() % 2 != 0)) {
    return badPickle("it fills what is no container");
  }
  into->items.insert(into->items.end(), items.begin(), items.end());
  return {};
}

Result<void> PickleMachine::number(unsigned char code) {
  const auto sized = [this](std::size_t count, bool isSigned) -> Result<void> {
    const auto value = whole(count);
    if (!value) return badPickle("it ends early");
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
      if (!take(8)) return badPickle("it ends early");
      return pushInteger(0);
    case 0x8a: {  // LONG1
      const auto count = byte();
      if (!count) return badPickle("it ends early");
      if (*count == 0) return pushInteger(0);
      if (*count > 8) {  // a random generator's state, say: no size or stride
        if (!take(*count)) return badPickle("it ends early");
        return push({});
      }
      return sized(*count, true);
    }
    default:
      return push({});  // 'N': None
  }
}

Result<void> PickleMachine::text(unsigned char code) {
  // By opcode: SHORT_BINUNICODE, SHORT_BINBYTES, SHORT_BINSTRING; BINUNICODE, BINBYTES, BINSTRING;
  // BINUNICODE8, BINBYTES8.
  const bool isShort = code == 0x8c || code == 'C' || code == 'U';
  const bool isLong = code == 0x8d || code == 0x8e;
  const auto count = whole(isShort ? 1 : isLong ? 8 : 4);
  const auto taken = count ? take(*count) : std::nullopt;
  if (!taken) return badPickle("it ends early");
  PickleValue value;
  value.kind = Kind::text;
  value.text = *taken;
  return push(std::move(value));
}

Result<void> PickleMachine::container(unsigned char code) {
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
      if (!items) return badPickle("a tuple has no beginning");
      sequence.items = std::move(*items);
      return push(std::move(sequence));
    }
    case 'a':    // APPEND
    case 's': {  // SETITEM
      std::vector<PickleId> items(code == 'a' ? 1 : 2);
      for (std::size_t i = items.size(); i-- > 0;) {
        const auto id = pop();
        if (!id) return badPickle("it appends nothing");
        items[i] = *id;
      }
      return append(code == 'a' ? Kind::sequence : Kind::dict, items);
    }
    case 'e':    // APPENDS
    case 'u': {  // SETITEMS
      const auto items = popToMark();
      if (!items) return badPickle("it appends nothing");
      return append(code == 'e' ? Kind::sequence : Kind::dict, *items);
    }
    default: {  // TUPLE1, TUPLE2, TUPLE3
      sequence.items.resize(code - 0x84);
      for (std::size_t i = sequence.items.size(); i-- > 0;) {
        const auto id = pop();
        if (!id) return badPickle("a tuple has too few items");
        sequence.items[i] = *id;
      }
      return push(std::move(sequence));
    }
  }
}

Result<void> PickleMachine::memo(unsigned char code) {
  const bool wide = code == 'r' || code == 'j';
  const auto place =
      code == 0x94 ? std::optional<std::uint64_t>(memo_.size()) : whole(wide ? 4 : 1);
  if (!place) return badPickle("it ends early");
  if (code == 'h' || code == 'j') {  // BINGET, LONG_BINGET
    const auto found = memo_.find(*place);
    if (found == memo_.end()) return badPickle("it recalls what it never kept");
    stack_.push_back(found->second);
    return {};
  }
  if (stack_.empty()) return badPickle("it keeps nothing");  // BINPUT, LONG_BINPUT, MEMOIZE
  memo_[*place] = stack_.back();
  return {};
}

Result<void> PickleMachine::step(unsigned char code) {
  switch (code) {
    case 0x80: {  // PROTO
      const auto version = byte();
      if (!version || *version > 5) return badPickle("its protocol is none of 0 to 5");
      return {};
    }
    case 0x95:  // FRAME
      if (!take(8)) return badPickle("it ends early");
      return {};
    case '.': {  // STOP
      const auto root = pop();
      if (!root) return badPickle("it holds nothing");
      pickle_.root = *root;
      stopped_ = true;
      return {};
    }
    case '(':  // MARK
      marks_.push_back(stack_.size());
      if (marks_.size() > kMostValues) return badPickle("it holds too many values");
      return {};
    case 'c': {  // GLOBAL
      const auto module = line(), name = line();
      if (!module || !name) return badPickle("it ends early");
      return pushName(*module, *name);
    }
    case 0x93: {  // STACK_GLOBAL
      const auto name = pop(), module = pop();
      if (!name || !module) return badPickle("it names nothing");
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
      return refusedPickle("its instruction " + std::to_string(code));
  }
}

Result<Pickle> readPickle(std::string_view bytes) { return PickleMachine(bytes).run(); }

}  // namespace limbus
