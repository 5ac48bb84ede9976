#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "result_text.h"
#include "shared/elementary.h"
#include "shared/random.h"

using namespace limbus;

// Known answers of Philox 4x32-10 from the paper's own test vectors: key and counter to block.
TEST_CASE("Philox gives the published numbers") {
  Random zero(0, 0, 0, static_cast<Purpose>(0));
  const std::uint32_t expected[4] = {0x6627e8d5U, 0xe169c58dU, 0xbc57ac4cU, 0x9b00dbd8U};
  for (const std::uint32_t value : expected) CHECK(zero.bits() == value);
}

TEST_CASE("Philox counts blocks in its first word and names in the others") {
  // The key is the seed, the counter (block, epoch, index, purpose): from the definition, by an
  // independent implementation.
  Random random(0x0123456789abcdefULL, 7, 9, Purpose::render);
  std::vector<std::uint32_t> draws;
  for (int i = 0; i < 8; ++i) draws.push_back(random.bits());
  const auto philox = [](std::uint32_t block) {
    std::uint64_t c0 = block, c1 = 7, c2 = 9, c3 = static_cast<std::uint64_t>(Purpose::render);
    std::uint64_t k0 = 0x89abcdefU, k1 = 0x01234567U;
    for (int round = 0; round < 10; ++round) {
      const std::uint64_t p0 = c0 * 0xD2511F53ULL, p1 = c2 * 0xCD9E8D57ULL;
      const std::uint64_t n0 = (p1 >> 32) ^ c1 ^ k0, n2 = (p0 >> 32) ^ c3 ^ k1;
      c0 = n0, c1 = p1 & 0xffffffffU, c2 = n2, c3 = p0 & 0xffffffffU;
      k0 = (k0 + 0x9E3779B9U) & 0xffffffffU, k1 = (k1 + 0xBB67AE85U) & 0xffffffffU;
    }
    return std::vector<std::uint32_t>{
        static_cast<std::uint32_t>(c0), static_cast<std::uint32_t>(c1),
        static_cast<std::uint32_t>(c2), static_cast<std::uint32_t>(c3)};
  };
  const auto first = philox(0);
  const auto second = philox(1);
  CHECK(std::equal(first.begin(), first.end(), draws.begin()));
  CHECK(std::equal(second.begin(), second.end(), draws.begin() + 4));
}

TEST_CASE("streams that differ in one name differ") {
  const auto start = [](std::uint64_t seed, std::uint32_t epoch, std::uint32_t index, Purpose p) {
    Random random(seed, epoch, index, p);
    return random.bits();
  };
  const std::set<std::uint32_t> starts = {start(1, 2, 3, Purpose::augment),
                                          start(2, 2, 3, Purpose::augment),
                                          start(1, 3, 3, Purpose::augment),
                                          start(1, 2, 4, Purpose::augment),
                                          start(1, 2, 3, Purpose::shuffle),
                                          start(1ULL << 32, 2, 3, Purpose::augment),
                                          start((1ULL << 32) + 1, 2, 3, Purpose::augment)};
  CHECK(starts.size() == 7);
  CHECK(start(1, 2, 3, Purpose::augment) == start(1, 2, 3, Purpose::augment));
}

TEST_CASE("draws have the promised ranges and shapes") {
  Random random(42, 0, 0, Purpose::test);
  const int count = 200000;
  double sum = 0;
  for (int i = 0; i < count; ++i) {
    const double u = random.uniform(-3, 5);
    REQUIRE(u >= -3);
    REQUIRE(u < 5);
    sum += u;
  }
  CHECK(std::fabs(sum / count - 1.0) < 5 * 8.0 / std::sqrt(12.0 * count));

  std::vector<int> histogram(7, 0);
  for (int i = 0; i < count; ++i) {
    const int v = random.integer(-3, 3);
    REQUIRE(v >= -3);
    REQUIRE(v <= 3);
    ++histogram[static_cast<std::size_t>(v + 3)];
  }
  double chi = 0;
  for (const int n : histogram) chi += (n - count / 7.0) * (n - count / 7.0) / (count / 7.0);
  CHECK(chi < 22.5);  // 6 degrees of freedom, p = 0.001
  CHECK(random.integer(5, 5) == 5);
  random.integer(INT32_MIN, INT32_MAX);  // the whole range is allowed

  double mean = 0;
  double square = 0;
  double fourth = 0;
  for (int i = 0; i < count; ++i) {
    const double n = random.normal();
    REQUIRE(std::isfinite(n));
    mean += n / count;
    square += n * n / count;
    fourth += n * n * n * n / count;
  }
  CHECK(std::fabs(mean) < 0.012);
  CHECK(std::fabs(square - 1) < 0.017);
  CHECK(std::fabs(fourth - 3) < 0.12);

  int hits = 0;
  for (int i = 0; i < count; ++i) hits += random.chance(0.25) ? 1 : 0;
  CHECK(std::abs(hits - count / 4) < 1000);
  CHECK_FALSE(random.chance(0.0));
  CHECK(random.chance(1.0));
}

TEST_CASE("a permutation holds every number once and reaches every order") {
  Random random(1, 0, 0, Purpose::shuffle);
  std::vector<int> order = permutation(1000, random);
  CHECK_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  std::vector<int> expected(1000);
  std::iota(expected.begin(), expected.end(), 0);
  CHECK(order == expected);
  std::set<std::vector<int>> seen;
  for (int i = 0; i < 500; ++i) seen.insert(permutation(4, random));
  CHECK(seen.size() == 24);
  CHECK(permutation(0, random).empty());
}

