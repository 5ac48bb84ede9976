// Parts of a manifest from JSON texts.
#pragma once

#include <string>

#include "shared/manifest.h"
#include "shared/options/json.h"

template <class Part>
limbus::Result<Part> partOf(const std::string& text, const std::string& where) {
  const limbus::Result<limbus::Json> json = limbus::parseJson(text, where);
  if (!json) return limbus::fail(json.error());
  Part part;
  if (auto read = limbus::readOptions(*json, where, part); !read) return limbus::fail(read.error());
  return part;
}

inline limbus::Result<limbus::InputSpec> parseInputSpec(const std::string& text,
                                                        const std::string& where) {
  return partOf<limbus::InputSpec>(text, where);
}

inline limbus::Result<limbus::RegionSpec> parseRegionSpec(const std::string& text,
                                                          const std::string& where) {
  return partOf<limbus::RegionSpec>(text, where);
}

// The list alone, as it stands under "classes" of an object called `where`.
inline limbus::Result<std::vector<limbus::ClassSpec>> parseClasses(const std::string& text,
                                                                   const std::string& where) {
  const limbus::Result<limbus::Json> json = limbus::parseJson("{\"classes\":" + text + "}", where);
  if (!json) return limbus::fail(json.error());
  std::vector<limbus::ClassSpec> classes;
  auto read = limbus::readObject(
      *json, where, [&](limbus::OptionVisitor& v) { limbus::describeClasses(v, classes); });
  if (!read) return limbus::fail(read.error());
  return classes;
}
