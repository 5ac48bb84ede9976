// The names that torch.save puts tensors together by, and what they make of their arguments.
#include <algorithm>
#include <array>

#include "native/weights/pickle_machine.h"

namespace limbus {
namespace {

using Kind = PickleValue::Kind;

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

// Of data beside the weights, as Python 3 writes them in protocol 2 and later. Nothing that they
// are called with is looked at.
constexpr std::array<std::string_view, 38> kPassedOver{"argparse.Namespace",
                                                       "types.SimpleNamespace",
                                                       "numpy.core.multiarray.scalar",
                                                       "numpy._core.multiarray.scalar",
                                                       "numpy.core.multiarray._reconstruct",
                                                       "numpy._core.multiarray._reconstruct",
                                                       "numpy.ndarray",
                                                       "numpy.dtype",
                                                       "_codecs.encode",
                                                       "collections.Counter",
                                                       "collections.defaultdict",
                                                       "collections.deque",
                                                       "pathlib.Path",
                                                       "pathlib.PosixPath",
                                                       "pathlib.WindowsPath",
                                                       "pathlib.PurePosixPath",
                                                       "pathlib.PureWindowsPath",
                                                       "pathlib._local.PosixPath",
                                                       "pathlib._local.WindowsPath",
                                                       "datetime.datetime",
                                                       "datetime.timedelta",
                                                       "__builtin__.bytes",
                                                       "__builtin__.set",
                                                       "__builtin__.frozenset",
                                                       "__builtin__.list",
                                                       "__builtin__.dict",
                                                       "__builtin__.int",
                                                       "__builtin__.float",
                                                       "builtins.set",
                                                       "builtins.frozenset",
                                                       "builtins.list",
                                                       "builtins.dict",
                                                       "builtins.int",
                                                       "builtins.float",
                                                       "torch.float64",
                                                       "torch.float32",
                                                       "torch.float16",
                                                       "torch.bfloat16"};

const StorageName* storageNamed(std::string_view name) {
  const auto isIt = [&](const StorageName& known) { return known.name == name; };
  const auto* found = std::find_if(kStorages.begin(), kStorages.end(), isIt);
  return found == kStorages.end() ? nullptr : found;
}

const std::string_view* passedOver(std::string_view name) {
  const auto* found = std::find(kPassedOver.begin(), kPassedOver.end(), name);
  return found == kPassedOver.end() ? nullptr : found;
}

// The allowed name as a constant, so that it outlives what it was put together from.
std::optional<std::string_view> allowed(std::string_view name) {
  for (std::string_view known : {kDict, kSize, kDevice, kTensor, kTensor2, kParameter}) {
    if (known == name) return known;
  }
  if (const StorageName* storage = storageNamed(name)) return storage->name;
  if (const std::string_view* known = passedOver(name)) return *known;
  return std::nullopt;
}

// As it may be shown: short, and nothing but printable characters.
std::string shown(std::string_view text) {
  std::string out;
  for (char c : text.substr(0, 100)) out += c >= ' ' && c < 127 ? c : '?';
  return "'" + out + "'";
}

}  // namespace

Result<void> PickleMachine::pushName(std::string_view module, std::string_view name) {
  const std::string full = std::string(module) + "." + std::string(name);
  const auto known = allowed(full);
  if (!known) return refusedPickle(shown(full));
  PickleValue value;
  value.kind = Kind::name;
  value.text = *known;
  return push(std::move(value));
}

std::optional<Dims> PickleMachine::integers(PickleId id) const {
  const PickleValue& list = pickle_.at(id);
  if (list.kind != Kind::sequence || list.items.size() > 8) return std::nullopt;
  Dims dims;
  for (PickleId item : list.items) {
    if (pickle_.at(item).kind != Kind::number) return std::nullopt;
    dims.push_back(pickle_.at(item).integer);
  }
  return dims;
}

// ("storage", torch.FloatStorage, key, location, count[, None])
Result<void> PickleMachine::pushStorage(const std::vector<PickleId>& parts) {
  if (parts.size() < 5 || pickle_.at(parts[0]).text != "storage" ||
      pickle_.at(parts[1]).kind != Kind::name || pickle_.at(parts[2]).kind != Kind::text ||
      pickle_.at(parts[4]).kind != Kind::number) {
    return badPickle("it names a storage in words that torch does not use");
  }
  if (parts.size() > 5 && pickle_.at(parts[5]).kind != Kind::nothing) {
    return fail(ErrorCode::unsupported,
                "its tensors are views in a form that torch no longer "
                "writes; load and save the file again with a newer torch");
  }
  const std::string_view name = pickle_.at(parts[1]).text;
  const StorageName* known = storageNamed(name);
  if (known == nullptr) return badPickle("it names " + shown(name) + " as a storage");
  PickleValue storage;
  storage.kind = Kind::storage;
  storage.element = known->element;
  storage.text = pickle_.at(parts[2]).text;
  storage.integer = pickle_.at(parts[4]).integer;
  return push(std::move(storage));
}

// (storage, offset, size, stride, ...)
Result<void> PickleMachine::pushTensor(const std::vector<PickleId>& arguments) {
  if (arguments.size() < 4 || pickle_.at(arguments[0]).kind != Kind::storage ||
      pickle_.at(arguments[1]).kind != Kind::number) {
    return badPickle("it builds a tensor of something else");
  }
  const std::optional<Dims> shape = integers(arguments[2]), strides = integers(arguments[3]);
  if (!shape || !strides || shape->size() != strides->size()) {
    return badPickle("a tensor's size and strides do not fit each other");
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
Result<void> PickleMachine::pushDict(const std::vector<PickleId>& arguments) {
  PickleValue dict;
  dict.kind = Kind::dict;
  if (arguments.size() > 1) return badPickle("it builds a dict of something else");
  if (arguments.size() == 1) {
    for (PickleId pair : pickle_.at(arguments[0]).items) {
      const PickleValue& entry = pickle_.at(pair);
      if (entry.kind != Kind::sequence || entry.items.size() != 2) {
        return badPickle("it builds a dict of something else");
      }
      dict.items.insert(dict.items.end(), entry.items.begin(), entry.items.end());
    }
    copied_ += dict.items.size();
  }
  return push(std::move(dict));
}

Result<void> PickleMachine::call(unsigned char code) {
  if (code == 'Q') {  // BINPERSID
    const auto id = pop();
    if (!id || pickle_.at(*id).kind != Kind::sequence) return badPickle("a storage has no name");
    return pushStorage(pickle_.at(*id).items);
  }
  const auto state = pop();
  if (!state) return badPickle("it calls without arguments");
  if (code == 'b') {  // BUILD: attributes, such as the _metadata of a state dict
    if (top(Kind::dict) == nullptr && top(Kind::object) == nullptr) {
      return badPickle("it gives attributes to what is no dict");
    }
    return {};
  }
  const auto callee = pop();  // REDUCE, NEWOBJ
  if (!callee || pickle_.at(*callee).kind != Kind::name ||
      pickle_.at(*state).kind != Kind::sequence) {
    return badPickle("it calls what cannot be called");
  }
  const std::string_view name = pickle_.at(*callee).text;
  // Not copied, as one long tuple may be handed over any number of times. What is pushed moves it,
  // and is the last that a call does.
  const std::vector<PickleId>& arguments = pickle_.at(*state).items;
  if (name == kDict) return pushDict(arguments);
  if (name == kTensor || name == kTensor2) return pushTensor(arguments);
  if (name == kDevice) return push({});
  if (passedOver(name) != nullptr) {
    PickleValue object;
    object.kind = Kind::object;
    return push(std::move(object));
  }
  if (name == kSize && arguments.size() == 1 && integers(arguments[0])) {
    return push(PickleValue(pickle_.at(arguments[0])));
  }
  if (name == kParameter && !arguments.empty() && pickle_.at(arguments[0]).kind == Kind::tensor) {
    return push(PickleValue(pickle_.at(arguments[0])));
  }
  return badPickle("it calls " + shown(name) + " with something else than torch does");
}

}  // namespace limbus
