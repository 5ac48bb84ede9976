// Keys by their paths, as --set and --explain write them: "input.pad.to", "loss.focal.alpha".
//
// Rows of a table stand in a path by their names: "net.dabnet" is a row, "net.dabnet.width" an
// option of it. It may be left out: "net.width" is that option of each row that owns one. Elements
// of lists stand by name or index: "augment.gamma.p", "classes.0.colour".
#pragma once

#include <string>
#include <vector>

#include "shared/options/description.h"

namespace limbus {

// One of the things that a path can mean.
struct OptionPlace {
  const OptionDescription* option = nullptr;  // null: the row itself
  const RowDescription* row = nullptr;        // whose option it is; null: no row's
  const Json* value = nullptr;                // of `values`; null: they have none there
};

// All that the path can mean; empty: nothing. `values` is a complete object of such options: where
// it names a row, and the path none, the options are that row's alone.
std::vector<OptionPlace> findOptions(const std::vector<OptionDescription>& options,
                                     const std::string& path, const Json* values = nullptr);

// The first option of them. Null: none.
const OptionDescription* findOption(const std::vector<OptionDescription>& options,
                                    const std::string& path, const Json* values = nullptr);

// Every path without names of rows, in order: "net", "net.name", "input.pad.to", ...
std::vector<std::string> optionPaths(const std::vector<OptionDescription>& options);

// The keys, and names of rows, that may stand behind a path: "alpha" behind "loss.focal".
std::vector<std::string> namesBelow(const std::vector<OptionDescription>& options,
                                    const std::string& path);

}  // namespace limbus
