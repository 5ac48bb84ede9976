// The table of modes: one file and one row each.
#include "native/infer/modes.h"

#include "native/infer/choice_text.h"

namespace limbus {

// Of the files of modes/.
ModeRow resizeRow();
ModeRow tilesRow();
ModeRow voteRow();
ModeRow slidingRow();

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
  return parseChoice(modes(), "mode", "--mode", text);
}

}  // namespace limbus
