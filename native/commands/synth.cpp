// limbus synth: rendered eyes in the OpenEDS 2019 layout.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <iostream>
#include <optional>
#include <set>

#include "native/commands/commands.h"
#include "native/commands/parts/argument_text.h"
#include "native/commands/parts/count_bar.h"
#include "native/commands/parts/output_folder.h"
#include "native/data/files/image_files.h"
#include "native/system/files.h"
#include "native/system/interrupt.h"
#include "native/system/parallel_for.h"
#include "shared/class_colours.h"
#include "shared/eyes/eyes.h"
#include "shared/json_reader.h"
#include "shared/options/rows.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

struct SynthArguments {
  std::string preset = "openeds2019";
  int count = 100;
  std::uint64_t seed = 1;
  fs::path out;
  std::string size;  // "" or WxH
  fs::path contactSheet;
  int sheetImages = 24;
  bool force = false;
  bool json = false;
};

// "" or what is wrong; the parser itself would wrap -1 and clamp what is too large.
std::string wholeNumber(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return "";
  return "expected a whole number from 0 to 2^64 - 1, got '" + text + "'";
}

struct Split {
  const char* name;
  int begin, end;  // indices of renders
};

std::vector<Split> splitsOf(int count) {
  const int tenth = count < 3 ? 0 : std::max(1, count / 10);
  const int validation = tenth, test = tenth;
  const int train = count - validation - test;
  return {{"train", 0, train},
          {"validation", train, train + validation},
          {"test", train + validation, count}};
}

std::string fileName(int index) {
  const std::string digits = std::to_string(index);
  return std::string(6 - std::min<std::size_t>(6, digits.size()), '0') + digits;
}

Result<std::optional<ImageSize>> parseSize(const std::string& text) {
  if (text.empty()) return std::optional<ImageSize>();
  const std::optional<std::vector<int>> extents = parseExtents(text, 2);
  const auto fits = [](int extent) { return extent >= 32 && extent <= 4096; };
  if (!extents || !std::all_of(extents->begin(), extents->end(), fits)) {
    return fail(ErrorCode::badArgument,
                "--size: expected WIDTHxHEIGHT of 32 to 4096 pixels, got '" + text + "'");
  }
  return std::optional(ImageSize{(*extents)[0], (*extents)[1]});
}

Result<Render> renderSized(const SynthArguments& arguments, const std::optional<ImageSize>& size,
                           int index) {
  const auto position = static_cast<std::uint32_t>(index);
  if (!size) return renderEye(arguments.preset, arguments.seed, position);
  return renderEye(arguments.preset, arguments.seed, position, size->width, size->height);
}

// Calls `one(index)` for 0 .. count-1 from all cores, all of it for `target`; the first error or
// Ctrl-C stops it.
template <class Function>
Result<void> forAll(int count, const fs::path& target, Function one) {
  const InterruptGuard guard;
  CountBar bar("rendering", static_cast<std::size_t>(count));
  return parallelFor(static_cast<std::size_t>(count), {.task = "rendering"},
                     [&](std::size_t index) -> Result<void> {
                       if (InterruptGuard::requested()) {
                         return fail(ErrorCode::io,
                                     "interrupted; " + target.string() + " was not written");
                       }
                       Result<void> done = one(static_cast<int>(index));
                       bar.step();
                       return done;
                     });
}

// That no earlier renders are left among the new ones.
Result<void> checkRoom(const SynthArguments& arguments) {
  Result<void> free = checkOutput(arguments.out, arguments.force);
  if (!free || !arguments.force) return free;
  std::vector<fs::path> folders;
  std::set<fs::path> files;
  for (const Split& split : splitsOf(arguments.count)) {
    const fs::path folder = split.name;
    folders.insert(folders.end(), {folder / "images", folder / "labels"});
    for (int i = split.begin; i < split.end; ++i) {
      files.insert(
          {folder / "images" / (fileName(i) + ".png"), folder / "labels" / (fileName(i) + ".npy")});
    }
  }
  return checkAllReplaced(arguments.out, folders, files);
}

Result<void> writeSplits(const SynthArguments& arguments, const std::optional<ImageSize>& size,
                         const fs::path& root) {
  const std::vector<Split> splits = splitsOf(arguments.count);
  for (const Split& split : splits) {
    for (const char* part : {"images", "labels"}) {
      if (Result<void> made = makeFolder(root / split.name / part); !made) return made;
    }
  }
  return forAll(arguments.count, arguments.out, [&](int index) -> Result<void> {
    const Split& split = index < splits[0].end   ? splits[0]
                         : index < splits[1].end ? splits[1]
                                                 : splits[2];
    Result<Render> render = renderSized(arguments, size, index);
    if (!render) return fail(render.error());
    const fs::path folder = root / split.name;
    const std::string name = fileName(index);
    Result<void> image = writePng(folder / "images" / (name + ".png"), render->image.view(), false);
    if (!image) return image;
    return writeNpyMask(folder / "labels" / (name + ".npy"), render->mask.view(), false);
  });
}

