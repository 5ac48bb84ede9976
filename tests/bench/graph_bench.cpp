// limbus_graph_bench: how long every network and encoder takes to be described and checked. Goal:
// under 50 ms each. Prints the slowest; fails where the goal is missed.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "shared/nets/encoders.h"
#include "shared/nets/nets.h"

using namespace limbus;

namespace {

struct Time {
  double milliseconds;
  std::string name;
};

// The fastest of a few: what else runs on the machine only adds.
template <class Build>
Time timeOf(const std::string& name, const Build& build) {
  double fastest = 1e9;
  for (int i = 0; i < 5; ++i) {
    const auto start = std::chrono::steady_clock::now();
    build();
    const std::chrono::duration<double, std::milli> passed =
        std::chrono::steady_clock::now() - start;
    fastest = std::min(fastest, passed.count());
  }
  return {fastest, name};
}

}  // namespace

int main() {
  constexpr double kGoalMs = 50;
  std::vector<Time> times;
  for (const NetRow& row : nets()) {
    times.push_back(timeOf(row.name, [&] { buildNet(row.name).value(); }));
  }
  for (const EncoderRow& row : encoders()) {
    const std::string options = std::string(R"({"encoder": ")") + row.name + R"("})";
    times.push_back(timeOf(std::string("smp-unet over ") + row.name,
                           [&] { buildNet("smp-unet", {}, options).value(); }));
  }
  std::sort(times.begin(), times.end(),
            [](const Time& a, const Time& b) { return a.milliseconds > b.milliseconds; });
  for (std::size_t i = 0; i < 5; ++i) {
    std::printf("%-40s %7.2f ms\n", times[i].name.c_str(), times[i].milliseconds);
  }
  std::printf("%zu graphs, goal %.0f ms each\n", times.size(), kGoalMs);
  return times.front().milliseconds < kGoalMs ? 0 : 1;
}
