#include "shared/elementary.h"

#include <cstdint>
#include <cstring>

namespace limbus {
namespace {

constexpr double kLn2High =
    6.93147180369123816490e-01;  // upper bits of ln 2: n * kLn2High is exact
constexpr double kLn2Low = 1.90821492927058770002e-10;
constexpr double kHalfPiHigh = 1.57079632673412561417e+00;  // 33 bits of pi/2: n * it is exact
constexpr double kHalfPiLow = 6.07710050650619224932e-11;

// 2^exponent for the normal range, by its bits.
double powerOfTwo(int exponent) {
  const std::uint64_t bits = static_cast<std::uint64_t>(exponent + 1023) << 52;
  double value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// Taylor series on [-pi/4, pi/4].
double sineKernel(double r) {
  const double s = r * r;
  double sum = 0.0;
  for (int k = 19; k >= 3; k -= 2) sum = (1.0 + sum) * (-s / (k * (k - 1)));
  return r + r * sum;
}

double cosineKernel(double r) {
  const double s = r * r;
  double sum = 0.0;
  for (int k = 20; k >= 2; k -= 2) sum = (1.0 + sum) * (-s / (k * (k - 1)));
  return 1.0 + sum;
}

double sineInQuadrant(double rest, int quadrant) {
  const double value = (quadrant & 1) != 0 ? cosineKernel(rest) : sineKernel(rest);
  return (quadrant & 2) != 0 ? -value : value;
}

struct Reduced {
  double rest;
  int quadrant;
};

Reduced reduce(double x) {
  const double n = std::floor(x * (2.0 / kPi) + 0.5);
  const double rest = (x - n * kHalfPiHigh) - n * kHalfPiLow;
  return {rest, static_cast<int>(static_cast<std::int64_t>(n) & 3)};
}

// Series for |t| <= tan(pi/16), reached by halving the angle.
double arcTangent(double t) {
  for (int halving = 0; halving < 2; ++halving) t = t / (1.0 + std::sqrt(1.0 + t * t));
  const double s = t * t;
  double sum = 0.0;
  for (int k = 25; k >= 1; k -= 2) sum = 1.0 / k - s * sum;
  return 4.0 * t * sum;
}

}  // namespace

double exponential(double x) {
  if (!(x > -708.0)) return 0.0;
  if (x > 709.0) x = 709.0;
  const double n = std::floor(x / (kLn2High + kLn2Low) + 0.5);
  const double r = (x - n * kLn2High) - n * kLn2Low;
  double sum = 1.0;
  for (int k = 14; k >= 1; --k) sum = 1.0 + r * sum / k;
  return sum * powerOfTwo(static_cast<int>(n));
}

double naturalLog(double x) {
  std::uint64_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  int exponent = static_cast<int>(bits >> 52) - 1023;
  bits = (bits & 0x000FFFFFFFFFFFFFULL) | 0x3FF0000000000000ULL;
  double mantissa;
  std::memcpy(&mantissa, &bits, sizeof mantissa);
  if (mantissa > 1.4142135623730951) {
    mantissa *= 0.5;
    ++exponent;
  }
  const double t = (mantissa - 1.0) / (mantissa + 1.0);
  const double s = t * t;
  double sum = 0.0;
  for (int k = 21; k >= 1; k -= 2) sum = 1.0 / k + s * sum;
  return exponent * kLn2High + (2.0 * t * sum + exponent * kLn2Low);
}

double power(double base, double exponent) {
  if (base <= 0.0) return exponent == 0.0 ? 1.0 : 0.0;
  return exponential(exponent * naturalLog(base));
}

double sine(double x) {
  const Reduced r = reduce(x);
  return sineInQuadrant(r.rest, r.quadrant);
}

double cosine(double x) {
  const Reduced r = reduce(x);
  return sineInQuadrant(r.rest, r.quadrant + 1);
}

double arcTangent2(double y, double x) {
  if (x == 0.0 && y == 0.0) return 0.0;
  const double absX = x < 0.0 ? -x : x;
  const double absY = y < 0.0 ? -y : y;
  double angle = absY <= absX ? arcTangent(absY / absX) : kPi / 2.0 - arcTangent(absX / absY);
  if (x < 0.0) angle = kPi - angle;
  return y < 0.0 ? -angle : angle;
}

}  // namespace limbus
