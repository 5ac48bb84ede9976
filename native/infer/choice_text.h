// "NAME" or "NAME:KEY=VALUE,KEY=VALUE": a row of a table and its options, as one argument.
#pragma once

#include <string>
#include <vector>

#include "shared/options/assignment.h"
#include "shared/options/json.h"

namespace limbus {

// `flag` opens the errors of the options, `kind` the one of an unknown name.
template <class Row>
Result<Chosen<Row>> parseChoice(const std::vector<Row>& rows, const char* kind,
                                const std::string& flag, const std::string& text) {
  const std::size_t colon = text.find(':');
  Json options = Json::object();
  for (std::size_t at = colon; at != std::string::npos;) {
    const std::size_t end = text.find(',', at + 1);
    const std::string pair = text.substr(at + 1, end == std::string::npos ? end : end - at - 1);
    if (Result<void> set = assign(options, pair, flag); !set) return fail(set.error());
    at = end;
  }
  Result<Chosen<Row>> chosen = chooseRow(rows, kind, text.substr(0, colon), options, flag);
  if (!chosen) return fail(ErrorCode::badArgument, chosen.error().message);  // as all of a line
  return chosen;
}

}  // namespace limbus
