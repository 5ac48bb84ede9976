#include "shared/random.h"

#include <numeric>

#include "shared/elementary.h"

namespace limbus {
Random::Random(std::uint64_t seed, std::uint32_t epoch, std::uint32_t index, Purpose purpose)
    : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
      counter_{0, epoch, index, static_cast<std::uint32_t>(purpose)} {}

void Random::refill() {
  std::array<std::uint32_t, 4> state = counter_;
  std::array<std::uint32_t, 2> key = key_;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{kMultipliers[0]} * state[0];
    const std::uint64_t b = std::uint64_t{kMultipliers[1]} * state[2];
    state = {static_cast<std::uint32_t>(b >> 32) ^ state[1] ^ key[0], static_cast<std::uint32_t>(b),
             static_cast<std::uint32_t>(a >> 32) ^ state[3] ^ key[1],
             static_cast<std::uint32_t>(a)};
    key[0] += kWeyl[0];
    key[1] += kWeyl[1];
  }
  block_ = state;
  ++counter_[0];
  used_ = 0;
}

std::uint32_t Random::bits() {
  if (used_ == 4) refill();
  return block_[used_++];
}

void Random::skip(std::uint32_t count) {
  const std::uint32_t left = static_cast<std::uint32_t>(4 - used_);
  if (count <= left) {
    used_ += static_cast<int>(count);
    return;
  }
  counter_[0] += (count - left) / 4;
  used_ = 4;
  if (const std::uint32_t rest = (count - left) % 4; rest > 0) {
    refill();
    used_ = static_cast<int>(rest);
  }
}

Random::Place Random::place() const {
  if (used_ == 4) return {key_, counter_, 0};
  return {key_, {counter_[0] - 1, counter_[1], counter_[2], counter_[3]}, used_};
}

double Random::uniform() {
  const std::uint64_t high = bits();
  const std::uint64_t low = bits();
  return static_cast<double>(((high << 32) | low) >> 11) * (1.0 / 9007199254740992.0);
}

double Random::uniform(double low, double high) { return low + (high - low) * uniform(); }

int Random::integer(int low, int high) {
  const std::uint32_t span =
      static_cast<std::uint32_t>(high) - static_cast<std::uint32_t>(low) + 1U;
  if (span == 0) return static_cast<int>(bits());
  const std::uint32_t reject =
      (0U - span) % span;  // below it the remainders are not equally likely
  std::uint32_t draw = bits();
  while (draw < reject) draw = bits();
  return static_cast<int>(static_cast<std::uint32_t>(low) + draw % span);
}

bool Random::chance(double probability) { return uniform() < probability; }

double Random::normal() {
  const double radius = squareRoot(-2.0 * naturalLog(1.0 - uniform()));
  return radius * cosine(6.283185307179586 * uniform());
}

std::vector<int> permutation(int count, Random& random) {
  std::vector<int> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  for (int last = count - 1; last > 0; --last) {
    std::swap(order[last], order[random.integer(0, last)]);
  }
  return order;
}

}  // namespace limbus
