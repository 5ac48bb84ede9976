// The table of architectures. A network is one file in this folder and one row in nets.cpp.
//
//   Result<Graph> graph = buildNet({.name = "dabnet", .options = {{"width", 18}, {"classes", 4}}});
#pragma once

#include <map>
#include <string>
#include <vector>

#include "shared/graph/graph.h"

namespace limbus {

// Options by name. Every net knows `classes` and `inputChannels`; the others are its own.
using NetOptions = std::map<std::string, double>;

struct NetOption {
  const char* name;
  double defaultValue;
  double minimum;
  double maximum;
  const char* help;
};

struct NetRow {
  const char* name;
  const char* summary;  // one line, with the paper or project it comes from
  std::vector<NetOption> options;
  Graph (*build)(const NetOptions& complete);  // every option present and inside its range
  int sizeMultiple;                            // H and W it wants to be multiples of
};

const std::vector<NetRow>& nets();

// "unknown net 'dabent'; known: dabnet, unet"; "dabnet has no option 'widht'; it has: ...".
Result<Graph> buildNet(const std::string& name, const NetOptions& options);

}  // namespace limbus
