// Named randomness: every draw comes from (seed, epoch, index, purpose) and nothing else.
//
// Counter-based (Philox 4x32-10; Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
// 2011), so draws do not depend on thread, order or platform. Two streams that differ in any of the
// four names are independent. Same numbers natively and in wasm.
//
//   Random random(seed, epoch, index, Purpose::augment);
//   if (random.chance(0.5)) angle = random.uniform(-15, 15);
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace limbus {

enum class Purpose : std::uint32_t {
  initialise = 1,
  shuffle = 2,
  augment = 3,
  dropout = 4,
  render = 5,
  split = 6,
  test = 7,
};

class Random {
 public:
  Random(std::uint64_t seed, std::uint32_t epoch, std::uint32_t index, Purpose purpose);

  std::uint32_t bits();
  double uniform();                         // [0,1)
  double uniform(double low, double high);  // [low,high)
  int integer(int low, int high);           // both ends included, unbiased
  bool chance(double probability);
  double normal();  // mean 0, deviation 1

 private:
  void refill();

  std::array<std::uint32_t, 2> key_{};
  std::array<std::uint32_t, 4> counter_{};
  std::array<std::uint32_t, 4> block_{};
  int used_ = 4;
};

// 0 .. count-1 in random order (Fisher-Yates).
std::vector<int> permutation(int count, Random& random);

}  // namespace limbus
