#include <catch2/catch_test_macros.hpp>

#include "native/system/text.h"

using namespace limbus;

TEST_CASE("text: one of a kind is said in the singular") {
  const std::string what = "{image|images} that {split}/a|b.json names {is|are} not there";
  CHECK(counted(1, what) == "1 image that {split}/a|b.json names is not there");
  CHECK(counted(3, what) == "3 images that {split}/a|b.json names are not there");
  CHECK(counted(0, "{mask|masks}") == "0 masks");
  CHECK(inNumber(1, "{mask") == "{mask");
}
