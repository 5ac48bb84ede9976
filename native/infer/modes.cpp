// The table of modes: one file and one row each.
#include "native/infer/modes.h"

#include "native/infer/modes/rows.h"
#include "shared/options/assignment.h"
#include "shared/options/json.h"

namespace limbus {
namespace {

ModeRow wholeRow() {
  return {"whole", "the whole image at once, as the model's manifest says", NoOptions{},
          [](SharedPredictor inner, Averaged, const Options&) { return inner; }};
}

}  // namespace

const std::vector<ModeRow>& modes() {
  static const std::vector<ModeRow> rows = {wholeRow(), resizeRow(), tilesRow(), voteRow(),
                                            slidingRow()};
  return rows;
}

Result<Chosen<ModeRow>> parseMode(const std::string& text) {
  const std::size_t colon = text.find(':');
  Json options = Json::object();
  for (std::size_t at = colon; at != std::string::npos;) {
    const std::size_t end = text.find(',', at + 1);
    const std::string pair = text.substr(at + 1, end == std::string::npos ? end : end - at - 1);
    if (Result<void> set = assign(options, pair, "--mode"); !set) return fail(set.error());
    at = end;
  }
  auto mode = chooseRow(modes(), "mode", text.substr(0, colon), options, "--mode");
  if (!mode) return fail(ErrorCode::badArgument, mode.error().message);
  return mode;
}

}  // namespace limbus
