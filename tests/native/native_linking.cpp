// Which library a function of the program comes from, where several have it.
#include <dlfcn.h>

#include <string>

#include "native_catch.h"

TEST_CASE("linking: files are handled by the system's C++ library, whatever LibTorch brings") {
  // std::filesystem::remove_all(const path&, std::error_code&)
  void* found =
      dlsym(RTLD_DEFAULT, "_ZNSt10filesystem10remove_allERKNS_7__cxx114pathERSt10error_code");
  REQUIRE(found != nullptr);
  Dl_info place{};
  REQUIRE(dladdr(found, &place) != 0);
  const std::string library = place.dli_fname;
  INFO(library);
  CHECK(library.find("libstdc++.so") != std::string::npos);
}
