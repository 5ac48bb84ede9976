// limbus data: what data sets hold, what is wrong with them, and one form for all.
#include "native/commands/data/data.h"

#include <memory>

namespace limbus {

Action configureData(CLI::App& command) {
  static const CommandRow kRows[] = {
      {"stats", "Sizes, class shares, mean, deviation and class weights", configureDataStats},
      {"audit", "All that is wrong, in one report", configureDataAudit},
      {"convert", "Write any data set as a plain folder", configureDataConvert},
  };
  auto chosen = std::make_shared<Action>();
  for (const CommandRow& row : kRows) {
    CLI::App* below = command.add_subcommand(row.name, row.summary);
    below->callback([chosen, action = row.configure(*below)] { *chosen = action; });
  }
  command.require_subcommand(1);
  command.footer(
      "Examples:\n"
      "  limbus data stats nuclei --contact-sheet sheet.png\n"
      "  limbus data audit VOCdevkit --dataset voc\n"
      "  limbus data convert cityscapes --dataset cityscapes --out plain");
  return [chosen] { return (*chosen)(); };
}

}  // namespace limbus