namespace {

// Largest error over a grid, relative where the true value exceeds one.
template <class Mine, class Theirs>
double largestError(double low, double high, Mine mine, Theirs theirs) {
  double largest = 0;
  const int steps = 200001;
  for (int i = 0; i < steps; ++i) {
    const double x = low + (high - low) * i / (steps - 1);
    const double truth = theirs(x);
    const double error = std::fabs(mine(x) - truth) / std::max(1.0, std::fabs(truth));
    largest = std::max(largest, error);
  }
  return largest;
}

template <class Mine, class Theirs>
double largestRelativeError(double low, double high, Mine mine, Theirs theirs) {
  double largest = 0;
  const int steps = 200001;
  for (int i = 0; i < steps; ++i) {
    const double x = low + (high - low) * i / (steps - 1);
    const double truth = theirs(x);
    if (truth != 0) largest = std::max(largest, std::fabs(mine(x) / truth - 1.0));
  }
  return largest;
}

}  // namespace

TEST_CASE("elementary functions agree with libm") {
  const auto libm = [](double (*f)(double)) { return f; };
  CHECK(largestRelativeError(-700, 700, exponential, libm(std::exp)) < 1e-13);
  CHECK(largestRelativeError(-1, 1, exponential, libm(std::exp)) < 1e-15);
  CHECK(largestRelativeError(1e-6, 0.99, naturalLog, libm(std::log)) < 1e-14);
  CHECK(largestRelativeError(1.01, 1e9, naturalLog, libm(std::log)) < 1e-15);
  CHECK(largestRelativeError(0.999, 1.0009, naturalLog, libm(std::log)) < 1e-12);
  CHECK(largestError(-10, 10, sine, libm(std::sin)) < 1e-15);
  CHECK(largestError(-10, 10, cosine, libm(std::cos)) < 2e-15);
  CHECK(largestError(-5000, 5000, sine, libm(std::sin)) < 2e-12);
  CHECK(largestError(-5000, 5000, cosine, libm(std::cos)) < 2e-12);
  for (const double exponent : {0.25, 0.8, 1.0, 2.2, 7.5}) {
    const auto mine = [exponent](double x) { return power(x, exponent); };
    const auto theirs = [exponent](double x) { return std::pow(x, exponent); };
    CHECK(largestRelativeError(1.0 / 255, 1, mine, theirs) < 1e-14);
  }
  for (const double radius : {1e-9, 1.0, 1e6}) {
    const auto mine = [radius](double a) { return arcTangent2(radius * a, 0.3 * radius); };
    const auto theirs = [radius](double a) { return std::atan2(radius * a, 0.3 * radius); };
    CHECK(largestError(-50, 50, mine, theirs) < 1e-15);
    const auto left = [radius](double a) { return arcTangent2(radius * a, -0.3 * radius); };
    const auto leftTruth = [radius](double a) { return std::atan2(radius * a, -0.3 * radius); };
    CHECK(largestError(-50, 50, left, leftTruth) < 1e-15);
  }
}

TEST_CASE("draws that are skipped come as if they had been made, and say where they stand") {
  for (const std::uint32_t before : {0U, 1U, 3U, 4U, 6U}) {
    for (const std::uint32_t skipped : {0U, 1U, 2U, 4U, 5U, 9U, 1000U}) {
      INFO(before << " draws, then " << skipped << " skipped");
      Random drawn(3, 1, 2, Purpose::augment), jumped = drawn;
      for (std::uint32_t i = 0; i < before; ++i) jumped.bits();
      jumped.skip(skipped);
      for (std::uint32_t i = 0; i < before + skipped; ++i) drawn.bits();
      const Random::Place one = drawn.place(), other = jumped.place();
      CHECK(one.counter == other.counter);
      CHECK(one.word == other.word);
      CHECK(one.counter ==
            std::array<std::uint32_t, 4>{(before + skipped) / 4, 1, 2,
                                         static_cast<std::uint32_t>(Purpose::augment)});
      CHECK(one.word == static_cast<int>((before + skipped) % 4));
      CHECK(one.key == std::array<std::uint32_t, 2>{3, 0});
      for (int i = 0; i < 6; ++i) CHECK(drawn.bits() == jumped.bits());
    }
  }
}

TEST_CASE("elementary functions at their edges") {
  CHECK(exponential(0) == 1.0);
  CHECK(exponential(-1000) == 0.0);
  CHECK(std::isfinite(exponential(1000)));
  CHECK(naturalLog(1) == 0.0);
  CHECK(sine(0) == 0.0);
  CHECK(cosine(0) == 1.0);
  CHECK(power(0, 2) == 0.0);
  CHECK(power(0, 0) == 1.0);
  CHECK(power(1, 0.8) == 1.0);
  CHECK(arcTangent2(0, 0) == 0.0);
  CHECK(arcTangent2(0, 1) == 0.0);
  CHECK(arcTangent2(0, -1) == kPi);
  CHECK(arcTangent2(1, 0) == kPi / 2);
  CHECK(arcTangent2(-1, 0) == -kPi / 2);
}
