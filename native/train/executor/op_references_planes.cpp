// What joins, cuts, pads, resizes and reorders planes.
#include <algorithm>

#include "native/train/executor/reference_cells.h"
#include "shared/graph/op.h"

namespace limbus {
namespace {

void concat(const ReferenceCall& call) {
  eachCell(call,
           [&](std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x, std::size_t o) {
             std::size_t from = 0;
             while (c >= call.inputs[from].shape[1]) c -= call.inputs[from++].shape[1];
             passOn(call.output, o, call.inputs[from], place(call.inputs[from].shape, n, c, y, x));
           });
}

// Extents of one are read again and again.
std::size_t broadcast(const Dims& shape, std::int64_t n, std::int64_t c, std::int64_t y,
                      std::int64_t x) {
  return place(shape, n, shape[1] == 1 ? 0 : c, shape[2] == 1 ? 0 : y, shape[3] == 1 ? 0 : x);
}

void add(const ReferenceCall& call) {
  for (Cells& in : call.inputs) {
    eachCell(call,
             [&](std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x, std::size_t o) {
               passOn(call.output, o, in, broadcast(in.shape, n, c, y, x));
             });
  }
}

void mul(const ReferenceCall& call) {
  if (call.inputs.size() == 1) {
    const double factor = call.view.number("factor");
    eachCell(call, [&](auto, auto, auto, auto, std::size_t o) {
      passOn(call.output, o, call.inputs[0], o, factor);
    });
    return;
  }
  Cells &a = call.inputs[0], &b = call.inputs[1];
  eachCell(call, [&](std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x,
                     std::size_t o) {
    product(call.output, o, a, broadcast(a.shape, n, c, y, x), b, broadcast(b.shape, n, c, y, x));
  });
}

// Where an output row or column lies between two input ones.
struct Between {
  std::int64_t low, high;
  double share;  // of `high`
};

Between between(std::int64_t out, std::int64_t from, std::int64_t to, bool alignCorners) {
  double at = 0;
  if (!alignCorners) {
    at = (static_cast<double>(out) + 0.5) * static_cast<double>(from) / static_cast<double>(to) -
         0.5;
  } else if (to > 1) {
    at = static_cast<double>(out) * static_cast<double>(from - 1) / static_cast<double>(to - 1);
  }
  at = std::max(0.0, at);
  const std::int64_t low = std::min(static_cast<std::int64_t>(at), from - 1);
  return {low, std::min(low + 1, from - 1), at - static_cast<double>(low)};
}

// In single precision, as PyTorch defines it: at exact multiples the rounding decides.
std::int64_t nearest(std::int64_t out, std::int64_t from, std::int64_t to) {
  const float scale = static_cast<float>(from) / static_cast<float>(to);
  return std::min(static_cast<std::int64_t>(static_cast<float>(out) * scale), from - 1);
}

void resize(const ReferenceCall& call) {
  Cells& in = call.inputs[0];
  const Dims &from = in.shape, &to = call.output.shape;
  const bool whole = call.view.text("mode") == "nearest", corners = call.view.flag("alignCorners");
  eachCell(call,
           [&](std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x, std::size_t o) {
             if (whole) {
               passOn(call.output, o, in,
                      place(from, n, c, nearest(y, from[2], to[2]), nearest(x, from[3], to[3])));
               return;
             }
             const Between rows = between(y, from[2], to[2], corners);
             const Between columns = between(x, from[3], to[3], corners);
             const auto corner = [&](std::int64_t iy, std::int64_t ix, double share) {
               passOn(call.output, o, in, place(from, n, c, iy, ix), share);
             };
             corner(rows.low, columns.low, (1 - rows.share) * (1 - columns.share));
             corner(rows.low, columns.high, (1 - rows.share) * columns.share);
             corner(rows.high, columns.low, rows.share * (1 - columns.share));
             corner(rows.high, columns.high, rows.share * columns.share);
           });
}

void crop(const ReferenceCall& call) {
  Cells& in = call.inputs[0];
  const Dims& to = call.output.shape;
  const bool centred = call.inputs.size() == 2 && !call.view.flag("fromStart");
  const std::int64_t top = centred ? (in.shape[2] - to[2]) / 2 : call.view.list("border")[0];
  const std::int64_t left = centred ? (in.shape[3] - to[3]) / 2 : call.view.list("border")[1];
  eachCell(call,
           [&](std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x, std::size_t o) {
             passOn(call.output, o, in, place(in.shape, n, c, y + top, x + left));
           });
}

void pad(const ReferenceCall& call) {
  Cells& in = call.inputs[0];
  const std::int64_t top = call.view.list("border")[0], left = call.view.list("border")[1];
  eachCell(call,
           [&](std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x, std::size_t o) {
             y -= top;
             x -= left;
             if (c >= in.shape[1] || y < 0 || x < 0 || y >= in.shape[2] || x >= in.shape[3]) {
               call.output.value[o] = call.view.number("value");
             } else {
               passOn(call.output, o, in, place(in.shape, n, c, y, x));
             }
           });
}

void slice(const ReferenceCall& call) {
  const std::int64_t first = call.view.integer("first");
  Cells& in = call.inputs[0];
  eachCell(call,
           [&](std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x, std::size_t o) {
             passOn(call.output, o, in, place(in.shape, n, first + c, y, x));
           });
}

void pixelShuffle(const ReferenceCall& call) {
  const std::int64_t f = call.view.integer("factor");
  Cells& in = call.inputs[0];
  eachCell(call,
           [&](std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x, std::size_t o) {
             const std::int64_t from = (c * f + y % f) * f + x % f;
             passOn(call.output, o, in, place(in.shape, n, from, y / f, x / f));
           });
}

void channelShuffle(const ReferenceCall& call) {
  Cells& in = call.inputs[0];
  const std::int64_t groups = call.view.integer("groups"), each = in.shape[1] / groups;
  eachCell(call,
           [&](std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x, std::size_t o) {
             passOn(call.output, o, in, place(in.shape, n, c % groups * each + c / groups, y, x));
           });
}

}  // namespace

std::vector<OpReference> planeReferences() {
  return {
      {Op::concat, concat},
      {Op::add, add},
      {Op::mul, mul},
      {Op::resize, resize},
      {Op::crop, crop},
      {Op::pad, pad},
      {Op::slice, slice},
      {Op::pixelShuffle, pixelShuffle},
      {Op::channelShuffle, channelShuffle},
  };
}

}  // namespace limbus
