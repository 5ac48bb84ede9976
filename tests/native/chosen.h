// Rows with options, as a recipe would name them.
#pragma once

#include <string>
#include <vector>

#include "shared/options/json.h"

struct Named {
  std::string name;
  limbus::Json options = limbus::Json::object();

  // {"name": ..., options}
  limbus::Json json() const {
    limbus::Json object = {{"name", name}};
    if (options.is_object()) object.update(options);
    return object;
  }
};

template <class Row>
limbus::Result<limbus::Chosen<Row>> choose(const std::vector<Row>& rows, const char* kind,
                                           const Named& named) {
  limbus::Chosen<Row> choice;
  auto read = limbus::readObject(
      named.json(), kind, [&](limbus::OptionVisitor& v) { v.row("name", choice, rows, kind, ""); });
  if (!read) return limbus::fail(read.error());
  return choice;
}
