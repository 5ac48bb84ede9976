#include "native/train/op_references.h"

#include <algorithm>
#include <cmath>

#include "shared/graph/op.h"

namespace limbus {
namespace {

std::size_t place(const Dims& shape, std::int64_t n, std::int64_t c, std::int64_t y,
                  std::int64_t x) {
  return static_cast<std::size_t>(((n * shape[1] + c) * shape[2] + y) * shape[3] + x);
}

// out += a * b
void product(Cells& out, std::size_t o, Cells& a, std::size_t i, Cells& b, std::size_t j) {
  out.value[o] += a.value[i] * b.value[j];
  a.gradient[i] += out.gradient[o] * b.value[j];
  b.gradient[j] += out.gradient[o] * a.value[i];
}

// out += share * in
void passOn(Cells& out, std::size_t o, Cells& in, std::size_t i, double share = 1) {
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

// Of one input row or column, given an output one: outside when negative or too large.
std::int64_t reached(std::int64_t out, std::int64_t stride, std::int64_t padding, std::int64_t k,
                     std::int64_t dilation) {
  return out * stride - padding + k * dilation;
}

void addBias(const ReferenceCall& call) {
  if (call.parameters.size() < 2) return;
  Cells& bias = call.parameters[1];
  eachCell(call, [&](auto, std::int64_t c, auto, auto, std::size_t o) {
    passOn(call.output, o, bias, static_cast<std::size_t>(c));
  });
}

void conv(const ReferenceCall& call) {
  Cells& in = call.inputs[0];
  Cells& weight = call.parameters[0];  // [O,I/groups,kH,kW]
  const Extent stride = call.view.extent("stride"), padding = call.view.extent("padding"),
               dilation = call.view.extent("dilation");
  const std::int64_t perGroup = weight.shape[1];
  const std::int64_t outPerGroup = weight.shape[0] / call.view.integer("groups");
  eachCell(call,
           [&](std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x, std::size_t o) {
             for (std::int64_t i = 0; i < perGroup; ++i) {
               const std::int64_t from = c / outPerGroup * perGroup + i;
               for (std::int64_t ky = 0; ky < weight.shape[2]; ++ky) {
                 const std::int64_t iy = reached(y, stride.h, padding.h, ky, dilation.h);
                 if (iy < 0 || iy >= in.shape[2]) continue;
                 for (std::int64_t kx = 0; kx < weight.shape[3]; ++kx) {
                   const std::int64_t ix = reached(x, stride.w, padding.w, kx, dilation.w);
                   if (ix < 0 || ix >= in.shape[3]) continue;
                   product(call.output, o, in, place(in.shape, n, from, iy, ix), weight,
                           place(weight.shape, c, i, ky, kx));
                 }
               }
             }
           });
  addBias(call);
}

void deconv(const ReferenceCall& call) {
  Cells& in = call.inputs[0];
  Cells& weight = call.parameters[0];  // [I,O/groups,kH,kW]
  const Extent stride = call.view.extent("stride"), padding = call.view.extent("padding"),
               dilation = call.view.extent("dilation");
  const Dims& out = call.output.shape;
  const std::int64_t outPerGroup = weight.shape[1];
  const std::int64_t perGroup = weight.shape[0] / call.view.integer("groups");
  for (std::int64_t n = 0; n < in.shape[0]; ++n) {
    for (const std::int64_t c : call.channels) {
      for (std::int64_t i = 0; i < perGroup; ++i) {
        const std::int64_t from = c / outPerGroup * perGroup + i;
        for (std::int64_t y = 0; y < in.shape[2]; ++y) {
          for (std::int64_t ky = 0; ky < weight.shape[2]; ++ky) {
            const std::int64_t oy = reached(y, stride.h, padding.h, ky, dilation.h);
            if (oy < 0 || oy >= out[2]) continue;
            for (std::int64_t x = 0; x < in.shape[3]; ++x) {
              for (std::int64_t kx = 0; kx < weight.shape[3]; ++kx) {
                const std::int64_t ox = reached(x, stride.w, padding.w, kx, dilation.w);
                if (ox < 0 || ox >= out[3]) continue;
                product(call.output, place(out, n, c, oy, ox), in, place(in.shape, n, from, y, x),
                        weight, place(weight.shape, from, c % outPerGroup, ky, kx));
              }
            }
          }
        }
      }
    }
  }
  addBias(call);
}

// One channel: y = weight * (x - mean) / sqrt(variance + eps) + bias.
void normalise(const ReferenceCall& call, std::int64_t c, double mean, double variance) {
  Cells &in = call.inputs[0], &out = call.output;
  Cells &weight = call.parameters[0], &bias = call.parameters[1];
  const std::size_t channel = static_cast<std::size_t>(c);
  const std::int64_t images = out.shape[0], area = out.shape[2] * out.shape[3];
  const double count = static_cast<double>(images * area);
  const double scale = 1 / std::sqrt(variance + call.view.number("eps"));
  double sum = 0, sumAlong = 0;  // of the gradient, alone and times the normalised value
  for (std::int64_t n = 0; n < images; ++n) {
    const std::size_t first = place(out.shape, n, c, 0, 0);
    for (std::size_t o = first; o < first + static_cast<std::size_t>(area); ++o) {
      const double x = (in.value[o] - mean) * scale;
      out.value[o] = weight.value[channel] * x + bias.value[channel];
      sum += out.gradient[o];
      sumAlong += out.gradient[o] * x;
    }
  }
  weight.gradient[channel] += sumAlong;
  bias.gradient[channel] += sum;
  for (std::int64_t n = 0; n < images; ++n) {
    const std::size_t first = place(out.shape, n, c, 0, 0);
    for (std::size_t o = first; o < first + static_cast<std::size_t>(area); ++o) {
      const double x = (in.value[o] - mean) * scale;
      const double pull = call.training ? (sum + x * sumAlong) / count : 0;
      in.gradient[o] += weight.value[channel] * scale * (out.gradient[o] - pull);
    }
  }
}

void batchNorm(const ReferenceCall& call) {
  const Cells& in = call.inputs[0];
  Cells &runningMean = call.parameters[2], &runningVariance = call.parameters[3];
  const std::int64_t area = in.shape[2] * in.shape[3];
  const double count = static_cast<double>(in.shape[0] * area);
  for (const std::int64_t c : call.channels) {
    double& keptMean = runningMean.value[static_cast<std::size_t>(c)];
    double& keptVariance = runningVariance.value[static_cast<std::size_t>(c)];
    if (!call.training) {
      normalise(call, c, keptMean, keptVariance);
      continue;
    }
    double mean = 0, squares = 0;
    const auto each = [&](auto visit) {
      for (std::int64_t n = 0; n < in.shape[0]; ++n) {
        const std::size_t first = place(in.shape, n, c, 0, 0);
        for (std::int64_t i = 0; i < area; ++i) visit(in.value[first + i]);
      }
    };
    each([&](double x) { mean += x / count; });
    each([&](double x) { squares += (x - mean) * (x - mean); });
    normalise(call, c, mean, squares / count);
    const double momentum = call.view.number("momentum");
    keptMean += momentum * (mean - keptMean);
    keptVariance += momentum * (squares / (count - 1) - keptVariance);
  }
}

void relu(const ReferenceCall& call) {
  eachCell(call, [&](auto, auto, auto, auto, std::size_t o) {
    passOn(call.output, o, call.inputs[0], o, call.inputs[0].value[o] > 0 ? 1 : 0);
  });
}

void leakyRelu(const ReferenceCall& call) {
  const double slope = call.view.number("slope");
  eachCell(call, [&](auto, auto, auto, auto, std::size_t o) {
    passOn(call.output, o, call.inputs[0], o, call.inputs[0].value[o] > 0 ? 1 : slope);
  });
}

void prelu(const ReferenceCall& call) {
  Cells &in = call.inputs[0], &slope = call.parameters[0];  // [C] or [1]
  eachCell(call, [&](auto, std::int64_t c, auto, auto, std::size_t o) {
    if (in.value[o] > 0) {
      passOn(call.output, o, in, o);
    } else {
      product(call.output, o, in, o, slope, slope.shape[0] == 1 ? 0 : static_cast<std::size_t>(c));
    }
  });
}

void sigmoid(const ReferenceCall& call) {
  Cells& in = call.inputs[0];
  eachCell(call, [&](auto, auto, auto, auto, std::size_t o) {
    const double y = 1 / (1 + std::exp(-in.value[o]));
    call.output.value[o] = y;
    in.gradient[o] += call.output.gradient[o] * y * (1 - y);
  });
}

void hardSigmoid(const ReferenceCall& call) {
  Cells& in = call.inputs[0];
  eachCell(call, [&](auto, auto, auto, auto, std::size_t o) {
    const double y = in.value[o] / 6 + 0.5;
    call.output.value[o] = std::clamp(y, 0.0, 1.0);
    if (y > 0 && y < 1) in.gradient[o] += call.output.gradient[o] / 6;
  });
}

void hardSwish(const ReferenceCall& call) {
  Cells& in = call.inputs[0];
  eachCell(call, [&](auto, auto, auto, auto, std::size_t o) {
    const double x = in.value[o], gate = std::clamp(x / 6 + 0.5, 0.0, 1.0);
    call.output.value[o] = x * gate;
    const double slope = gate > 0 && gate < 1 ? x / 3 + 0.5 : gate;
    in.gradient[o] += call.output.gradient[o] * slope;
  });
}

void clip(const ReferenceCall& call) {
  const double min = call.view.number("min"), max = call.view.number("max");
  Cells& in = call.inputs[0];
  eachCell(call, [&](auto, auto, auto, auto, std::size_t o) {
    const double x = in.value[o];
    call.output.value[o] = std::clamp(x, min, max);
    if (x >= min && x <= max) in.gradient[o] += call.output.gradient[o];
  });
}

struct Span {
  std::int64_t begin, end;
};

Span clipped(Span span, std::int64_t extent) {
  return {std::max<std::int64_t>(0, span.begin), std::min(span.end, extent)};
}

void maxPool(const ReferenceCall& call) {
  Cells& in = call.inputs[0];
  const Extent kernel = call.view.extent("kernel"), stride = call.view.extent("stride"),
               padding = call.view.extent("padding");
  eachCell(call,
           [&](std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x, std::size_t o) {
             const std::int64_t top = y * stride.h - padding.h, left = x * stride.w - padding.w;
             const Span rows = clipped({top, top + kernel.h}, in.shape[2]);
             const Span columns = clipped({left, left + kernel.w}, in.shape[3]);
             std::size_t largest = place(in.shape, n, c, rows.begin, columns.begin);
             for (std::int64_t iy = rows.begin; iy < rows.end; ++iy) {
               for (std::int64_t ix = columns.begin; ix < columns.end; ++ix) {
                 const std::size_t i = place(in.shape, n, c, iy, ix);
                 if (in.value[i] > in.value[largest]) largest = i;
               }
             }
             passOn(call.output, o, in, largest);
           });
}

void maxUnpool(const ReferenceCall& call) {
  Cells& in = call.inputs[0];
  const std::vector<double>& indices = call.inputs[1].value;
  eachCell(call, in.shape, [&](std::int64_t n, std::int64_t c, auto, auto, std::size_t i) {
    const std::size_t plane = place(call.output.shape, n, c, 0, 0);
    passOn(call.output, plane + static_cast<std::size_t>(indices[i]), in, i);
  });
}

void avgPool(const ReferenceCall& call) {
  Cells& in = call.inputs[0];
  const Extent kernel = call.view.extent("kernel"), stride = call.view.extent("stride"),
               padding = call.view.extent("padding");
  eachCell(call, [&](std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x,
                     std::size_t o) {
    const std::int64_t top = y * stride.h - padding.h, left = x * stride.w - padding.w;
    const Span padded{top, std::min(top + kernel.h, in.shape[2] + padding.h)};
    const Span paddedColumns{left, std::min(left + kernel.w, in.shape[3] + padding.w)};
    const Span rows = clipped(padded, in.shape[2]), columns = clipped(paddedColumns, in.shape[3]);
    const auto area = [](Span a, Span b) { return (a.end - a.begin) * (b.end - b.begin); };
    const std::int64_t counted =
        call.view.flag("countPadding") ? area(padded, paddedColumns) : area(rows, columns);
    for (std::int64_t iy = rows.begin; iy < rows.end; ++iy) {
      for (std::int64_t ix = columns.begin; ix < columns.end; ++ix) {
        passOn(call.output, o, in, place(in.shape, n, c, iy, ix), 1 / static_cast<double>(counted));
      }
    }
  });
}

// Each bin is the mean of the rows and columns that it reaches.
void poolToBins(const ReferenceCall& call) {
  Cells& in = call.inputs[0];
  const Dims& to = call.output.shape;
  const auto reach = [](std::int64_t bin, std::int64_t bins, std::int64_t extent) {
    return Span{bin * extent / bins, ((bin + 1) * extent + bins - 1) / bins};
  };
  eachCell(call,
           [&](std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x, std::size_t o) {
             const Span rows = reach(y, to[2], in.shape[2]), columns = reach(x, to[3], in.shape[3]);
             const double share =
                 1 / static_cast<double>((rows.end - rows.begin) * (columns.end - columns.begin));
             for (std::int64_t iy = rows.begin; iy < rows.end; ++iy) {
               for (std::int64_t ix = columns.begin; ix < columns.end; ++ix) {
                 passOn(call.output, o, in, place(in.shape, n, c, iy, ix), share);
               }
             }
           });
}

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

void dropout(const ReferenceCall& call) {
  const double p = call.view.number("p");
  const bool perChannel = call.view.flag("perChannel");
  const bool perImage = call.view.flag("perImage");
  const Dims& shape = call.output.shape;
  const std::int64_t together = shape[2] * shape[3] * (perImage ? shape[1] : 1);
  eachCell(call, [&](std::int64_t n, std::int64_t c, auto, auto, std::size_t o) {
    bool kept = !call.training || call.observed[o] != 0;
    if (call.training && (perChannel || perImage)) {  // all of a plane or an image, or nothing
      const auto first = call.observed.begin() +
                         static_cast<std::ptrdiff_t>(place(shape, n, perImage ? 0 : c, 0, 0));
      kept = std::any_of(first, first + together, [](double y) { return y != 0; });
    }
    if (kept) passOn(call.output, o, call.inputs[0], o, call.training ? 1 / (1 - p) : 1);
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

}  // namespace

const std::vector<OpReference>& opReferences() {
  static const std::vector<OpReference> kRows = {
      {Op::conv, conv},
      {Op::deconv, deconv},
      {Op::batchNorm, batchNorm, true},
      {Op::relu, relu},
      {Op::leakyRelu, leakyRelu},
      {Op::prelu, prelu},
      {Op::sigmoid, sigmoid},
      {Op::hardSigmoid, hardSigmoid},
      {Op::hardSwish, hardSwish},
      {Op::clip, clip},
      {Op::maxPool, maxPool},
      {Op::maxUnpool, maxUnpool},
      {Op::avgPool, avgPool},
      {Op::globalAvgPool, poolToBins},
      {Op::adaptiveAvgPool, poolToBins},
      {Op::concat, concat},
      {Op::add, add},
      {Op::mul, mul},
      {Op::resize, resize},
      {Op::dropout, dropout, true},
      {Op::crop, crop},
      {Op::pad, pad},
      {Op::slice, slice},
      {Op::pixelShuffle, pixelShuffle},
  };
  return kRows;
}

const OpReference* opReference(Op op) {
  for (const OpReference& row : opReferences()) {
    if (row.op == op) return &row;
  }
  return nullptr;
}

}  // namespace limbus
