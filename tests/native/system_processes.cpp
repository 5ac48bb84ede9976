#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <csignal>
#include <map>

#include "native/system/files.h"
#include "native/system/interrupt.h"
#include "native/system/processes.h"
#include "scratch_folder.h"

using Catch::Matchers::ContainsSubstring;
using namespace limbus;

namespace {

Process shell(const std::string& line, const std::filesystem::path& output) {
  return {{"/bin/sh", "-c", line}, output};
}

}  // namespace

TEST_CASE("processes: each is told of, by its exit code or signal") {
  const ScratchFolder scratch;
  const std::vector<std::string> lines = {"echo out; echo err >&2; exit 3", "kill -9 $$",
                                          "read x; echo \"$x|$LIMBUS_TEST_NEW|$PATH\""};
  std::map<std::size_t, int> codes;
  const Result<bool> all = runProcesses(
      lines.size(), 2,
      [&](std::size_t i) -> Result<Process> {
        Process process = shell(lines[i], scratch / std::to_string(i));
        process.environment = {{"LIMBUS_TEST_NEW", "new"}, {"PATH", "replaced"}};
        return process;
      },
      [&](std::size_t i, int code) -> Result<void> {
        codes[i] = code;
        return {};
      });
  REQUIRE(all);
  CHECK(*all);
  CHECK(codes == std::map<std::size_t, int>{{0, 3}, {1, 137}, {2, 0}});
  CHECK(readBytes(scratch / "0").value() == "out\nerr\n");
  const std::string said = readBytes(scratch / "2").value();
  CHECK_THAT(said, ContainsSubstring("|new|"));
  CHECK_THAT(said, !ContainsSubstring("replaced"));
}

TEST_CASE("processes: so many at a time, and no more after an error") {
  const ScratchFolder scratch;
  std::size_t started = 0, ended = 0, most = 0;
  const auto make = [&](std::size_t i) -> Result<Process> {
    most = std::max(most, ++started - ended);
    return shell("sleep 0.05", scratch / std::to_string(i));
  };
  const auto count = [&](std::size_t, int) -> Result<void> {
    ++ended;
    return {};
  };
  REQUIRE(runProcesses(6, 3, make, count).value());
  CHECK(started == 6);
  CHECK(most == 3);

  started = ended = 0;
  const Result<bool> failed = runProcesses(6, 2, make, [&](std::size_t, int) -> Result<void> {
    ++ended;
    return fail(ErrorCode::io, "enough");
  });
  REQUIRE_FALSE(failed);
  CHECK(failed.error().message == "enough");
  CHECK(started == 2);
  CHECK(ended == 2);
}

TEST_CASE("processes: an interrupt asks them to stop, and waits") {
  const ScratchFolder scratch;
  const InterruptGuard guard;
  std::map<std::size_t, int> codes;
  const Result<bool> all = runProcesses(
      3, 2,
      [&](std::size_t i) -> Result<Process> {
        if (i == 1) std::raise(SIGINT);
        return shell("exec sleep 30", scratch / std::to_string(i));
      },
      [&](std::size_t i, int code) -> Result<void> {
        codes[i] = code;
        return {};
      });
  REQUIRE(all);
  CHECK_FALSE(*all);
  CHECK(codes == std::map<std::size_t, int>{{0, 130}, {1, 130}});  // 0: slept to its end
}