// A grid of renders; each with its mask tinted beside it.
Result<void> writeContactSheet(const SynthArguments& arguments,
                               const std::optional<ImageSize>& size) {
  const int count = std::min(arguments.count, arguments.sheetImages);
  std::vector<Render> renders(static_cast<std::size_t>(count));
  Result<void> rendered = forAll(count, arguments.contactSheet, [&](int index) -> Result<void> {
    Result<Render> render = renderSized(arguments, size, index);
    if (!render) return fail(render.error());
    renders[index] = std::move(*render);
    return {};
  });
  if (!rendered) return rendered;
  const int width = renders[0].image.width, height = renders[0].image.height;
  // About three wide to two high, whatever the shape of a render.
  const double across = std::sqrt(1.5 * count * height / (2.0 * width));
  const int columns = std::clamp(static_cast<int>(std::lround(across)), 1, count);
  const int rows = (count + columns - 1) / columns;
  Image sheet(columns * 2 * width, rows * height, 3);
  for (int i = 0; i < count; ++i) {
    const Render& render = renders[i];
    const int channels = render.image.channels;
    for (int y = 0; y < height; ++y) {
      std::uint8_t* out = sheet.row(i / columns * height + y) +
                          static_cast<std::size_t>(i % columns) * 2 * width * 3;
      for (int x = 0; x < width; ++x) {
        const std::uint8_t* pixel = render.image.row(y) + static_cast<std::size_t>(x) * channels;
        const int label = render.mask.row(y)[x];
        const Rgb colour = classColour(static_cast<std::size_t>(label));
        for (int c = 0; c < 3; ++c) {
          const int v = pixel[channels == 3 ? c : 0];
          out[x * 3 + c] = static_cast<std::uint8_t>(v);
          out[(width + x) * 3 + c] =
              static_cast<std::uint8_t>(label == 0 ? v : (v + colour[c]) / 2);
        }
      }
    }
  }
  return writePng(arguments.contactSheet, sheet.view());
}

Result<void> synth(const SynthArguments& arguments) {
  if (findRow(eyePresets(), arguments.preset) == nullptr) {
    return fail(ErrorCode::badArgument,
                unknownName("preset", arguments.preset, namesOf(eyePresets())));
  }
  if (arguments.out.empty() && arguments.contactSheet.empty()) {
    return fail(ErrorCode::badArgument,
                "say where to: --out DIR, --contact-sheet FILE.png, or both");
  }
  Result<std::optional<ImageSize>> size = parseSize(arguments.size);
  if (!size) return fail(size.error());
  if (!arguments.out.empty()) {
    if (Result<void> room = checkRoom(arguments); !room) return room;
  }
  if (!arguments.contactSheet.empty()) {
    if (auto free = checkOutput(arguments.contactSheet, arguments.force); !free) return free;
    if (Result<void> drawn = writeContactSheet(arguments, *size); !drawn) return drawn;
    if (!arguments.json) std::cout << "drew " << arguments.contactSheet.string() << "\n";
  }
  Json answer = {{"preset", arguments.preset}, {"seed", arguments.seed}};
  if (!arguments.out.empty()) {
    Result<OutputFolder> folder = OutputFolder::make(arguments.out);
    if (!folder) return fail(folder.error());
    if (Result<void> done = writeSplits(arguments, *size, folder->path()); !done) return done;
    if (Result<void> done = folder->publish(); !done) return done;
    answer["out"] = arguments.out.string();
    for (const Split& split : splitsOf(arguments.count))
      answer[split.name] = split.end - split.begin;
    if (!arguments.json) {
      std::cout << "rendered " << arguments.count << " eyes into " << arguments.out.string()
                << ": train " << answer["train"] << ", validation " << answer["validation"]
                << ", test " << answer["test"] << "\n";
    }
  }
  if (arguments.json) std::cout << dumpJson(answer) << "\n";
  return {};
}

}  // namespace

Action configureSynth(CLI::App& command) {
  auto arguments = std::make_shared<SynthArguments>();
  command
      .add_option("--preset", arguments->preset,
                  "Camera to imitate; `limbus list presets` shows all")
      ->capture_default_str();
  command
      .add_option("--count", arguments->count, "Images in all: 80% train, 10% validation, 10% test")
      ->check(CLI::Range(1, 10000000))
      ->capture_default_str();
  command
      .add_option(
          "--seed", arguments->seed,
          "The same seed renders the same bytes anywhere; to test what was trained on `rendered` "
          "eyes, take another than theirs (1)")
      ->check(CLI::Validator(wholeNumber, "UINT64"))
      ->capture_default_str();
  command.add_option("--out", arguments->out,
                     "Folder to fill: {train,validation,test}/{images/*.png,labels/*.npy}");
  command.add_option("--size", arguments->size,
                     "WIDTHxHEIGHT in pixels instead of the preset's own size");
  command.add_option("--contact-sheet", arguments->contactSheet,
                     "Draw the first renders and their masks into this PNG");
  command.add_option("--sheet-images", arguments->sheetImages, "How many the sheet shows")
      ->check(CLI::Range(1, 400))
      ->capture_default_str();
  command.add_flag("--force", arguments->force,
                   "Replace files of the same name; where others would be left among them, "
                   "nothing is written");
  command.add_flag("--json", arguments->json, "Print the answer as JSON");
  command.footer(
      "Labels are 0 background, 1 sclera, 2 iris, 3 pupil. The folder appears complete or not at "
      "all.\n"
      "Example: limbus synth --preset openeds2019 --count 2000 --seed 1 --out data/eyes");
  return [arguments] { return synth(*arguments); };
}

}  // namespace limbus
