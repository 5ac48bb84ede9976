// Convolutions and pools.
#include <algorithm>

#include "native/train/executor/reference_cells.h"
#include "shared/graph/op.h"

namespace limbus {
namespace {

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

struct PixelSpan {
  std::int64_t begin, end;
};

PixelSpan clipped(PixelSpan span, std::int64_t extent) {
  return {std::max<std::int64_t>(0, span.begin), std::min(span.end, extent)};
}

void maxPool(const ReferenceCall& call) {
  Cells& in = call.inputs[0];
  const Extent kernel = call.view.extent("kernel"), stride = call.view.extent("stride"),
               padding = call.view.extent("padding");
  eachCell(call,
           [&](std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x, std::size_t o) {
             const std::int64_t top = y * stride.h - padding.h, left = x * stride.w - padding.w;
             const PixelSpan rows = clipped({top, top + kernel.h}, in.shape[2]);
             const PixelSpan columns = clipped({left, left + kernel.w}, in.shape[3]);
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
    const PixelSpan padded{top, std::min(top + kernel.h, in.shape[2] + padding.h)};
    const PixelSpan paddedColumns{left, std::min(left + kernel.w, in.shape[3] + padding.w)};
    const PixelSpan rows = clipped(padded, in.shape[2]),
                    columns = clipped(paddedColumns, in.shape[3]);
    const auto area = [](PixelSpan a, PixelSpan b) {
      return (a.end - a.begin) * (b.end - b.begin);
    };
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
    return PixelSpan{bin * extent / bins, ((bin + 1) * extent + bins - 1) / bins};
  };
  eachCell(
      call, [&](std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x, std::size_t o) {
        const PixelSpan rows = reach(y, to[2], in.shape[2]), columns = reach(x, to[3], in.shape[3]);
        const double share =
            1 / static_cast<double>((rows.end - rows.begin) * (columns.end - columns.begin));
        for (std::int64_t iy = rows.begin; iy < rows.end; ++iy) {
          for (std::int64_t ix = columns.begin; ix < columns.end; ++ix) {
            passOn(call.output, o, in, place(in.shape, n, c, iy, ix), share);
          }
        }
      });
}

}  // namespace

std::vector<OpReference> windowReferences() {
  return {
      {Op::conv, conv},
      {Op::deconv, deconv},
      {Op::maxPool, maxPool},
      {Op::maxUnpool, maxUnpool},
      {Op::avgPool, avgPool},
      {Op::globalAvgPool, poolToBins},
      {Op::adaptiveAvgPool, poolToBins},
  };
}

}  // namespace limbus
