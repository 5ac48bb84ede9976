// The table of architectures. A network is one file in this folder and one row in nets.cpp.
//
//   Result<Graph> graph = buildNet({.name = "dabnet", .options = {{"width", 18}, {"classes", 4}}});
#pragma once

#include <string>
#include <vector>

#include "shared/graph/graph.h"
#include "shared/options.h"

namespace limbus {

struct NetRow {
  const char* name;
  const char* summary;             // one line, with the paper or project it comes from
  std::vector<OptionRow> options;  // whole numbers; `classes` and `inputChannels` among them
  Graph (*build)(const OptionValues& complete);  // every option present and inside its range
  int sizeMultiple;                              // H and W it wants to be multiples of
};

const std::vector<NetRow>& nets();

// "unknown net 'dabent'; known: dabnet, unet"; "dabnet has no option 'widht'; it has: ...".
Result<Graph> buildNet(const std::string& name, const OptionValues& options);

}  // namespace limbus
