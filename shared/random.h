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
  unlabelled = 8,
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

  void skip(std::uint32_t count);  // as if bits() had been called so often

  // For who makes the same draws elsewhere: Philox's constants, and where this stream stands.
  static constexpr std::array<std::uint32_t, 2> kMultipliers = {0xD2511F53U, 0xCD9E8D57U};
  static constexpr std::array<std::uint32_t, 2> kWeyl = {0x9E3779B9U, 0xBB67AE85U};
  struct Place {  // the next draw is word `word` of Philox of `counter` under `key`
    std::array<std::uint32_t, 2> key;
    std::array<std::uint32_t, 4> counter;
    int word;
  };
  Place place() const;

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
