// What resize_kernels.cuh is called with, without CUDA's headers and LibTorch's.
#pragma once

namespace limbus::resize_kernels {

// From `from` inputs to `to` outputs: output o lies at (step * o + offset) / unit inputs, or at the
// border behind which that would be.
struct Axis {
  int from, to;
  int step, offset, unit;
};

// None of the four is above kMostSide.
inline Axis axisOf(int from, int to, bool alignCorners) {
  if (!alignCorners) return {from, to, 2 * from, from - to, 2 * to};
  return {from, to, from > 1 ? from - 1 : 1, 0, to > 1 ? to - 1 : 1};
}

struct Axes {
  Axis y, x;
};

// What a block writes of a plane: `rows` of its rows, fewer in the last of its `parts`.
struct Parts {
  int rows, parts;
};

constexpr int kRoom = 4096;       // values that a block keeps: planes are no wider,
constexpr int kMostSide = 16384;  // nor higher
constexpr int kMostRows = 32;     // of a block

// `height` rows are written of each plane, for each of which a block keeps `kept` values.
inline Parts partsOf(int planes, int height, int kept) {
  constexpr long long kBlocks = 1024;  // wanted
  const long long each = static_cast<long long>(planes) * height / kBlocks;
  const int most = kRoom / kept < kMostRows ? kRoom / kept : kMostRows;
  const int rows = each < 1 ? 1 : each > most ? most : static_cast<int>(each);
  return {rows, (height + rows - 1) / rows};
}

// False: this build has no kernels for the device.
bool areThere();

// On `stream`, a cudaStream_t. `in` is [planes, y.from, x.from] and `out` [planes, y.to, x.to],
// without gaps; the gradient of `out` makes that of `in`. Null, or why CUDA refused a kernel.
const char* forward(const float* in, float* out, const Axes& by, int planes, void* stream);
const char* backward(const float* ofOut, float* ofIn, const Axes& by, int planes, void* stream);

}  // namespace limbus::resize_kernels
