#include "shared/nets/nets.h"

#include "shared/nets/borders.h"
#include "shared/ops/shapes.h"
#include "shared/options/json.h"

namespace limbus {

// Of the files of this folder.
NetRow albunetRow();
NetRow dabnetRow();
NetRow ddrnetRow();
NetRow deeplabv3plusRow();
NetRow ducHdcRow();
NetRow enetRow();
NetRow eyeSRow();
NetRow fcn8sRow();
NetRow fpnRow();
NetRow gcnRow();
NetRow linknetRow();
NetRow lrasppRow();
NetRow mobilenetv2CsRow();
NetRow pspnetRow();
NetRow ritnetRow();
NetRow scseUnetRow();
NetRow segnetRow();
NetRow segresnetRow();
NetRow smpUnetRow();
NetRow smpUnetPlusPlusRow();
NetRow ternausnetRow();
NetRow ternausnetv2Row();
NetRow unetRow();
NetRow upernetRow();

const std::vector<NetRow>& nets() {
  static const std::vector<NetRow> rows = {
      albunetRow(),       dabnetRow(),       ddrnetRow(),  deeplabv3plusRow(),
      ducHdcRow(),        enetRow(),         eyeSRow(),    fcn8sRow(),
      fpnRow(),           gcnRow(),          linknetRow(), lrasppRow(),
      mobilenetv2CsRow(), pspnetRow(),       ritnetRow(),  scseUnetRow(),
      segnetRow(),        segresnetRow(),    smpUnetRow(), smpUnetPlusPlusRow(),
      ternausnetRow(),    ternausnetv2Row(), unetRow(),    upernetRow(),
  };
  return rows;
}

void NetPorts::describe(OptionVisitor& v) {
  v.whole("inputChannels", inputChannels, {1, 16}, "1 for grey, 3 for colour");
  v.whole("classes", classes, {2, 1000}, "output channels");
}

Result<Graph> buildNet(const Chosen<NetRow>& net, NetPorts ports) {
  if (ports.inputChannels == 0) ports.inputChannels = net.row->usualChannels;
  const int classes = ports.classes;
  if (ports.borders) ++ports.classes;
  Graph graph = net.row->build(ports, net.options);
  if (ports.borders && graph.problem.empty()) graph = withBorders(std::move(graph), classes);
  if (auto ok = validate(graph); !ok) return fail(ok.error());
  return graph;
}

Result<Graph> buildNet(const std::string& name, const NetPorts& ports, std::string_view options) {
  const Result<Json> json = parseJson(options, name);
  if (!json) return fail(json.error());
  const Result<Chosen<NetRow>> net = chooseRow(nets(), "net", name, *json, name);
  if (!net) return fail(net.error());
  return buildNet(*net, ports);
}

}  // namespace limbus
