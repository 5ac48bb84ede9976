// What the references of op_references.h have in common: cells of tensors, and how they pass on
// values forward and gradients back.
#pragma once

#include "native/train/executor/op_references.h"

namespace limbus {

inline std::size_t place(const Dims& shape, std::int64_t n, std::int64_t c, std::int64_t y,
                         std::int64_t x) {
  return static_cast<std::size_t>(((n * shape[1] + c) * shape[2] + y) * shape[3] + x);
}

// out += a * b
inline void product(Cells& out, std::size_t o, Cells& a, std::size_t i, Cells& b, std::size_t j) {
  out.value[o] += a.value[i] * b.value[j];
  a.gradient[i] += out.gradient[o] * b.value[j];
  b.gradient[j] += out.gradient[o] * a.value[i];
}

// out += share * in
inline void passOn(Cells& out, std::size_t o, Cells& in, std::size_t i, double share = 1) {
  out.value[o] += share * in.value[i];
  in.gradient[i] += share * out.gradient[o];
}

// visit(n, c, y, x, place) for every cell of the channels that are asked for.
template <class Visit>
void eachCell(const ReferenceCall& call, const Dims& shape, Visit visit) {
  for (std::int64_t n = 0; n < shape[0]; ++n) {
    for (const std::int64_t c : call.channels) {
      for (std::int64_t y = 0; y < shape[2]; ++y) {
        for (std::int64_t x = 0; x < shape[3]; ++x) visit(n, c, y, x, place(shape, n, c, y, x));
      }
    }
  }
}

template <class Visit>
void eachCell(const ReferenceCall& call, Visit visit) {  // of the output
  eachCell(call, call.output.shape, visit);
}

// The rows by family; op_references.cpp puts them into one table.
std::vector<OpReference> windowReferences();  // convolutions and pools
std::vector<OpReference> valueReferences();   // norms, activations, dropout
std::vector<OpReference> planeReferences();   // what joins, cuts, pads, resizes

}  // namespace limbus
