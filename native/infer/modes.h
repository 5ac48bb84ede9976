// How a model looks at an image: at the whole, or at parts of it. One file in modes/ and one row
// each.
//
//   Chosen<ModeRow> mode = *parseMode("sliding:width=640,height=400,overlap=0.5");
//   eye = mode.row->wrap(std::move(eye), Averaged::probabilities, mode.options);
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "native/infer/planes.h"
#include "shared/options/options.h"

namespace limbus {

struct ModeRow {
  const char* name;
  const char* summary;
  Options options;
  // The fields of modes that put parts together lie at the image's size.
  SharedPredictor (*wrap)(SharedPredictor inner, Averaged averaged, const Options& options);
};

const std::vector<ModeRow>& modes();

// "NAME" or "NAME:KEY=VALUE,KEY=VALUE".
Result<Chosen<ModeRow>> parseMode(const std::string& text);

}  // namespace limbus
