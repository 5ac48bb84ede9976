// Python's pickles, as far as torch.save writes state dicts: read as data, never run.
//
// A pickle is a program for a small machine that may call anything Python can name. Here the
// machine knows plain values, dicts and lists, and the names that put a tensor together. Those of
// data that training scripts save beside their weights (argparse.Namespace, numpy's scalars, paths)
// are passed over: what they would make is an object that nothing is known of. Any other name is
// refused when the pickle asks for it, and told. Ours because no library that reads pickles in C++
// refuses the rest: LibTorch's own resolves classes of TorchScript, and leaves out the form of
// torch before 1.6.
//
//   Result<Pickle> pickle = readPickle(bytes);
//   const PickleValue& root = pickle->at(pickle->root);
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "native/weights/stored_tensor.h"
#include "shared/result.h"

namespace limbus {

using PickleId = std::uint32_t;  // of a value; values refer to each other, in circles too

struct PickleValue {
  enum class Kind {
    nothing,
    number,    // integer; booleans are 0 and 1, a real number is 0
    text,      // text
    sequence,  // items: a tuple or a list
    dict,      // items: key, value, key, value, ...
    name,      // text: "torch.FloatStorage", one of those that are allowed
    storage,   // text: its key; element; integer: how many of them
    tensor,    // storage, integer: the offset; shape, strides
    object,    // of a name that is passed over
  };
  Kind kind = Kind::nothing;
  Element element = Element::float32;
  PickleId storage = 0;
  std::int64_t integer = 0;
  std::string_view text;  // part of the pickle's bytes
  std::vector<PickleId> items;
  Dims shape, strides;
};

struct Pickle {
  std::vector<PickleValue> values;
  PickleId root = 0;
  std::size_t sizeBytes = 0;  // up to its end: in files of before 1.6 more follows

  const PickleValue& at(PickleId id) const { return values[id]; }
};

Result<Pickle> readPickle(std::string_view bytes);

}  // namespace limbus
