// limbus inspect: the table of layers, memory at a batch size, the drawn graph.
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

#include "command_line.h"
#include "native/commands/inspect/graph_svg.h"
#include "native/commands/inspect/print.h"
#include "native/system/files.h"
#include "native_catch.h"
#include "scratch_folder.h"
#include "shared/graph/builder.h"
#include "shared/nets/nets.h"

using namespace limbus;
using Catch::Matchers::ContainsSubstring;

namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

// Every element of an XML text is closed, in order.
bool balanced(const std::string& xml) {
  std::vector<std::string> open;
  for (std::size_t at = xml.find('<'); at != std::string::npos; at = xml.find('<', at + 1)) {
    const std::size_t end = xml.find('>', at);
    if (end == std::string::npos) return false;
    const std::string tag = xml.substr(at + 1, end - at - 1);
    const std::string name =
        tag.substr(tag[0] == '/', tag.find_first_of(" /", 1) - (tag[0] == '/'));
    if (tag[0] == '/') {
      if (open.empty() || open.back() != name) return false;
      open.pop_back();
    } else if (tag.back() != '/') {
      open.push_back(name);
    }
  }
  return open.empty();
}

Graph small() {
  Builder b("small & <bold>", 1);
  ValueId x = b.conv(b.input(), "a<b&c", {.out = 2, .kernel = 3, .stride = 2, .padding = 1});
  x = b.relu(b.batchNorm(x, "norm"), "act");
  const ValueId y = b.conv(x, "side", {.out = 2});
  return b.finish(b.resize(b.add(x, y, "sum"), "up", {.like = b.input()}));
}

}  // namespace

TEST_CASE("inspect: a line for each layer, with its shares") {
  const LayerReport report = layerReport(small(), {1, 1, 8, 10}, 2).value();
  const std::string table = layerTable(report.summary);
  CHECK(count(table, "\n") == 1 + report.summary.layers.size());
  // 18 of 26 parameters, 360 of 440 multiply-adds.
  CHECK_THAT(table, ContainsSubstring("2x4x5               18  69.2 %              360  81.8 %\n"));
  CHECK_THAT(
      table,
      ContainsSubstring(
          "side   conv                2x4x5                4  15.4 %               80  18.2 %\n"));
  CHECK_THAT(layerTotals(report), ContainsSubstring("multiply-adds 440 for an input of [1x8x10]") &&
                                      ContainsSubstring("a batch of 2: at most"));
}

TEST_CASE("inspect: the graph is drawn, box by box, whatever it is called") {
  const std::string svg = graphSvg(small(), {1, 1, 8, 10}).value();
  CHECK(balanced(svg));
  CHECK(count(svg, "class=\"box\"") == 5);  // image, conv with norm and ReLU, conv, sum, resize
  CHECK(count(svg, "class=\"line\"") == 4);
  CHECK(count(svg, "class=\"line far\"") == 2);  // to the sum, and the size of the image
  CHECK_THAT(svg, ContainsSubstring("a&lt;b&amp;c") &&
                      ContainsSubstring("small &amp; &lt;bold&gt;") &&
                      ContainsSubstring("conv 3x3 /2, batchNorm, relu"));
  for (const NetRow& row : nets()) {
    INFO(row.name);
    const Graph graph = buildNet(row.name, {}).value();
    const std::string drawn =
        graphSvg(graph, {1, graph.inputChannels, 4 * row.sizeMultiple, 6 * row.sizeMultiple})
            .value();
    CHECK(balanced(drawn));
    CHECK(count(drawn, "class=\"box\"") > graph.nodes.size() / 5);
  }
}

TEST_CASE("inspect: --batch and --svg") {
  const ScratchFolder scratch;
  const auto peak = [](const std::vector<std::string>& more) {
    std::vector<std::string> line{"inspect", "dabnet", "--json"};
    line.insert(line.end(), more.begin(), more.end());
    return nlohmann::json::parse(limbusSays(line).out).at("activations").at("peakBytes").get<int>();
  };
  CHECK(peak({"--batch", "3"}) == 3 * peak({}));
  const std::string file = (scratch / "dabnet.svg").string();
  const Said drawn = limbusSays({"inspect", "dabnet", "--svg", file});
  CHECK(drawn.exitCode == 0);
  CHECK_THAT(drawn.out, ContainsSubstring("wrote " + file + "\n"));
  CHECK_THAT(readBytes(file).value(), ContainsSubstring("<title>dabnet</title>"));
  const Said refused = limbusSays({"inspect", "unet", "--svg", file});
  CHECK(refused.exitCode != 0);
  CHECK_THAT(refused.err, ContainsSubstring("--force"));
  CHECK_THAT(readBytes(file).value(), ContainsSubstring("<title>dabnet</title>"));
  CHECK(limbusSays({"inspect", "unet", "--svg", file, "--force"}).exitCode == 0);
  CHECK_THAT(readBytes(file).value(), ContainsSubstring("<title>unet</title>"));
  CHECK(limbusSays({"inspect", "dabnet", "--batch", "0"}).exitCode == 2);
}

TEST_CASE("inspect: what does not fit is answered with what would") {
  const auto refusal = [](std::vector<std::string> words) {
    words.insert(words.begin(), "inspect");
    const Said said = limbusSays(words);
    CHECK(said.exitCode == 2);
    return said.err;
  };
  CHECK_THAT(refusal({"segnet", "--input", "3x7x50"}),
             ContainsSubstring("the next size up that fits is 32 high and 50 wide"));
  CHECK(limbusSays({"inspect", "segnet", "--input", "3x32x50"}).exitCode == 0);
  CHECK_THAT(refusal({"resnet50"}), ContainsSubstring("--set encoder=resnet50"));
  CHECK(limbusSays({"inspect", "smp-unet", "--set", "encoder=resnet50"}).exitCode == 0);
}
