// limbus augment: what training will see, as a picture.
#include <iostream>
#include <memory>
#include <optional>

#include "native/commands/commands.h"
#include "native/commands/data/other_dataset.h"
#include "native/data/augment/augmented.h"
#include "native/data/contact_sheet.h"
#include "native/data/files/image_files.h"
#include "native/system/files.h"
#include "native/system/text.h"
#include "native/train/recipe/recipe.h"

namespace limbus {
namespace {

struct AugmentArguments {
  std::filesystem::path recipe, data, preview;
  OtherDataset other;
  std::vector<std::string> overrides;
  std::optional<int> fold;
  int images = 4, variants = 4;
  bool force = false;
};

Result<void> runAugment(const AugmentArguments& arguments) {
  std::vector<std::string> overrides = arguments.overrides;
  if (auto other = overrideDataset(arguments.other, arguments.recipe, arguments.data, overrides);
      !other) {
    return other;
  }
  if (arguments.fold) overrides.push_back("data.split.fold=" + std::to_string(*arguments.fold));
  const Result<Recipe> recipe = readRecipe(arguments.recipe, overrides);
  if (!recipe) return fail(recipe.error());
  if (auto free = checkOutput(arguments.preview, arguments.force); !free) return free;
  const Result<std::unique_ptr<Dataset>> dataset = openDivided(
      recipe->data,
      {.root = arguments.data, .split = "train", .classes = recipe->classes, .divide = true},
      withoutWriting(recipe->split));
  if (!dataset) return fail(dataset.error());
  const std::size_t count =
      std::min((*dataset)->size(), static_cast<std::size_t>(arguments.images));
  std::vector<Sample> shown;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t index = i * (*dataset)->size() / count;
    Result<Sample> plain = (*dataset)->get(index, 0);
    if (!plain) return fail(plain.error());
    shown.push_back(sheetSample(std::move(*plain)));
    for (int variant = 0; variant < arguments.variants; ++variant) {
      Result<Sample> changed = augmentedSample(**dataset, recipe->augmentations, recipe->seed,
                                               index, static_cast<std::uint32_t>(variant));
      if (!changed) return fail(changed.error());
      shown.push_back(sheetSample(std::move(*changed)));
    }
  }
  const Image sheet = contactSheet(shown, recipe->classes, 1 + arguments.variants);
  if (auto written = writePng(arguments.preview, sheet.view()); !written) return written;
  std::cout << arguments.preview.string() << ": " << countOf(count, "image")
            << ", a row each: as it is and " << arguments.variants
            << " times augmented, the mask beside it"
            << ((*dataset)->fresh() ? "; they are new in every epoch, so each time another one"
                                    : "")
            << "\n";
  return {};
}

}  // namespace

Action configureAugment(CLI::App& command) {
  auto arguments = std::make_shared<AugmentArguments>();
  command.add_option("RECIPE", arguments->recipe, "Whose data and augmentations")->required();
  command.add_option("--preview", arguments->preview, "The picture")
      ->required()
      ->type_name("FILE.png");
  command.add_option("--data", arguments->data,
                     "Folder of the data set; not needed for rendered eyes");
  addOtherDataset(command, arguments->other);
  command.add_option("--set", arguments->overrides, "Override a value, as in limbus train")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->take_all();
  command
      .add_option("--fold", arguments->fold,
                  "Part K of the recipe's data.split is left out, as in limbus train")
      ->type_name("K")
      ->check(CLI::Range(0, 999));
  command.add_option("--images", arguments->images, "How many, spread over the training split")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command.add_option("--variants", arguments->variants, "How often each is augmented")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command.add_flag("--force", arguments->force, "Replace an existing file");
  command.footer("Example: limbus augment models/recipes/eye-s.json --preview eyes.png");
  return [arguments] { return runAugment(*arguments); };
}

}  // namespace limbus
