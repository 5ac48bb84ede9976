// The table of architectures. A network is one file in this folder and one row in nets.cpp.
//
//   Result<Graph> graph = buildNet("dabnet", {.classes = 4}, R"({"width": 12})");
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shared/graph/graph.h"
#include "shared/options/options.h"
#include "shared/result.h"

namespace limbus {

// What surrounds a net: every one takes any of both.
struct NetPorts {
  int inputChannels = 0;  // 1 for grey, 3 for colour; 0: the net's usual number
  int classes = 4;        // output channels
  bool borders = false;   // one more, folded into class 0 (borders.h)

  void describe(OptionVisitor& v);
};

struct NetRow {
  const char* name;
  const char* summary;  // one line, with the paper or project it comes from
  Options options;
  Graph (*build)(const NetPorts& ports, const Options& options);
  int sizeMultiple;       // H and W it wants to be multiples of
  int usualChannels = 1;  // of the image
};

const std::vector<NetRow>& nets();

Result<Graph> buildNet(const Chosen<NetRow>& net, NetPorts ports);

// By name, with options as JSON. "unknown net 'dabent'; known: dabnet, unet; did you mean
// 'dabnet'?"; "dabnet.widht: unknown key; known: width, ...".
Result<Graph> buildNet(const std::string& name, const NetPorts& ports = {},
                       std::string_view options = "{}");

}  // namespace limbus
