// Elementary functions that give the same bits on every target.
//
// libm's differ between platforms in the last place; these use only + - * / and the correctly
// rounded sqrt, in a fixed order, and are compiled with -ffp-contract=off. Against libm: relative
// error below 1e-13 (exponential, power), 1e-12 (naturalLog near 1, else 1e-14); absolute error
// below 2e-15 (arcTangent2; sine and cosine up to 10 radians, 2e-12 up to 5000). Not for hot
// training maths.
#pragma once

#include <cmath>

namespace limbus {

constexpr double kPi = 3.14159265358979323846;

inline double squareRoot(double x) { return std::sqrt(x); }  // IEEE 754: correctly rounded
double exponential(double x);
double naturalLog(double x);                 // x > 0
double power(double base, double exponent);  // base >= 0
double sine(double x);
double cosine(double x);
double arcTangent2(double y, double x);  // (-pi, pi]

}  // namespace limbus
