// Catch2 prints a Result as its error's message, instead of `{?}`: REQUIRE(result) says what went
// wrong. Every test file includes this, so that all of them mean the same by it.
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "shared/result.h"

namespace Catch {

template <class T>
struct StringMaker<tl::expected<T, limbus::Error>> {
  static std::string convert(const tl::expected<T, limbus::Error>& result) {
    return result ? "a value" : "error: " + result.error().message;
  }
};

}  // namespace Catch

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}
